import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Value } from "../value.ts";
import { ByteReader, ByteWriter, varintSize } from "./bytes.ts";
import { decodeChunk, encodeChunk } from "./chunk-codec.ts";
import { decodeJournal, encodeJournal } from "./journal-codec.ts";
import { readNumbers, writeNumbers } from "./number-column.ts";
import { isIdentical } from "./same-time.ts";
import { decodeStatistics, encodeStatistics, statisticsOf } from "./statistics.ts";
import { readValue, writeValue, writeValueFast } from "./value-codec.ts";
import { readValues, writeValues } from "./value-column.ts";

const float = fc.float({ noNaN: false }).map(Math.fround);
const twoDecimals = fc.integer({ min: -1_000_000, max: 1_000_000 }).map((n) => n / 100);
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
/** Any 16-bit units, so lone surrogates too. */
const text = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)) });
const edge = fc.constantFrom(
  0,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.MAX_VALUE,
  5e-324,
  2 ** 53,
  -(2 ** 53),
  2 ** 50,
  1e21,
  0.1,
  4294967295,
);
const number = fc.oneof(twoDecimals, fc.double(), float, edge, fc.integer());
const bytes = fc.uint8Array({ maxLength: 40 });
const value: fc.Arbitrary<Value> = fc.oneof(number, fc.boolean(), int64, text, bytes, fc.constant(null));
const status = fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffffffff }));

/** Columns as they occur: of one kind, mostly; steady; with a few strangers and nulls among them. */
const column: fc.Arbitrary<Value[]> = fc.oneof(
  ...[twoDecimals, float, fc.double(), fc.integer(), fc.boolean(), int64, text, bytes].map((kind) =>
    fc.array(kind as fc.Arbitrary<Value>, { maxLength: 60 }),
  ),
  fc.array(
    fc.oneof({ weight: 9, arbitrary: twoDecimals }, { weight: 1, arbitrary: fc.oneof(edge, fc.constant(null)) }),
  ),
  fc.array(fc.oneof(float, fc.constant(null))),
  fc.tuple(value, fc.nat(50)).map(([one, count]) => new Array<Value>(count).fill(one)),
  fc.array(value),
);

const samples = column.chain((values) =>
  fc.record({
    values: fc.constant(values),
    statuses: fc.oneof(
      fc.constant(values.map(() => 0)),
      fc.array(status, { minLength: values.length, maxLength: values.length }),
    ),
    times: fc.oneof(
      fc.constant(values.map((_, i) => 1_700_000_000_000 + i * 1000)),
      fc
        .array(fc.integer({ min: -(2 ** 51), max: 2 ** 51 }), { minLength: values.length, maxLength: values.length })
        .map((times) => times.sort((a, b) => a - b)),
    ),
  }),
);

function identical(a: readonly Value[], b: readonly Value[]): boolean {
  return a.length === b.length && a.every((one, i) => isIdentical(one, b[i] as Value));
}

describe("bytes of the historian", () => {
  test("varints and zigzag numbers come back up to their limits", () => {
    fc.assert(
      fc.property(fc.array(fc.maxSafeInteger()), (numbers) => {
        const out = new ByteWriter(1);
        const halves = numbers.map((n) => Math.trunc(n / 2));
        for (const n of numbers) out.varint(Math.abs(n));
        for (const half of halves) out.zigzag(half);
        const input = new ByteReader(out.finish());
        expect(numbers.map(() => input.varint())).toEqual(numbers.map(Math.abs));
        expect(halves.map(() => input.zigzag() + 0)).toEqual(halves.map((half) => half + 0));
        input.end();
      }),
    );
  });

  test("the size of a varint is foretold", () => {
    for (const n of [0, 1, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 35, 2 ** 53 - 1]) {
      const out = new ByteWriter();
      out.varint(n);
      expect(varintSize(n)).toBe(out.length);
    }
  });

  test("reading past the end, a number without end and an impossible count are refused", () => {
    expect(() => new ByteReader(Uint8Array.of(1)).f64()).toThrow(RangeError);
    expect(() => new ByteReader(new Uint8Array(20).fill(0xff)).varint()).toThrow(RangeError);
    expect(() => new ByteReader(Uint8Array.of(200, 1, 0)).count(1)).toThrow(RangeError);
  });
});

describe("values of the historian", () => {
  test("any single value comes back to the last bit", () => {
    fc.assert(
      fc.property(value, (one) => {
        for (const write of [writeValue, writeValueFast]) {
          const out = new ByteWriter();
          write(out, one);
          const input = new ByteReader(out.finish());
          expect(isIdentical(readValue(input), one)).toBe(true);
          input.end();
        }
      }),
      { numRuns: 1000 },
    );
  });

  test("any column comes back to the last bit", () => {
    fc.assert(
      fc.property(column, (values) => {
        const out = new ByteWriter();
        writeValues(out, values);
        const input = new ByteReader(out.finish());
        expect(identical(readValues(input, values.length), values)).toBe(true);
        input.end();
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ["two decimals", Array.from({ length: 120 }, (_, i) => Math.round(2000 * Math.sin(i / 20)) / 100), 2.1],
    [
      "float32 of two decimals",
      Array.from({ length: 120 }, (_, i) => Math.fround(Math.round(2000 * Math.sin(i / 20)) / 100)),
      2.1,
    ],
    ["a steady counter", Array.from({ length: 120 }, (_, i) => 1_000_000 + i * 17), 1.1],
    ["raw float32", Array.from({ length: 120 }, (_, i) => Math.fround(Math.sin(i))), 4.1],
    ["raw doubles", Array.from({ length: 120 }, (_, i) => Math.sin(i)), 8.1],
    ["two decimals with one NaN", [Number.NaN, ...Array.from({ length: 119 }, (_, i) => i / 100)], 2.1],
  ])("%s take as few bytes as they should", (_name, values, most) => {
    const out = new ByteWriter();
    writeNumbers(out, values);
    expect(out.length / values.length).toBeLessThan(most);
    expect(identical(readNumbers(new ByteReader(out.finish()), values.length), values)).toBe(true);
  });
});

describe("chunks and journal records", () => {
  test("a chunk comes back as it was", () => {
    fc.assert(
      fc.property(
        samples.filter(({ times }) => times.length > 0),
        (before) => {
          const after = decodeChunk(encodeChunk(before), before.times.length, before.times[0] as number);
          expect(after.times).toEqual(before.times);
          expect(after.statuses).toEqual(before.statuses);
          expect(identical(after.values, before.values)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
  });

  test("a commit comes back as it was, in the order in which it came", () => {
    fc.assert(
      fc.property(samples, fc.array(fc.nat(100_000), { minLength: 64, maxLength: 64 }), (before, ids) => {
        const series = before.times.map((_, i) => ids[i % ids.length] as number);
        const times = [...before.times].reverse();
        const after = decodeJournal(encodeJournal({ ...before, series, times }));
        expect(after.series).toEqual(series);
        expect(after.times).toEqual(times);
        expect(after.statuses).toEqual(before.statuses);
        expect(identical(after.values, before.values)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test("statistics come back, and a steady value's integral is nothing", () => {
    fc.assert(
      fc.property(
        samples.filter(({ times }) => times.length > 0),
        (one) => {
          const before = statisticsOf(one);
          expect(decodeStatistics(encodeStatistics(before))).toEqual(before);
        },
      ),
      { numRuns: 300 },
    );
    const flat = statisticsOf({ times: [0, 7, 20], values: [20.1, 20.1, 20.1], statuses: [0, 0, 0] });
    expect(flat).toMatchObject({ whole: true, goodCount: 3, goodMs: 20, integral: 0, minimum: 20.1, maximum: 20.1 });
  });

  test("rubbish is refused with a RangeError or gives samples of the right shape, and never hangs", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 500 }), (bytes, count) => {
        try {
          const { times, values, statuses } = decodeChunk(bytes, count, 0);
          expect([times.length, values.length, statuses.length]).toEqual([count, count, count]);
        } catch (cause) {
          expect(cause).toBeInstanceOf(RangeError);
        }
        try {
          decodeJournal(bytes);
        } catch (cause) {
          expect(cause).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
