import { describe, expect, it } from "vitest";
import { type ClockMark, RightsClock } from "./rights-clock.ts";

/** A wall clock and a monotonic one, each moved by itself. */
function bench(mark?: ClockMark) {
  const now = { wall: 10_000, mono: 0 };
  const jumps: number[] = [];
  const clock = { wallMs: () => now.wall, monotonicMs: () => now.mono };
  return { now, jumps, rights: new RightsClock(clock, (backMs) => jumps.push(backMs), mark) };
}

describe("R3: the time by which slots open and close", () => {
  it("stands after a jump back, and is told of once", () => {
    const { now, jumps, rights } = bench();
    expect(rights.nowMs()).toBe(10_000);
    now.wall = 4_000;
    expect([rights.nowMs(), rights.nowMs()]).toEqual([10_000, 10_000]);
    expect(jumps).toEqual([6_000]);
    expect(rights.behind).toBe(true);
    now.wall = 10_001;
    expect(rights.nowMs()).toBe(10_001);
    expect(rights.behind).toBe(false);
  });

  it.each([
    ["behind the mark of the run before stands there", 50_000, 50_000, true, [40_000]],
    ["at the mark goes on", 10_000, 10_000, false, []],
    ["past the mark goes on", 9_000, 10_000, false, []],
    ["a second behind is no jump", 10_900, 10_900, false, []],
  ])("%s", (_name, seenMs, expected, behind, told) => {
    const { rights, jumps } = bench({ seenMs, passedMs: seenMs });
    expect(rights.nowMs()).toBe(expected);
    expect(rights.behind).toBe(behind);
    expect(jumps).toEqual(told);
  });
});

describe("the time by which sign-ins and tokens end", () => {
  it("goes on with the monotonic clock while the wall clock is behind, and never goes back", () => {
    const { now, rights } = bench();
    expect(rights.passing.wallMs()).toBe(10_000);
    now.mono += 1_000;
    now.wall = 2_000;
    expect(rights.passing.wallMs()).toBe(11_000);
    now.mono += 5_000;
    now.wall = 7_000;
    expect(rights.passing.wallMs()).toBe(16_000);
    now.wall = 20_000;
    expect(rights.passing.wallMs()).toBe(20_000);
  });

  it("goes on from the mark of the run before", () => {
    const { now, rights } = bench({ seenMs: 50_000, passedMs: 60_000 });
    now.mono += 500.75;
    expect(rights.passing.wallMs()).toBe(60_500);
    expect(rights.mark).toEqual({ seenMs: 50_000, passedMs: 60_500 });
  });
});
