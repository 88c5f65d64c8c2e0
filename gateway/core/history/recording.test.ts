import { describe, expect, it } from "vitest";
import { Status } from "../status.ts";
import type { Value } from "../value.ts";
import { judgeSample, provenUntil, type RecordingRule, recordedHeld, recordedNow } from "./recording.ts";

const { Good, Bad, Uncertain } = Status;
const rule = (more: Partial<RecordingRule>): RecordingRule => ({
  deadband: 0,
  minIntervalMs: 0,
  maxIntervalMs: undefined,
  ...more,
});
const at = (timeMs: number, value: Value, status: number = Good) => ({ timeMs, value, status });

describe("what goes on record of a tag", () => {
  it("is the first sample, whatever the rule", () => {
    expect(judgeSample(rule({ deadband: 1e9, minIntervalMs: 1e9 }), undefined, at(0, 1))).toBe("record");
  });

  const slow = { minIntervalMs: 1000 };
  it.each<[string, Partial<RecordingRule>, ReturnType<typeof at>, ReturnType<typeof at>, string]>([
    ["every change without a rule", {}, at(0, 1), at(1, 1.000001), "record"],
    ["not what is the same", {}, at(0, 1), at(5000, 1), "drop"],
    ["not what lies inside of the deadband", { deadband: 0.5 }, at(0, 10), at(1, 10.4), "drop"],
    ["not what lies on its edge", { deadband: 0.5 }, at(0, 10), at(1, 10.5), "drop"],
    ["what lies beyond it, upwards", { deadband: 0.5 }, at(0, 10), at(1, 10.51), "record"],
    ["what lies beyond it, downwards", { deadband: 0.5 }, at(0, 10), at(1, 9.49), "record"],
    ["NaN after a number", { deadband: 0.5 }, at(0, 10), at(1, Number.NaN), "record"],
    ["a number after NaN", { deadband: 0.5 }, at(0, Number.NaN), at(1, 10), "record"],
    ["not NaN after NaN", { deadband: 0.5 }, at(0, Number.NaN), at(1, Number.NaN), "drop"],
    ["infinity", { deadband: 1e300 }, at(0, 10), at(1, Number.POSITIVE_INFINITY), "record"],
    ["not infinity after infinity", { deadband: 1 }, at(0, -Infinity), at(1, -Infinity), "drop"],
    ["64-bit integers beyond the deadband", { deadband: 5 }, at(0, 2n ** 60n), at(1, 2n ** 60n + 6n), "record"],
    ["not 64-bit integers inside of it", { deadband: 5 }, at(0, 2n ** 60n), at(1, 2n ** 60n - 5n), "drop"],
    ["a 64-bit integer that differs by one", {}, at(0, 2n ** 60n), at(1, 2n ** 60n + 1n), "record"],
    ["a switch, which has no deadband", { deadband: 5 }, at(0, false), at(1, true), "record"],
    ["a text, which has none", { deadband: 5 }, at(0, "a"), at(1, "b"), "record"],
    ["a quality inside of the deadband", { deadband: 5 }, at(0, 1), at(1, 1, Uncertain), "record"],
    ["a quality inside of the minimum interval", slow, at(0, 1), at(1, null, Bad), "record"],
    ["the way back from Bad", { ...slow, deadband: 5 }, at(0, null, Bad), at(1, 1), "record"],
    ["later, what comes too soon", slow, at(0, 1), at(999, 2), "hold"],
    ["what comes when the interval is over", slow, at(0, 1), at(1000, 2), "record"],
    ["nothing, where a value went and came back too soon", slow, at(0, 1), at(999, 1), "drop"],
    ["what comes from before, too", { ...slow, deadband: 5 }, at(5000, 1), at(4999, 2), "record"],
    [
      "what is inside of the deadband once the longest is over",
      { deadband: 5, maxIntervalMs: 9 },
      at(0, 1),
      at(9, 2),
      "record",
    ],
    ["not before it is over", { deadband: 5, maxIntervalMs: 9 }, at(0, 1), at(8, 2), "drop"],
    ["another value at the same time", {}, at(5, 1), at(5, 2), "record"],
  ])("%s", (_what, partial, last, next, verdict) => {
    expect(judgeSample(rule(partial), recordedNow(last), next)).toBe(verdict);
  });

  it("does not drift away: the deadband lies round what was recorded last, not round what came last", () => {
    const ramp = Array.from({ length: 100 }, (_, i) => at(i, i * 0.1));
    const recorded = [recordedNow(at(0, 0))];
    for (const next of ramp)
      if (judgeSample(rule({ deadband: 1 }), recorded.at(-1), next) === "record") recorded.push(recordedNow(next));
    let held = 0;
    for (const { timeMs, value } of ramp) {
      held = Number(recorded.findLast((each) => each.timeMs <= timeMs)?.value);
      expect(Math.abs(held - Number(value))).toBeLessThanOrEqual(1);
    }
    expect(recorded.length).toBeLessThan(12);
  });

  it("is one sample for each minimum interval, also where the newest had to wait", () => {
    const every = rule({ minIntervalMs: 1000 });
    const waited = recordedHeld(every, recordedNow(at(0, 1)), at(300, 2));
    expect(waited).toEqual({ ...at(300, 2), sinceMs: 1000 });
    expect(judgeSample(every, waited, at(1999, 3))).toBe("hold");
    expect(judgeSample(every, waited, at(2000, 3))).toBe("record");
    expect(recordedHeld(every, waited, at(5000, 3)).sinceMs).toBe(5000);
  });
});

describe("how long a steady value is vouched for", () => {
  const last = recordedNow(at(10_000, 1));
  it.each<[string, number, number, number, number | undefined]>([
    ["until it was heard, but for one period", 10_000, 60_000, 1000, 69_000],
    ["not at all while nothing was heard since", 10_000, 0, 1000, undefined],
    ["not within the first period", 10_000, 1000, 1000, undefined],
    ["from the sample that the deadband kept out, where that is newer", 80_000, 60_000, 1000, 80_000],
    ["never into the past of what is recorded", 10_000, -5000, 1000, undefined],
  ])("%s", (_what, newest, heard, period, until) => {
    expect(provenUntil(last, newest, heard, period)).toBe(until);
  });
});
