import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { HandOverNote, OnCallEntry } from "../../core/hand-over-port.ts";
import { textOf } from "../../core/text.ts";
import { type RecordsBench, recordsBench } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
});
afterEach(() => bench[Symbol.asyncDispose]());

function note(id: string, at: number, more: Partial<HandOverNote> = {}): HandOverNote {
  return {
    id,
    equipment: "press",
    at,
    change: "handed-over",
    from: "Anna",
    fromGuest: false,
    to: "Bruno",
    heldSince: 1,
    why: undefined,
    text: "Tank is low",
    state: "Execute",
    production: null,
    remote: true,
    linksDown: ["plc"],
    commands: [{ id: "c1", target: "press/speed", value: 410, state: "VERIFIED", user: "Anna", at: 5 }],
    unknown: [],
    ...more,
  };
}

function call(id: string, more: Partial<OnCallEntry> = {}): OnCallEntry {
  const text = textOf(id);
  return { id, equipment: "press", at: 1, text, acknowledgedBy: undefined, acknowledgedAt: undefined, ...more };
}

describe("notes of hand-over in the records", () => {
  it("come back as they were, newest first, each machine's own", async () => {
    const { handOver } = bench.records;
    await handOver.addNote(note("n1", 100));
    await handOver.addNote(note("n2", 200));
    await handOver.addNote(note("other", 300, { equipment: "oven" }));
    expect(await handOver.notes({ equipment: "press", limit: 10 })).toEqual([note("n2", 200), note("n1", 100)]);
    expect((await handOver.notes({ equipment: "press", beforeId: "n2", limit: 10 })).map(({ id }) => id)).toEqual([
      "n1",
    ]);
    expect((await handOver.notes({ equipment: "press", limit: 1 })).map(({ id }) => id)).toEqual(["n2"]);
  });

  it("are kept to the newest thousand of each machine", async () => {
    const { handOver } = bench.records;
    for (let n = 1; n <= 1002; n++) await handOver.addNote(note(`n${n}`, n));
    await handOver.addNote(note("other", 1, { equipment: "oven" }));
    const all = await handOver.notes({ equipment: "press", limit: 5000 });
    expect([all.length, all[0]?.id, all.at(-1)?.id]).toEqual([1000, "n1002", "n3"]);
    expect(await handOver.notes({ equipment: "oven", limit: 10 })).toHaveLength(1);
  });
});

describe("what on-call was told, in the records", () => {
  it("is open until somebody acknowledges it, oldest first", async () => {
    const { handOver } = bench.records;
    await handOver.putCall(call("a"));
    await handOver.putCall(call("b"));
    expect(await handOver.openCalls()).toEqual([call("a"), call("b")]);
    await handOver.putCall(call("a", { acknowledgedBy: "Carla", acknowledgedAt: 9 }));
    expect(await handOver.openCalls()).toEqual([call("b")]);
  });
});
