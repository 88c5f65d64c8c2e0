import { describe, expect, it } from "vitest";
import type { OverTime } from "../plant.ts";
import { Accumulator, type Held, type Kept } from "./accumulator.ts";
import { keptOf, keptText } from "./kept-text.ts";
import { Periods } from "./periods.ts";

const hour = 3_600_000;
const minute = 60_000;
const periods = new Periods("UTC", []);
/** Midnight of a day. */
const day = Date.parse("2026-11-27T00:00:00Z");

function over(more: Partial<OverTime>): OverTime {
  return { function: "integral", each: "always", timeUnitMs: hour, rollOver: undefined, percentGood: 99, ...more };
}

/** What happens, by minute after `from`. */
type Story = readonly (readonly [minutes: number, held: Held | "look"])[];

function lived(of: OverTime, story: Story, from = day, kept?: Kept) {
  const accumulator = new Accumulator(of, periods, kept, from);
  const closed = story.flatMap(([minutes, held]) => {
    const at = from + minutes * minute;
    return held === "look" ? accumulator.advance(at) : accumulator.take(held, at);
  });
  return { accumulator, closed };
}

describe("an integral", () => {
  it("is a value times the time for which it held", () => {
    const { accumulator } = lived(over({}), [
      [0, 60],
      [30, 120],
      [45, 0],
      [90, "look"],
    ]);
    expect(accumulator.value).toBeCloseTo(60);
    expect(accumulator.account).toEqual({ sinceMs: day, missedMs: 0, gap: undefined, resets: 0 });
  });

  it("makes nothing of a time for which nothing was known, and says so", () => {
    const { accumulator } = lived(over({}), [
      [0, 60],
      [30, undefined],
      [90, "look"],
    ]);
    expect(accumulator.value).toBeCloseTo(30);
    expect(accumulator.account).toMatchObject({ missedMs: hour, gap: { fromMs: day + 30 * minute } });
    accumulator.take(60, day + 90 * minute);
    accumulator.advance(day + 120 * minute);
    expect(accumulator.value).toBeCloseTo(60);
    expect(accumulator.account).toMatchObject({
      missedMs: hour,
      gap: { fromMs: day + 30 * minute, toMs: day + 90 * minute },
    });
    expect(accumulator.isComplete).toBe(false);
  });

  it("begins anew at midnight to the moment, and tells what the day came to", () => {
    const { accumulator, closed } = lived(
      over({ each: "day" }),
      [
        [0, 60],
        [90, "look"],
      ],
      day + 23 * hour,
    );
    expect(closed).toEqual([{ value: 60, isComplete: false, endMs: day + 24 * hour }]);
    expect(accumulator.value).toBeCloseTo(30);
    expect(accumulator.isComplete).toBe(true);
  });

  it("counts what it did not see of its first day as missing", () => {
    const { accumulator } = lived(over({ each: "day" }), [[0, 60]], day + 2 * hour);
    expect(accumulator.account).toMatchObject({ missedMs: 2 * hour, sinceMs: day + 2 * hour });
    expect(accumulator.isComplete).toBe(false);
  });
});

describe("a running time", () => {
  it("is how long a condition was true; false is known, unknown is missing", () => {
    const { accumulator } = lived(over({ function: "runningTime" }), [
      [0, true],
      [30, false],
      [60, undefined],
      [90, true],
      [120, "look"],
    ]);
    expect(accumulator.value).toBeCloseTo(1);
    expect(accumulator.account.missedMs).toBe(30 * minute);
  });
});

describe("a total", () => {
  const counter = over({ function: "total", rollOver: 65_536 });
  it.each<[string, OverTime, Story, number, { missedMs?: number; resets?: number }]>([
    [
      "the steps of a counter",
      counter,
      [
        [0, 10],
        [1, 15],
        [2, 40],
      ],
      30,
      { missedMs: 0, resets: 0 },
    ],
    [
      "over its roll-over",
      counter,
      [
        [0, 65_530],
        [1, 4],
      ],
      10,
      { resets: 0 },
    ],
    [
      "nothing of a reset",
      counter,
      [
        [0, 1_000],
        [1, 3],
        [2, 8],
      ],
      5,
      { resets: 1 },
    ],
    [
      "nothing of a wrong reading",
      counter,
      [
        [0, 1_000],
        [1, 999],
        [2, 1_004],
      ],
      5,
      { resets: 1 },
    ],
    [
      "nothing backwards without a roll-over",
      over({ function: "total" }),
      [
        [0, 65_530],
        [1, 4],
      ],
      0,
      { resets: 1 },
    ],
    [
      "64-bit counters to the last step",
      over({ function: "total" }),
      [
        [0, 2n ** 60n],
        [1, 2n ** 60n + 3n],
      ],
      3,
      {},
    ],
    [
      "what the counter did in a gap",
      counter,
      [
        [0, 10],
        [1, undefined],
        [30, 25],
      ],
      15,
      { missedMs: 0, resets: 0 },
    ],
    [
      "no roll-over that happened in a gap",
      counter,
      [
        [0, 65_530],
        [1, undefined],
        [30, 4],
      ],
      0,
      { missedMs: 29 * minute },
    ],
  ])("counts %s", (_what, of, story, value, account) => {
    const { accumulator } = lived(of, story);
    expect(accumulator.value).toBe(value);
    expect(accumulator.account).toMatchObject(account);
  });

  it("gives steps of a gap over midnight to neither day", () => {
    const { accumulator } = lived(
      over({ function: "total", each: "day" }),
      [
        [0, 10],
        [30, undefined],
        [90, 500],
        [91, 501],
      ],
      day + 23 * hour,
    );
    expect(accumulator.value).toBe(1);
    expect(accumulator.account.missedMs).toBe(30 * minute);
  });
});

describe("a minimum and a maximum", () => {
  it.each<["minimum" | "maximum", number]>([
    ["minimum", -3],
    ["maximum", 9],
  ])("finds the %s, and begins the next day with what holds", (name, value) => {
    const of = over({ function: name, each: "day" });
    const { accumulator } = lived(
      of,
      [
        [0, 5],
        [1, 9],
        [2, -3],
        [3, 4],
      ],
      day,
    );
    expect(accumulator.value).toBe(value);
    accumulator.advance(day + 24 * hour);
    expect(accumulator.value).toBe(4);
  });

  it("is nothing where nothing was known", () => {
    const { accumulator } = lived(over({ function: "minimum", each: "day" }), [[10, "look"]]);
    expect(accumulator.value).toBeUndefined();
  });
});

describe("after a restart", () => {
  const again = (of: OverTime, kept: Kept, from: number) => {
    const text = keptText(kept);
    return new Accumulator(of, periods, keptOf(text), from);
  };

  it("goes on where it was, and the time between is a gap", () => {
    const of = over({ each: "day" });
    const { accumulator: before } = lived(of, [
      [0, 60],
      [60, "look"],
    ]);
    const after = again(of, before.kept, day + 2 * hour);
    after.take(60, day + 2 * hour);
    after.advance(day + 3 * hour);
    expect(after.value).toBeCloseTo(120);
    expect(after.account).toEqual({
      sinceMs: day,
      missedMs: hour,
      gap: { fromMs: day + hour, toMs: day + 2 * hour },
      resets: 0,
    });
  });

  it("bridges the gap with what the counter says, but not over midnight", () => {
    const of = over({ function: "total", each: "day" });
    const { accumulator: before } = lived(of, [
      [0, 10n],
      [60, 20n],
    ]);
    const sameDay = again(of, before.kept, day + 5 * hour);
    sameDay.take(70n, day + 5 * hour);
    expect(sameDay.value).toBe(60);
    expect(sameDay.account.missedMs).toBe(0);
    const nextDay = again(of, before.kept, day + 29 * hour);
    nextDay.take(70n, day + 29 * hour);
    expect(nextDay.value).toBe(0);
    expect(nextDay.account.missedMs).toBe(5 * hour);
  });

  it("takes a text that says nothing for nothing", () => {
    for (const text of ["", "{", "null", "[]", '{"atMs":"x"}', '{"atMs":1}']) expect(keptOf(text)).toBeUndefined();
  });

  it("counts nothing twice where the clock was set back meanwhile", () => {
    const of = over({});
    const { accumulator: before } = lived(of, [
      [0, 60],
      [60, "look"],
    ]);
    const after = again(of, before.kept, day + 30 * minute);
    after.take(60, day + 30 * minute);
    after.advance(day + 60 * minute);
    expect(after.value).toBeCloseTo(90);
  });
});

describe("a clock that jumps", () => {
  it("forward leaves a gap, back counts the time that was lived and no more", () => {
    const { accumulator } = lived(over({}), [
      [0, 60],
      [60, "look"],
    ]);
    accumulator.interrupt(day + 3 * hour);
    expect(accumulator.value).toBeCloseTo(60);
    expect(accumulator.account.missedMs).toBe(2 * hour);
    accumulator.setBack(day + hour);
    accumulator.advance(day + 2 * hour);
    expect(accumulator.value).toBeCloseTo(120);
  });
});
