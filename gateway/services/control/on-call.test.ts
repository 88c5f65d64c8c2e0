import { describe, expect, it } from "vitest";
import type { Caller } from "../../core/access/policy.ts";
import { LeaseBench } from "../testing/lease-bench.ts";

/** Control was lost while the press was moving: somebody on call was told. */
async function told(bench = new LeaseBench()) {
  const { page } = await bench.holder();
  page.close();
  await bench.time.advance(16_000);
  const { caller } = bench.enter("Carla", { role: "supervisor" });
  return { bench, caller };
}

describe("what on-call is told (R17)", () => {
  it("is listed until somebody acknowledges it, and in the audit both times", async () => {
    const { bench, caller } = await told();
    const [entry, ...more] = bench.control.calls(caller);
    expect([entry?.equipment, more]).toEqual(["press", []]);
    const done = await bench.control.acknowledgeCall(caller, entry?.id ?? "");
    expect(done).toMatchObject({ acknowledgedBy: "Carla", acknowledgedAt: bench.time.wallMs() });
    expect(bench.control.calls(caller)).toEqual([]);
    expect(bench.actions("on-call.told")[0]).toMatchObject({ who: "system:on-call", detail: { rule: "R17" } });
    expect(bench.actions("on-call.acknowledged")[0]).toMatchObject({ who: "Carla", address: "127.0.0.1" });
    await expect(bench.control.acknowledgeCall(caller, entry?.id ?? "")).rejects.toMatchObject({
      code: "request/not-found",
    });
  });

  it("is still open after a restart", async () => {
    const { bench } = await told();
    const after = new LeaseBench();
    for (const entry of await bench.handOver.openCalls()) await after.handOver.putCall(entry);
    await after.control.load();
    expect(after.control.calls(after.enter("Carla").caller)).toHaveLength(1);
  });

  it("is told at once where the disk is full, and recorded when it can be, as it is by then", async () => {
    const bench = new LeaseBench();
    bench.handOver.broken = true;
    const { caller } = await told(bench);
    expect(bench.calls).toHaveLength(1);
    await bench.control.acknowledgeCall(caller, bench.control.calls(caller)[0]?.id ?? "");
    bench.handOver.broken = false;
    await bench.time.advance(5000);
    expect([...bench.handOver.calls.values()].map((entry) => entry.acknowledgedBy)).toEqual(["Carla"]);
  });

  it.each<[string, Partial<Caller>]>([
    ["of another machine", { equipment: ["oven"] }],
    ["who is a guest", { role: "guest", slots: [{ equipment: "press", startMs: 0, endMs: Number.MAX_SAFE_INTEGER }] }],
    ["who only watches", { role: "viewer" }],
  ])("is not for somebody %s", async (_name, more) => {
    const { bench, caller } = await told();
    const id = bench.control.calls(caller)[0]?.id ?? "";
    const { caller: other } = bench.enter("Dario", more);
    expect(bench.control.mayAnswerCalls(other, "press")).toBe(false);
    await expect(bench.control.acknowledgeCall(other, id)).rejects.toMatchObject({ code: "request/not-found" });
  });
});
