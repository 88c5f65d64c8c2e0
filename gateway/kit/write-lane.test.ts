import { describe, expect, it } from "vitest";
import { WriteLane } from "./write-lane.ts";

describe("the lane of writes", () => {
  it("runs one at a time in the order given, also after one that throws", async () => {
    const lane = new WriteLane();
    const log: string[] = [];
    const task = (name: string) => async () => {
      log.push(`${name} begins`);
      await Promise.resolve();
      log.push(`${name} ends`);
      if (name === "b") throw new Error("b");
    };
    const runs = ["a", "b", "c"].map((name) => lane.run(task(name)));
    expect((await Promise.allSettled(runs)).map(({ status }) => status)).toEqual([
      "fulfilled",
      "rejected",
      "fulfilled",
    ]);
    expect(log).toEqual(["a begins", "a ends", "b begins", "b ends", "c begins", "c ends"]);
    expect(lane.waiting).toBe(0);
  });

  it("refuses what is too much, and counts it", async () => {
    const lane = new WriteLane();
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const runs = Array.from({ length: 105 }, (_, n) => lane.run(() => gate.then(() => n)));
    expect(lane.waiting).toBe(100);
    expect(lane.refused).toBe(4);
    open();
    expect((await Promise.all(runs)).filter((result) => result === undefined)).toHaveLength(4);
  });
});
