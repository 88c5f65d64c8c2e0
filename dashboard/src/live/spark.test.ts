import { expect, test } from "vitest";
import { sparkShape } from "../parts/spark-path.ts";
import { SparkSeries } from "./spark.ts";

const lasts = (series: SparkSeries, nowMs: number) => series.window(nowMs).map((step) => step?.last);

test("goes on from the history with live samples", () => {
  const series = new SparkSeries(1000, 10);
  series.seed(
    [
      [0, 1, 0],
      [100, 2, 0],
    ],
    [
      [0, 3, 0],
      [100, 4, 0],
    ],
    [
      [0, 2, 0],
      [100, 3, 0],
    ],
  );
  series.push(250, 7);
  expect(lasts(series, 299)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
    2,
    3,
    7,
  ]);
});

test("keeps both extremes of a step", () => {
  const series = new SparkSeries(1000, 10);
  for (const value of [5, 9, 1, 4]) series.push(50, value);
  expect(series.window(50).at(-1)).toEqual({ timeMs: 50, low: 1, high: 9, last: 4 });
});

test("leaves out a bucket without a good value", () => {
  const series = new SparkSeries(1000, 10);
  series.seed([[0, null, 0x809b0000]], [[0, null, 0x809b0000]], [[0, null, 0x809b0000]]);
  expect(lasts(series, 50).at(-1)).toBeUndefined();
});

test("holds no more than its hour", () => {
  const series = new SparkSeries(1000, 10);
  for (let time = 0; time < 100_000; time += 100) series.push(time, time);
  expect(lasts(series, 99_999)).toHaveLength(10);
  expect(lasts(series, 99_999)[0]).toBe(99_000);
});

test("never bridges a gap, and does not hatch what was before the first value", () => {
  const step = (last: number) => ({ timeMs: 0, low: last, high: last, last });
  const shape = sparkShape([undefined, step(1), step(2), undefined, undefined, step(3), undefined], undefined);
  expect(shape.lines).toHaveLength(2);
  expect(shape.gaps).toEqual([
    [3, 4],
    [6, 6],
  ]);
  expect(shape.dot).toBeUndefined();
});

test("draws a value that never moves in the middle", () => {
  const flat = Array.from({ length: 4 }, () => ({ timeMs: 0, low: 5, high: 5, last: 5 }));
  expect(sparkShape(flat, undefined).dot).toBe(50);
});

test("says nothing of an empty hour", () => {
  expect(sparkShape([undefined, undefined], [1, 2])).toMatchObject({ lines: [], gaps: [], dot: undefined });
});
