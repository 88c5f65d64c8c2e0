import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Value } from "../../core/value.ts";
import { type RecordsBench, recordsBench, testCommand } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

const values: readonly Value[] = [
  1,
  -0,
  0.1,
  Number.NaN,
  Number.NEGATIVE_INFINITY,
  true,
  "text\u0000\n",
  2n ** 63n - 1n,
  -(2n ** 63n),
  new Uint8Array([0, 255]),
  null,
];

describe("commands in the records", () => {
  it.each(values)("bring back the value exactly: %s", async (value) => {
    const { commands } = bench.records;
    const record = testCommand("c1", { value, oldValue: value, readBack: value });
    await commands.recordIntent(record);
    expect(await commands.find("c1")).toStrictEqual(record);
  });

  it("record one intent for a key, and give the first one back after", async () => {
    const { commands } = bench.records;
    const first = testCommand("c1", { key: "__proto__" });
    const answers = await Promise.all(
      [first, testCommand("c2", { key: "__proto__" })].map((record) => commands.recordIntent(record)),
    );
    expect(answers).toEqual([{ existing: undefined }, { existing: first }]);
    expect(await commands.find("c2")).toBeUndefined();
  });

  it("scope the key to its user, and let commands without a key be", async () => {
    const { commands } = bench.records;
    await commands.recordIntent(testCommand("c1", { key: "k" }));
    expect(await commands.recordIntent(testCommand("c2", { key: "k", userId: "other" }))).toEqual({
      existing: undefined,
    });
    await commands.recordIntent(testCommand("c3", { key: undefined }));
    expect(await commands.recordIntent(testCommand("c4", { key: undefined }))).toEqual({ existing: undefined });
    expect((await commands.findByKey("anna", "k"))?.id).toBe("c1");
  });

  it("never change a final state, but take later events", async () => {
    const { commands } = bench.records;
    await commands.recordIntent(testCommand("c1"));
    await commands.recordResult(testCommand("c1", { state: "VERIFIED", finishedAt: 2_000 }));
    await expect(commands.recordResult(testCommand("c1", { state: "FAILED" }))).rejects.toThrow(
      expect.objectContaining({ code: "request/conflict" }),
    );
    const late = testCommand("c1", {
      state: "VERIFIED",
      finishedAt: 2_000,
      events: [{ at: 3_000, state: "NOTE", text: "late answer" }],
    });
    await commands.recordResult(late);
    expect(await commands.find("c1")).toEqual(late);
  });

  it("refuse a result without an intent", async () => {
    await expect(bench.records.commands.recordResult(testCommand("none"))).rejects.toThrow(
      expect.objectContaining({ code: "request/not-found" }),
    );
  });

  it("keep a refused record beside the one that holds the key", async () => {
    const { commands } = bench.records;
    await commands.recordIntent(testCommand("c1", { key: "k" }));
    await commands.record(testCommand("c2", { key: "k", state: "REFUSED" }));
    expect((await commands.findByKey("anna", "k"))?.id).toBe("c1");
    expect((await commands.find("c2"))?.state).toBe("REFUSED");
  });

  it("close what is open at the start as UNKNOWN, once (R5)", async () => {
    const { commands } = bench.records;
    await commands.recordIntent(testCommand("open"));
    await commands.record(testCommand("stop", { kind: "stop", key: undefined }));
    await commands.recordIntent(testCommand("done"));
    await commands.recordResult(testCommand("done", { state: "VERIFIED" }));
    const closed = await commands.closeOpen(9_000);
    expect(closed.map((record) => [record.id, record.state, record.finishedAt])).toEqual([
      ["open", "UNKNOWN", 9_000],
      ["stop", "UNKNOWN", 9_000],
    ]);
    expect(closed[0]?.events.at(-1)).toEqual({
      at: 9_000,
      state: "UNKNOWN",
      step: "gateway-ended",
      text: "the gateway ended before the result was known",
    });
    expect(await commands.find("open")).toEqual(closed[0]);
    expect(await commands.closeOpen(10_000)).toEqual([]);
    expect((await commands.find("done"))?.state).toBe("VERIFIED");
  });

  it("list the newest first, page by page, by equipment", async () => {
    const { commands } = bench.records;
    for (let i = 1; i <= 5; i++)
      await commands.recordIntent(testCommand(`c${i}`, { equipment: i % 2 ? "press" : "oven" }));
    const ids = async (filter: Parameters<typeof commands.list>[0]) =>
      (await commands.list(filter)).map((record) => record.id);
    expect(await ids({ limit: 2 })).toEqual(["c5", "c4"]);
    expect(await ids({ limit: 2, beforeId: "c4" })).toEqual(["c3", "c2"]);
    expect(await ids({ limit: 9, equipment: ["oven"] })).toEqual(["c4", "c2"]);
    expect(await ids({ limit: 9, equipment: [] })).toEqual([]);
  });
});
