import type { Value } from "../value.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import { readStatuses, writeStatuses } from "./chunk-codec.ts";
import { readValue, writeValueFast } from "./value-codec.ts";

/** One commit: samples of many series in the order in which they came. */
export interface JournalRows {
  /** Persistent ids of the series. */
  readonly series: ArrayLike<number>;
  readonly times: ArrayLike<number>;
  readonly statuses: ArrayLike<number>;
  readonly values: readonly Value[];
}

/** Packs one commit: count, series ids and times as differences, status runs, values with their kinds. */
export function encodeJournal(rows: JournalRows): Uint8Array<ArrayBuffer> {
  const count = rows.values.length;
  const out = new ByteWriter(count * 14 + 64);
  out.varint(count);
  writeDifferences(out, rows.series);
  writeDifferences(out, rows.times);
  writeStatuses(out, rows.statuses);
  for (const value of rows.values) writeValueFast(out, value);
  return out.finish();
}

/** @throws RangeError where the bytes cannot be a commit. */
export function decodeJournal(bytes: Uint8Array): JournalRows {
  const input = new ByteReader(bytes);
  const count = input.count(3);
  const series = readDifferences(input, count);
  const times = readDifferences(input, count);
  const statuses = readStatuses(input, count);
  const values = Array.from({ length: count }, () => readValue(input));
  input.end();
  return { series, times, statuses, values };
}

function writeDifferences(out: ByteWriter, numbers: ArrayLike<number>): void {
  let before = 0;
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i] as number;
    out.zigzag(number - before);
    before = number;
  }
}

function readDifferences(input: ByteReader, count: number): number[] {
  const numbers: number[] = new Array(count);
  let number = 0;
  for (let i = 0; i < count; i++) {
    number += input.zigzag();
    numbers[i] = number;
  }
  return numbers;
}
