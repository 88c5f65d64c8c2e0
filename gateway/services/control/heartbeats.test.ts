import { describe, expect, it } from "vitest";
import type { WriteResult } from "../../core/driver-port.ts";
import { pressTags, testTag } from "../../core/testing/plant.ts";
import { LeaseBench } from "../testing/lease-bench.ts";

const heartbeat = { gateway: "recipe", operator: "guard", everyMs: 1000 };
const of = (bench: LeaseBench, tag: string) => bench.writes.filter((write) => write.tag === tag);
const values = (bench: LeaseBench, tag: string) => of(bench, tag).map(({ value }) => value);

describe("heartbeats towards the controller (R15)", () => {
  it("count up each period, whether or not anybody is there", async () => {
    const bench = new LeaseBench({ heartbeat });
    await bench.time.advance(3000);
    expect(values(bench, "press/recipe")).toEqual([1, 2, 3]);
    expect(values(bench, "press/guard")).toEqual([false, false, false]);
  });

  it("say that somebody is there while whoever has control answered within 10 s", async () => {
    const bench = new LeaseBench({ heartbeat });
    const { page } = await bench.holder();
    await bench.time.advance(21_500);
    expect(new Set(values(bench, "press/guard"))).toEqual(new Set([true]));
    page.awake = false;
    const lastAliveMs = bench.time.monotonicMs() - 1250;
    await bench.time.advance(13_000);
    const first = of(bench, "press/guard").find(({ value }) => value === false);
    expect(bench.holds()).toBe("Anna");
    expect(first && first.atMs - lastAliveMs).toBeGreaterThanOrEqual(10_000);
    expect(first && first.atMs - lastAliveMs).toBeLessThan(11_000);
  });

  it("go on with the key on LOCAL: the controller must see that the gateway lives", async () => {
    const bench = new LeaseBench({ heartbeat });
    bench.set("press/key", false);
    await bench.time.advance(2000);
    expect(values(bench, "press/recipe")).toEqual([1, 2]);
  });

  it("are not written where the tag, or its place, waits to be accepted (R9), and begin once it is", async () => {
    const bench = new LeaseBench({ heartbeat });
    bench.site.waiting = new Set(["press/recipe"]);
    await bench.time.advance(2000);
    expect([values(bench, "press/recipe"), values(bench, "press/guard")]).toEqual([[], [false, false]]);
    expect(bench.actions("heartbeat.failed")).toHaveLength(1);
    bench.site.waiting = new Set();
    await bench.time.advance(1000);
    expect(values(bench, "press/recipe")).toEqual([1]);
  });

  it.each([
    ["sbyte", 127],
    ["byte", 255],
    ["int16", 32_767],
    ["uint32", 32_767],
  ] as const)(
    "begin again within what a %s holds",
    async (type, highest) => {
      const tag = testTag(4, "recipe", { type });
      const tags = pressTags.map((each) => (each.id === "recipe" ? tag : each));
      const bench = new LeaseBench({ heartbeat: { ...heartbeat, operator: undefined, everyMs: 1 }, tags });
      for (let left = highest + 2; left > 0; left -= 500) await bench.time.advance(Math.min(500, left));
      expect(values(bench, "press/recipe").slice(highest - 2)).toEqual([highest - 1, highest, 0, 1]);
    },
    20_000,
  );

  it("are left out while one is still on its way, never queued", async () => {
    const bench = new LeaseBench({ heartbeat: { ...heartbeat, operator: undefined } });
    let asked = 0;
    let arrive: (result: WriteResult | undefined) => void = () => undefined;
    bench.answer = () => {
      asked++;
      return new Promise<WriteResult>((resolve) => {
        arrive = resolve as typeof arrive;
      });
    };
    await bench.time.advance(5000);
    expect(asked).toBe(1);
    arrive({ outcome: "written", sentAtMs: 0 });
    await bench.time.advance(1000);
    expect(asked).toBe(2);
  });

  it("are in the audit when they begin, fail, come back and end, not one by one", async () => {
    const bench = new LeaseBench({ heartbeat: { ...heartbeat, operator: undefined } });
    await bench.time.advance(5000);
    bench.answer = () => ({ outcome: "not-sent", reason: "not-connected", detail: "plc is not connected" });
    await bench.time.advance(5000);
    bench.answer = () => undefined;
    await bench.time.advance(5000);
    await bench.control.close();
    expect(bench.audit.map(({ action, who, target, detail }) => [action, who, target, detail])).toEqual([
      ["heartbeat.started", "system:heartbeat", "press/recipe", {}],
      ["heartbeat.failed", "system:heartbeat", "press/recipe", { why: "not-sent: plc is not connected" }],
      ["heartbeat.started", "system:heartbeat", "press/recipe", {}],
      ["heartbeat.stopped", "system:heartbeat", "press/recipe", { why: "the gateway is stopping" }],
    ]);
    await bench.time.advance(5000);
    expect(bench.audit).toHaveLength(4);
  });
});
