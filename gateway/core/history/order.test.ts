import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Value } from "../value.ts";
import { type ChunkLimits, Head } from "./head.ts";
import { mergePieces, type Piece } from "./merge.ts";
import type { Samples } from "./samples.ts";

interface Row {
  readonly time: number;
  readonly value: Value;
  readonly status: number;
}

const row = fc.record({
  time: fc.integer({ min: 0, max: 40 }),
  value: fc.constantFrom<Value>(1, 2, null, "x", 0, -0),
  status: fc.constantFrom(0, 0x80000000),
});

/** The rule said plainly: stable order of time, a row that was there already is left out. */
function plainly(rows: readonly Row[]): Row[] {
  const kept: Row[] = [];
  for (const one of rows) {
    const known = kept.some((k) => k.time === one.time && Object.is(k.value, one.value) && k.status === one.status);
    if (!known) kept.push(one);
  }
  return kept
    .map((one, i) => ({ one, i }))
    .sort((a, b) => a.one.time - b.one.time || a.i - b.i)
    .map(({ one }) => one);
}

function rowsOf({ times, values, statuses }: Samples): Row[] {
  return times.map((time, i) => ({ time, value: values[i] as Value, status: statuses[i] as number }));
}

function headOf(rows: readonly Row[]): Head {
  const head = new Head();
  for (const { time, value, status } of rows) head.add(time, value, status);
  return head;
}

const small: ChunkLimits = { fullSamples: 4, fullBytes: 1000, maxSamples: 6, maxSpanMs: 20 };

describe("the head of a series", () => {
  test("keeps samples in order of time, newer ones of the same time behind, repeats out", () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        expect(rowsOf(headOf(rows).samples)).toEqual(plainly(rows));
      }),
    );
  });

  test("splits into chunks within the limits, and nothing is lost or moved", () => {
    fc.assert(
      fc.property(fc.array(row), (rows) => {
        const head = headOf(rows);
        const { full, rest } = head.split(small);
        expect([...full, rest].flatMap(rowsOf)).toEqual(rowsOf(head.samples));
        for (const { times } of full) {
          expect(times.length).toBeLessThanOrEqual(6);
          expect((times.at(-1) as number) - (times[0] as number)).toBeLessThanOrEqual(20);
        }
        expect(rest.times.length).toBeLessThan(4);
      }),
    );
  });

  test("does not put samples from before and after an absence into one chunk", () => {
    const head = headOf([1, 2].map((time) => ({ time, value: time, status: 0 })));
    head.cut();
    head.add(3, 3, 0);
    expect(head.split(small).full.map(({ times }) => times)).toEqual([[1, 2]]);
    head.add(0, 0, 0);
    expect(head.split(small).full.map(({ times }) => times)).toEqual([[0, 1, 2]]);
    expect(head.split(small).rest.times).toEqual([3]);
  });

  test("makes a chunk of few samples where texts are long", () => {
    const head = headOf([{ time: 1, value: "x".repeat(600), status: 0 }]);
    expect(head.split(small).full).toHaveLength(1);
  });

  test("is clean after its rest took its place, and knows repeats of the rest", () => {
    const head = headOf([{ time: 5, value: 1, status: 0 }]);
    expect(head.dirty).toBe(true);
    head.replace(head.split(small).rest);
    expect(head.dirty).toBe(false);
    head.add(5, 1, 0);
    expect([head.length, head.dirty]).toEqual([1, false]);
  });
});

describe("the merge of overlapping pieces", () => {
  /** Some pieces, each ordered, as chunks in order of writing would be. */
  const written = fc.array(
    fc.array(row, { minLength: 1, maxLength: 8 }).map((rows) => headOf(rows).samples),
    { maxLength: 8 },
  );

  function pieceOf(samples: Samples, rank: number): Piece & { readonly loads: number[] } {
    const loads: number[] = [];
    const load = (): Samples => {
      loads.push(rank);
      return samples;
    };
    const [startMs, endMs] = [samples.times[0] as number, samples.times.at(-1) as number];
    return { startMs, endMs, rank, statistics: () => undefined, load, loads };
  }

  test("gives all samples in order of time, of the same time those written first", () => {
    fc.assert(
      fc.property(written, (all) => {
        const pieces = all.map(pieceOf).sort((a, b) => a.startMs - b.startMs || a.rank - b.rank);
        const merged = [...mergePieces(pieces[Symbol.iterator]())].flatMap((run) =>
          rowsOf("piece" in run ? run.piece.load() : run.samples),
        );
        const expected = all
          .flatMap((samples, rank) => rowsOf(samples).map((one, i) => ({ one, rank, i })))
          .sort((a, b) => a.one.time - b.one.time || a.rank - b.rank || a.i - b.i)
          .map(({ one }) => one);
        expect(merged).toEqual(expected);
      }),
      { numRuns: 1000 },
    );
  });

  test("hands on a piece that nothing overlaps without opening it", () => {
    const piece = (from: number, to: number, rank: number) =>
      pieceOf({ times: [from, to], values: [1, 2], statuses: [0, 0] }, rank);
    const pieces = [piece(0, 5, 1), piece(6, 9, 2), piece(8, 10, 3), piece(20, 30, 4)];
    const runs = [...mergePieces(pieces[Symbol.iterator]())];
    expect(runs.filter((run) => "piece" in run)).toHaveLength(2);
    expect(pieces.map(({ loads }) => loads.length)).toEqual([0, 1, 1, 0]);
  });
});
