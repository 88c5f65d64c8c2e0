import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BucketAggregate, bucketAggregates, type HistoryPoint } from "../history-port.ts";
import { Status } from "../status.ts";
import type { Value } from "../value.ts";
import { evenEdges, listedEdges } from "./edges.ts";
import { type FoldQuestion, type FoldWindow, SeriesFold } from "./fold.ts";
import { Outages } from "./outages.ts";
import { statisticsOf } from "./statistics.ts";
import { reached, type SlowQuestion, type SlowRow, slowPoint } from "./testing/slow-aggregates.ts";

const row = fc.record({
  time: fc.integer({ min: -20, max: 80 }),
  value: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -9, max: 9 }) },
    { weight: 1, arbitrary: fc.constantFrom<Value>(0.5, Number.NaN, null, Number.POSITIVE_INFINITY, true, "on") },
  ),
  status: fc.constantFrom(0, 0, 0, 0x00960000, 0x40000000, 0x80310000),
});

/** In order, and none twice. */
function inOrder(all: readonly SlowRow[]): SlowRow[] {
  const sorted = [...all].sort((a, b) => a.time - b.time);
  const isSame = (one: SlowRow, two: SlowRow) =>
    one.time === two.time && one.status === two.status && Object.is(one.value, two.value);
  return sorted.filter((one, i) => !sorted.slice(0, i).some((two) => isSame(one, two)));
}
const rows = fc.array(row, { maxLength: 25 }).map(inOrder);
const times = fc.array(fc.integer({ min: -20, max: 80 }), { maxLength: 2 });
const question = fc.record({
  aggregates: fc.shuffledSubarray([...bucketAggregates], { minLength: 1 }),
  interpolation: fc.constantFrom<"stepped" | "sloped">("stepped", "sloped"),
  counter: fc.constantFrom(undefined, { rollOver: undefined }, { rollOver: 10 }),
  state: fc.constantFrom(undefined, "3", "true", "on"),
});
/** Buckets of one width, or of any: days have 23 and 25 hours. */
const edges = fc.oneof(
  fc.integer({ min: 1, max: 70 }).map((interval) => evenEdges(0, 60, interval)),
  fc.uniqueArray(fc.integer({ min: 1, max: 59 }), { maxLength: 8 }).map((inner) => {
    return listedEdges([0, ...inner.sort((a, b) => a - b), 60]);
  }),
);

function expectSame(actual: readonly HistoryPoint[], expected: readonly HistoryPoint[]): void {
  expect(actual.map(([time, , status]) => [time, status])).toEqual(expected.map(([time, , status]) => [time, status]));
  for (const [i, [, value]] of expected.entries()) {
    const got = actual[i]?.[1] as Value;
    if (typeof value === "number" && Number.isFinite(value)) expect(Number(got)).toBeCloseTo(value, 9);
    else expect(Number.isNaN(value) ? Number(got) : got).toEqual(value);
  }
}

function windowOf(interval: number, asOfMs: number): FoldWindow {
  const even = evenEdges(0, 60, interval);
  return { edges: even, firstBucket: 0, endBucket: even.count, asOfMs };
}

function foldAll(
  asked: FoldQuestion,
  all: readonly SlowRow[],
  outages: readonly number[],
  window: FoldWindow,
): readonly (readonly HistoryPoint[])[] {
  const one = new SeriesFold(asked, window, new Outages(outages));
  const before = all.filter(({ time }) => time < one.startMs).reverse();
  if (before[0]) one.before(before[0].time, before[0].value, before[0].status);
  before.find(({ value, status }) => one.lookBack(value, status));
  for (const { time, value, status } of all) {
    if (time >= one.startMs && time < one.endMs) one.sample(time, value, status);
  }
  const next = all.find(({ time }) => time >= one.endMs);
  return one.finish(one.looksAhead && next ? { ...next, timeMs: next.time } : undefined);
}

function fold(kind: BucketAggregate, all: readonly SlowRow[], outages: readonly number[], window: FoldWindow) {
  return foldAll({ aggregates: [kind] }, all, outages, window)[0] ?? [];
}

/** The time of a limit is the one at which it was reached first; on a line a rounding may decide between two. */
function expectTimed(actual: readonly HistoryPoint[], expected: readonly HistoryPoint[], slow: SlowQuestion): void {
  const late = actual.map(([time, value], i): HistoryPoint => {
    const [expectedMs, , status] = expected[i] as HistoryPoint;
    const there = reached(slow, time, time + 1)
      .concat(reached(slow, time - 1, time))
      .filter(({ ms }) => ms === time);
    const isThere = there.some((one) => Math.abs(Number(one.value) - Number(value)) < 1e-9 || one.value === value);
    return [isThere && slow.sloped ? expectedMs : time, value, status];
  });
  expectSame(late, expected);
}

describe("aggregates", () => {
  test("agree with asking of every millisecond what is in force, all of them in one pass", () => {
    fc.assert(
      fc.property(
        question,
        rows,
        times,
        edges,
        fc.integer({ min: -5, max: 100 }),
        (asked, all, outages, cut, asOfMs) => {
          const window = { edges: cut, firstBucket: 0, endBucket: cut.count, asOfMs };
          const { counter, state } = asked;
          const slow = {
            rows: all,
            outages,
            sloped: asked.interpolation === "sloped",
            counter,
            state,
            endMs: 60,
            asOfMs,
          };
          const answer = foldAll(asked, all, outages, window);
          for (const [i, aggregate] of asked.aggregates.entries()) {
            const expected = Array.from({ length: cut.count }, (_, k) =>
              slowPoint(aggregate, slow, cut.at(k), cut.at(k + 1)),
            );
            if (aggregate.endsWith("ActualTime")) expectTimed(answer[i] ?? [], expected, slow);
            else expectSame(answer[i] ?? [], expected);
          }
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("are the same whether they come in one answer or page by page", () => {
    fc.assert(
      fc.property(question, rows, times, edges, fc.integer({ min: 1, max: 59 }), (asked, all, outages, cut, at) => {
        const whole = { edges: cut, firstBucket: 0, endBucket: cut.count, asOfMs: 100 };
        const page = Math.min(at, cut.count);
        const first = foldAll(asked, all, outages, { ...whole, endBucket: page });
        const second = foldAll(asked, all, outages, { ...whole, firstBucket: page });
        const answer = foldAll(asked, all, outages, whole);
        for (const [i, points] of answer.entries()) expectSame([...(first[i] ?? []), ...(second[i] ?? [])], points);
      }),
      { numRuns: 1000 },
    );
  });

  test("are the same from statistics as from samples", () => {
    const good = fc
      .array(
        fc.record({
          time: fc.integer({ min: 0, max: 59 }),
          value: fc.integer({ min: -2, max: 9 }),
          status: fc.constant(0),
        }),
        { minLength: 2, maxLength: 12 },
      )
      .map(inOrder);
    let taken = 0;
    fc.assert(
      fc.property(question, good, edges, fc.nat({ max: 6 }), (asked, all, cut, singly) => {
        const window = { edges: cut, firstBucket: 0, endBucket: cut.count, asOfMs: 100 };
        const one = new SeriesFold(asked, window, new Outages([]));
        const chunk = all.slice(singly);
        const [startMs, endMs] = [chunk[0]?.time ?? 0, chunk.at(-1)?.time ?? 0];
        for (const { time, value, status } of all.slice(0, singly)) one.sample(time, value, status);
        fc.pre(chunk.length > 0 && all[singly - 1]?.time !== startMs);
        const statistics = statisticsOf({
          times: chunk.map(({ time }) => time),
          values: chunk.map(({ value }) => value),
          statuses: chunk.map(() => 0),
        });
        if (!one.canTake(startMs, endMs, statistics)) return;
        taken++;
        one.take(startMs, endMs, statistics);
        const finished = one.finish();
        for (const [i, points] of foldAll(asked, all, [], window).entries()) expectSame(finished[i] ?? [], points);
      }),
      { numRuns: 2000 },
    );
    expect(taken).toBeGreaterThan(100);
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

  test.each<[string, { rollOver: number | undefined } | undefined, Value[], Value]>([
    ["that may fall", undefined, [10, 4], -6],
    ["of a meter", { rollOver: undefined }, [10, 25, 40], 30],
    ["of a meter that was set to 0", { rollOver: undefined }, [100, 140, 3], 43],
    ["over 16 bits", { rollOver: 65_536 }, [65_530, 65_535, 4], 10],
    ["over 16 bits and set to 0 far from their end", { rollOver: 65_536 }, [30_000, 30_010, 5], 15],
    ["over a decimal end", { rollOver: 1000 }, [999.5, 0.5], 1],
    ["over 64 bits", { rollOver: 2 ** 64 }, [2n ** 64n - 3n, 2n], 5n],
    ["of 64-bit integers", undefined, [2n ** 62n, 2n ** 62n + 7n], 7n],
  ])("count the difference %s", (_name, counter, values, expected) => {
    const all = values.map((value, i) => ({ time: i * 10, value, status: 0 }));
    const asked = { aggregates: ["delta"], counter } as const;
    expect(foldAll(asked, all, [], windowOf(60, 100))[0]).toEqual([[0, expected, 0]]);
  });

  test("count differences that add up, over buckets without a value too", () => {
    const all = [
      { time: 0, value: 100, status: 0 },
      { time: 12, value: 130, status: 0 },
      { time: 18, value: null, status: 0x80310000 },
      { time: 45, value: 190, status: 0 },
    ];
    const asked = { aggregates: ["delta"], counter: { rollOver: undefined } } as const;
    const [deltas = []] = foldAll(asked, all, [], windowOf(10, 100));
    expect(deltas.map(([, value]) => value)).toEqual([0, 30, null, null, 60, 0]);
  });

  test("say when a limit was reached first, and by which share of the time it was good", () => {
    const all = [
      { time: -5, value: 3, status: 0 },
      { time: 10, value: 8, status: 0 },
      { time: 20, value: 8, status: 0 },
      { time: 45, value: 1, status: 0x80310000 },
    ];
    const asked = { aggregates: ["maximumActualTime", "minimumActualTime", "percentGood", "count"] } as const;
    expect(foldAll(asked, all, [], windowOf(60, 100)).map((points) => points[0])).toEqual([
      [10, 8, Status.Uncertain_DataSubNormal],
      [0, 3, Status.Uncertain_DataSubNormal],
      [0, 75, Status.Good],
      [0, 2, Status.Uncertain_DataSubNormal],
    ]);
  });

  test("count a sample once that was sent twice", () => {
    const all = [1, 1, 5].map((value, i) => ({ time: i < 2 ? 0 : 10, value, status: 0 }));
    expect(fold("count", all, [], windowOf(60, 100))).toEqual([[0, 2, 0]]);
    expect(fold("average", all, [], windowOf(60, 100))).toEqual([[0, 3, 0]]);
  });
});
