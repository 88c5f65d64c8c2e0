import { expect, test } from "vitest";
import { gapsOf } from "./gaps.ts";
import { type Aggregates, LaneSeries, toNumber } from "./lane-series.ts";
import { figuresOf, insideOf, penOf } from "./pen.ts";

type Row = readonly [timeMs: number, low: number, high: number, last: number, mean: number, status?: number];
const bad = 0x809b_0000;
const partly = 0x40a4_0000;

function aggregates(rows: readonly Row[], holes: readonly number[] = []): Aggregates {
  const column = (pick: (row: Row) => number) => [
    ...rows.map((row) => [row[0], pick(row), row[5] ?? 0] as const),
    ...holes.map((timeMs) => [timeMs, null, bad] as const),
  ];
  return {
    minimum: column((row) => row[1]),
    maximum: column((row) => row[2]),
    first: column((row) => row[3]),
    last: column((row) => row[3]),
    timeAverage: column((row) => row[4]),
  };
}

function seeded(rows: readonly Row[], endMs: number, holes: readonly number[] = []): LaneSeries {
  const series = new LaneSeries(100);
  series.seed(aggregates(rows, holes), endMs);
  return series;
}

const limits = { nowMs: 10_000, firstMs: undefined };

test("keeps both extremes of a bucket and draws them, the later one last", () => {
  const series = seeded([[0, 1, 9, 8, 5]], 100);
  expect(penOf(series.within({ fromMs: 0, toMs: 100 }), 100, 10_000)[1].slice(0, 2)).toEqual([1, 9]);
  const falling = seeded([[0, 1, 9, 2, 5]], 100);
  expect(penOf(falling.within({ fromMs: 0, toMs: 100 }), 100, 10_000)[1].slice(0, 2)).toEqual([9, 1]);
});

test("a bucket without a value breaks the pen and is a gap", () => {
  const series = seeded(
    [
      [0, 1, 1, 1, 1],
      [300, 2, 2, 2, 2],
    ],
    400,
    [100, 200],
  );
  const window = { fromMs: 0, toMs: 400 };
  expect(penOf(series.within(window), 100, 10_000)[1]).toEqual([1, 1, null, 2, 2, null]);
  expect(gapsOf(series.within(window), 100, window, limits)).toEqual([
    { fromMs: 100, toMs: 300, partly: false, open: false },
  ]);
});

test("a hole smaller than a bucket is not bridged either, and said to be one", () => {
  const series = seeded(
    [
      [0, 1, 1, 1, 1],
      [100, 1, 2, 2, 1, partly],
      [200, 2, 2, 2, 2],
    ],
    300,
  );
  const window = { fromMs: 0, toMs: 300 };
  expect(penOf(series.within(window), 100, 10_000)[1]).toEqual([1, 1, 1, 2, null, 2, 2, null]);
  expect(gapsOf(series.within(window), 100, window, limits)).toMatchObject([{ fromMs: 100, toMs: 200, partly: true }]);
});

test("x never goes back, as the drawing needs it", () => {
  const series = new LaneSeries(100);
  for (let time = 0; time < 2_000; time += 37) series.push(time, Math.sin(time));
  const [x] = penOf(series.within({ fromMs: 0, toMs: 2_000 }), 100, 1_990);
  expect(x).toEqual([...x].sort((a, b) => a - b));
  expect(Math.max(...x)).toBeLessThanOrEqual(1_990);
});

test("a live value holds until the next one, also over buckets without a sample", () => {
  const series = new LaneSeries(100);
  series.push(50, 7);
  series.push(450, 9);
  const lasts = series.within({ fromMs: 0, toMs: 500 }).map((step) => step?.last);
  expect(lasts).toEqual([7, 7, 7, 7, 9]);
  expect(series.at(450)).toMatchObject({ low: 7, high: 9 });
});

test("goes on from the history without a seam", () => {
  const series = seeded([[0, 1, 5, 5, 3]], 100);
  series.push(250, 6);
  expect(series.within({ fromMs: 0, toMs: 300 }).map((step) => step?.last)).toEqual([5, 5, 6]);
});

test("a Bad sample ends what was in force, and what follows is a gap until the next Good one", () => {
  const series = new LaneSeries(100);
  series.push(50, 7);
  series.push(150, null);
  series.push(460, 8);
  const window = { fromMs: 0, toMs: 500 };
  expect(gapsOf(series.within(window), 100, window, limits)).toMatchObject([{ fromMs: 100, toMs: 400 }]);
});

test("without a proof of life the line ends at the last one", () => {
  const series = new LaneSeries(100);
  series.push(0, 7);
  series.push(199, 7);
  series.lose();
  series.lose();
  expect(series.within({ fromMs: 0, toMs: 400 }).map((step) => step?.partial)).toEqual([
    false,
    true,
    undefined,
    undefined,
  ]);
});

test("a gap at the live edge is open, and the bucket of now is none while its sample is on the way", () => {
  const series = new LaneSeries(100);
  series.push(0, 7);
  const window = { fromMs: 0, toMs: 1_000 };
  expect(gapsOf(series.within(window), 100, window, { nowMs: 950, firstMs: undefined })).toEqual([
    { fromMs: 100, toMs: 950, partly: false, open: true },
  ]);
  expect(gapsOf(series.within(window), 100, window, { nowMs: 150, firstMs: undefined })).toEqual([]);
});

test("before the record began there is nothing to doubt, after it there is", () => {
  const series = seeded([[300, 1, 1, 1, 1, partly]], 400, [0, 100, 200]);
  const window = { fromMs: 0, toMs: 400 };
  expect(gapsOf(series.within(window), 100, window, { nowMs: 10_000, firstMs: 350 })).toEqual([]);
  expect(gapsOf(series.within(window), 100, window, limits)).toHaveLength(1);
});

test("a gap that begins before the window begins at its edge", () => {
  const series = seeded([[300, 1, 1, 1, 1]], 400, [0, 100, 200]);
  const window = { fromMs: 130, toMs: 400 };
  expect(gapsOf(series.within(window), 100, window, limits)).toMatchObject([{ fromMs: 130, toMs: 300 }]);
});

test("the mean is weighted by time, and the last bucket counts for what it has", () => {
  const series = seeded(
    [
      [0, 0, 0, 0, 0],
      [100, 8, 8, 8, 8],
    ],
    150,
  );
  expect(figuresOf(series.within({ fromMs: 0, toMs: 200 }))).toEqual({ low: 0, high: 8, mean: 8 / 3 });
  expect(figuresOf([undefined])).toBeUndefined();
});

test.each([
  ["9007199254740993", 9_007_199_254_740_992],
  ["-5", -5],
  ["NaN", undefined],
  ["Infinity", undefined],
  [Number.POSITIVE_INFINITY, undefined],
  [true, undefined],
  [null, undefined],
  [1.5, 1.5],
])("%j on a scale is %j", (value, expected) => {
  expect(toNumber(value)).toBe(expected);
});

test("holds no more than its limit", () => {
  const series = new LaneSeries(1);
  for (let time = 0; time < 25_000; time++) series.push(time, time);
  expect(series.within({ fromMs: 0, toMs: 25_000 }).filter((step) => step !== undefined).length).toBeLessThan(20_001);
  expect(series.at(24_999)?.last).toBe(24_999);
});

test("the pen goes the shortest way from the first value of a bucket to its last, over both extremes", () => {
  const bucket = (first: number, last: number) => {
    const series = new LaneSeries(100);
    const point = (value: number) => [[0, value, 0] as const];
    series.seed(
      { minimum: point(1), maximum: point(9), first: point(first), last: point(last), timeAverage: point(5) },
      100,
    );
    return penOf(series.within({ fromMs: 0, toMs: 100 }), 100, 10_000)[1].slice(0, 2);
  };
  expect(bucket(1, 9)).toEqual([1, 9]);
  expect(bucket(9, 1)).toEqual([9, 1]);
  expect(bucket(2, 4)).toEqual([1, 9]);
  expect(bucket(8, 6)).toEqual([9, 1]);
});

test("figures count whole buckets of the window, and cut ones only where there are no others", () => {
  const series = seeded(
    [
      [0, 1, 100, 5, 50],
      [100, 2, 8, 5, 5],
      [200, 3, 7, 5, 5],
      [300, -50, 7, 5, 0],
    ],
    400,
  );
  const window = { fromMs: 50, toMs: 350 };
  expect(figuresOf(insideOf(series.within(window), window))).toEqual({ low: 2, mean: 5, high: 8 });
  const narrow = { fromMs: 110, toMs: 150 };
  expect(figuresOf(insideOf(series.within(narrow), narrow))).toEqual({ low: 2, mean: 5, high: 8 });
});
