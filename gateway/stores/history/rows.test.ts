import { describe, expect, test } from "vitest";
import type { Samples } from "../../core/history/samples.ts";
import type { Value } from "../../core/value.ts";
import {
  type ChunkRow,
  chunkSamples,
  chunkStatistics,
  headRow,
  headSamples,
  journalRow,
  journalRows,
  newChunk,
} from "./rows.ts";

/** Long enough that zstd pays, with statuses, nulls and every kind of number form. */
function samples(count: number, value: (i: number) => Value): Samples {
  const times = Array.from({ length: count }, (_, i) => 1_760_000_000_000 + i * 1000 + (i % 7));
  return {
    times,
    values: times.map((_, i) => value(i)),
    statuses: times.map((_, i) => (i % 40 === 3 ? 0x80310000 : 0)),
  };
}

const kinds: readonly (readonly [string, Samples])[] = [
  ["decimals", samples(120, (i) => Math.round(2000 * Math.sin(i / 9)) / 100)],
  ["raw doubles", samples(30, (i) => Math.sin(i))],
  ["texts", samples(20, (i) => `text ${i}`)],
  ["few values", samples(2, (i) => i)],
];

/** Each byte with one bit flipped, and the bytes cut off at each place. */
function* damaged(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) {
    const flipped = Uint8Array.from(bytes);
    flipped[at] = (flipped[at] as number) ^ (1 << (at % 8));
    yield flipped;
    yield bytes.slice(0, at);
  }
}

describe.each(kinds)("a record of %s", (_kind, all) => {
  const chunk = newChunk(7, 0, 3, all);
  const row: ChunkRow = { ...chunk, id: 1 };

  test("comes back from a chunk, a head and the journal", () => {
    expect(chunkSamples(row, chunk.data)).toEqual(all);
    expect(headSamples(headRow(7, 1, all))).toEqual(all);
    const series = all.times.map(() => 7);
    expect(journalRows(journalRow(12, 99, { series, ...all }))).toEqual({ series, ...all });
  });

  test("with any byte flipped, or cut at any byte, is refused and never read as something else", () => {
    const head = headRow(7, 0, all);
    const journal = journalRow(12, 99, { series: all.times.map(() => 7), ...all });
    for (const data of damaged(chunk.data)) expect(() => chunkSamples(row, data)).toThrow();
    for (const data of damaged(head.data)) expect(() => headSamples({ ...head, data })).toThrow();
    for (const data of damaged(journal.data)) expect(() => journalRows({ ...journal, data })).toThrow();
    for (const statistics of damaged(row.statistics)) expect(() => chunkStatistics({ ...row, statistics })).toThrow();
  });

  test("is refused in the place of another row", () => {
    for (const change of [
      { series: 8 },
      { late: 1 },
      { n: 4 },
      { start: row.start + 1 },
      { span: row.span + 1 },
      { count: row.count - 1 },
    ]) {
      expect(() => chunkSamples({ ...row, ...change }, chunk.data)).toThrow(RangeError);
      expect(() => chunkStatistics({ ...row, ...change })).toThrow(RangeError);
    }
    const journal = journalRow(12, 99, { series: all.times.map(() => 7), ...all });
    expect(() => journalRows({ ...journal, n: 13 })).toThrow(RangeError);
    expect(() => chunkSamples(row, headRow(7, 0, all).data)).toThrow(RangeError);
  });
});

test("zstd is used where it pays and only there", () => {
  const steady = newChunk(
    1,
    0,
    1,
    samples(400, (i) => (i % 5) / 10),
  );
  expect(steady.data.length / 400).toBeLessThan(0.6);
  const few = newChunk(
    1,
    0,
    1,
    samples(2, (i) => i),
  );
  expect(few.data.length).toBeLessThan(30);
});
