import { describe, expect, it } from "vitest";
import { systemTimers, untilNextMultiple } from "./clock.ts";

describe("untilNextMultiple", () => {
  it.each([
    [1000, 250, 250],
    [1100, 250, 150],
    [1000.2, 250, 250],
    // Early by a fraction: the next but one, not a second turn at once.
    [1249.7, 250, 251],
    [1249, 250, 251],
    // Late by more than half: the next would be too soon after.
    [1380, 250, 370],
    [1374, 250, 126],
    [0, 60_000, 60_000],
  ])("at %f every %i ms is in %i ms", (nowMs, periodMs, wait) => {
    expect(untilNextMultiple(nowMs, periodMs)).toBe(wait);
  });
});

describe("systemTimers.every", () => {
  it("turns of one period come together, whenever they were begun, and end when cancelled", async () => {
    const turns: string[] = [];
    const cancelFirst = systemTimers.every(40, () => turns.push("first"));
    await new Promise((resolve) => setTimeout(resolve, 13));
    const done = Promise.withResolvers<void>();
    const cancelSecond = systemTimers.every(40, () => {
      turns.push("second");
      if (turns.length >= 8) done.resolve();
    });
    await done.promise;
    cancelFirst();
    cancelSecond();
    const { length } = turns;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(turns).toHaveLength(length);
    expect(turns.filter((each) => each === "first").length).toBeGreaterThanOrEqual(3);
  });

  it("goes on after a turn that throws", async () => {
    let turns = 0;
    const caught: unknown[] = [];
    const keep = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => caught.push(error));
    const cancel = systemTimers.every(20, () => {
      turns++;
      if (turns === 1) throw new Error("one turn");
    });
    while (turns < 3) await new Promise((resolve) => setTimeout(resolve, 5));
    cancel();
    process.removeAllListeners("uncaughtException");
    for (const each of keep) process.on("uncaughtException", each);
    expect(caught).toHaveLength(1);
  });
});
