import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HistoryPoint } from "../history-port.ts";
import { Status } from "../status.ts";
import type { Value } from "../value.ts";
import { type BucketAggregate, type FoldWindow, SeriesFold } from "./fold.ts";
import { Outages } from "./outages.ts";
import { statisticsOf } from "./statistics.ts";

interface Row {
  readonly time: number;
  readonly value: Value;
  readonly status: number;
}

/**
 * The oracle: walks millisecond by millisecond and asks what is in force. It shares no code with the
 * fold, and times are whole, so that a sum over milliseconds is exact up to the sum itself.
 */
function slowly(
  aggregate: BucketAggregate,
  rows: readonly Row[],
  outages: readonly number[],
  start: number,
  end: number,
  interval: number,
  asOf: number,
): HistoryPoint[] {
  const points: HistoryPoint[] = [];
  for (let k = 0; start + k * interval < end; k++) {
    const from = start + k * interval;
    const to = Math.min(end, from + interval);
    let good = 0;
    let sum = 0;
    let broken = false;
    let unsuited = false;
    const seen: Value[] = [];
    for (let ms = from; ms < to; ms++) {
      for (const row of rows.filter((one) => one.time === ms)) {
        if (row.status < 0x40000000 && suits(aggregate, row.value)) seen.push(row.value);
      }
      if (ms >= asOf && !rows.some((one) => one.time > ms && one.time < end)) continue;
      const inForce = rows.findLast((one) => one.time <= ms);
      const cut = inForce && outages.some((outage) => outage >= inForce.time && outage <= ms);
      if (!inForce || cut || inForce.status >= 0x40000000 || !suits(aggregate, inForce.value)) {
        broken = true;
        if (inForce && !cut && inForce.status < 0x40000000 && typeof inForce.value === "string") unsuited = true;
        continue;
      }
      good++;
      sum += Number(inForce.value);
      seen.push(inForce.value);
    }
    if (good === 0) points.push([from, null, unsuited ? Status.Bad_NotSupported : Status.Bad_NoData]);
    else points.push([from, pick(aggregate, seen, sum / good), broken ? Status.Uncertain_DataSubNormal : 0]);
  }
  return points;
}

function suits(aggregate: BucketAggregate, value: Value): boolean {
  if (value === null) return false;
  if (aggregate === "last") return true;
  if (typeof value === "string") return false;
  const number = Number(value);
  return aggregate === "timeAverage" ? Number.isFinite(number) : !Number.isNaN(number);
}

function pick(aggregate: BucketAggregate, seen: readonly Value[], average: number): Value {
  if (aggregate === "timeAverage") return average;
  if (aggregate === "last") return seen.at(-1) ?? null;
  const sorted = [...seen].sort((a, b) => Number(a) - Number(b));
  return (aggregate === "minimum" ? sorted[0] : sorted.at(-1)) ?? null;
}

const row = fc.record({
  time: fc.integer({ min: -20, max: 80 }),
  value: fc.oneof(
    fc.integer({ min: -9, max: 9 }),
    fc.constantFrom<Value>(0.5, Number.NaN, null, Number.POSITIVE_INFINITY),
  ),
  status: fc.constantFrom(0, 0, 0, 0x00960000, 0x40000000, 0x80310000),
});
const rows = fc.array(row, { maxLength: 25 }).map((all) => all.sort((a, b) => a.time - b.time));
const aggregate = fc.constantFrom<BucketAggregate>("timeAverage", "minimum", "maximum", "last");

function expectSame(actual: readonly HistoryPoint[], expected: readonly HistoryPoint[]): void {
  expect(actual.map(([time, , status]) => [time, status])).toEqual(expected.map(([time, , status]) => [time, status]));
  for (const [i, [, value]] of expected.entries()) {
    const got = actual[i]?.[1] as Value;
    if (typeof value === "number" && Number.isFinite(value)) expect(Number(got)).toBeCloseTo(value, 9);
    else expect(got).toEqual(value);
  }
}

function windowOf(interval: number, asOfMs: number): FoldWindow {
  return { startMs: 0, endMs: 60, intervalMs: interval, firstBucket: 0, endBucket: Math.ceil(60 / interval), asOfMs };
}

function fold(kind: BucketAggregate, all: readonly Row[], outages: readonly number[], window: FoldWindow) {
  const one = new SeriesFold(kind, window, new Outages(outages));
  const before = all.findLast(({ time }) => time < one.startMs);
  if (before) one.before(before.time, before.value, before.status);
  for (const { time, value, status } of all) {
    if (time >= one.startMs && time < one.endMs) one.sample(time, value, status);
  }
  return one.finish();
}

describe("buckets", () => {
  test("agree with walking through every millisecond", () => {
    fc.assert(
      fc.property(
        aggregate,
        rows,
        fc.array(fc.integer({ min: -20, max: 80 }), { maxLength: 2 }),
        fc.integer({ min: 1, max: 70 }),
        fc.integer({ min: -5, max: 100 }),
        (kind, all, outages, interval, asOf) => {
          const expected = slowly(kind, all, outages, 0, 60, interval, asOf);
          expectSame(fold(kind, all, outages, windowOf(interval, asOf)), expected);
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("are the same whether they come in one answer or page by page", () => {
    fc.assert(
      fc.property(
        aggregate,
        rows,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 59 }),
        (kind, all, interval, at) => {
          const whole = windowOf(interval, 100);
          const cut = Math.min(at, whole.endBucket);
          const parts = [
            ...fold(kind, all, [], { ...whole, endBucket: cut }),
            ...fold(kind, all, [], { ...whole, firstBucket: cut }),
          ];
          expectSame(parts, fold(kind, all, [], whole));
        },
      ),
    );
  });

  test("are the same from statistics as from samples", () => {
    const good = fc
      .array(
        fc.record({
          time: fc.integer({ min: 0, max: 59 }),
          value: fc.integer({ min: -9, max: 9 }),
          status: fc.constant(0),
        }),
        { minLength: 1, maxLength: 12 },
      )
      .map((all) => all.sort((a, b) => a.time - b.time));
    fc.assert(
      fc.property(aggregate, good, fc.integer({ min: 5, max: 60 }), (kind, all, interval) => {
        const window = windowOf(interval, 100);
        const one = new SeriesFold(kind, window, new Outages([]));
        const [startMs, endMs] = [all[0]?.time as number, all.at(-1)?.time as number];
        const statistics = statisticsOf({
          times: all.map(({ time }) => time),
          values: all.map(({ value }) => value),
          statuses: all.map(() => 0),
        });
        fc.pre(one.canTake(startMs, endMs, statistics));
        one.take(startMs, endMs, statistics);
        expectSame(one.finish(), fold(kind, all, [], window));
      }),
      { numRuns: 1000 },
    );
  });

  test("give back a steady value to the last bit", () => {
    const all = Array.from({ length: 17 }, (_, i) => ({ time: i * 3, value: 20.1, status: 0 }));
    expect(fold("timeAverage", all, [], windowOf(60, 100))).toEqual([[0, 20.1, 0]]);
  });

  test("keep 64-bit integers and booleans as they are in minimum, maximum and last", () => {
    const big = 2n ** 63n - 1n;
    const all = [big - 1n, big].map((value, i) => ({ time: i * 10, value, status: 0 }));
    expect(fold("maximum", all, [], windowOf(60, 100))).toEqual([[0, big, 0]]);
    expect(fold("minimum", all, [], windowOf(60, 100))).toEqual([[0, big - 1n, 0]]);
    const switched = [true, false].map((value, i) => ({ time: i * 15, value, status: 0 }));
    expect(fold("last", switched, [], windowOf(60, 100))).toEqual([[0, false, 0]]);
    expect(fold("timeAverage", switched, [], windowOf(60, 100))).toEqual([[0, 0.25, 0]]);
  });

  test("of a text have a last, and no average", () => {
    const all = [{ time: 0, value: "open", status: 0 }];
    expect(fold("last", all, [], windowOf(60, 100))).toEqual([[0, "open", 0]]);
    expect(fold("timeAverage", all, [], windowOf(60, 100))).toEqual([[0, null, Status.Bad_NotSupported]]);
  });

  test("do not carry a value through a time when the gateway was away, nor into the future", () => {
    const all = [{ time: 0, value: 5, status: 0 }];
    expect(fold("last", all, [10], windowOf(20, 100))).toEqual([
      [0, 5, Status.Uncertain_DataSubNormal],
      [20, null, Status.Bad_NoData],
      [40, null, Status.Bad_NoData],
    ]);
    expect(fold("last", all, [], windowOf(20, 30))).toEqual([
      [0, 5, 0],
      [20, 5, 0],
      [40, null, Status.Bad_NoData],
    ]);
  });
});
