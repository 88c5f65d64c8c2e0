import type { Value } from "../value.ts";
import { sameValue } from "../value.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { readNumbers, writeNumbers } from "./number-column.ts";
import { readValue, writeValue } from "./value-codec.ts";

/** What a column holds; part of the file format. */
const Form = { constant: 0, numbers: 1, booleans: 2, bigints: 3, mixed: 4 } as const;

/** Packs values of any kinds, null included, so that the very same come back. */
export function writeValues(out: ByteWriter, values: readonly Value[]): void {
  const present = values.filter((value) => value !== null);
  out.u8(formOf(present));
  writeAbsence(out, values);
  if (present.length > 0) writePresent(out, present);
}

function formOf(values: readonly Value[]): number {
  if (isConstant(values)) return Form.constant;
  if (isNumbers(values)) return Form.numbers;
  if (isBooleans(values)) return Form.booleans;
  return isBigints(values) ? Form.bigints : Form.mixed;
}

function writePresent(out: ByteWriter, values: readonly Value[]): void {
  if (isConstant(values)) writeValue(out, values[0] as Value);
  else if (isNumbers(values)) writeNumbers(out, values);
  else if (isBooleans(values)) writeBooleans(out, values);
  else if (isBigints(values)) writeBigints(out, values);
  else for (const value of values) writeValue(out, value);
}

/** The same to the last bit: 0 and −0 differ, which `sameValue` would forgive. */
function isConstant(values: readonly Value[]): boolean {
  const first = values[0] ?? null;
  return values.every((value) => Object.is(value, first) || (typeof value === "object" && sameValue(value, first)));
}

const isNumbers = (values: readonly Value[]): values is readonly number[] =>
  values.every((value) => typeof value === "number");
const isBooleans = (values: readonly Value[]): values is readonly boolean[] =>
  values.every((value) => typeof value === "boolean");
const isBigints = (values: readonly Value[]): values is readonly bigint[] =>
  values.every((value) => typeof value === "bigint");

/** Lengths of runs, present and absent in turn, beginning with present; 0 runs: nothing is absent. */
function writeAbsence(out: ByteWriter, values: readonly Value[]): void {
  const runs: number[] = [];
  let absent = false;
  let length = 0;
  for (const value of values) {
    if ((value === null) !== absent) {
      runs.push(length);
      length = 0;
      absent = !absent;
    }
    length++;
  }
  if (runs.length > 0 || absent) runs.push(length);
  out.varint(runs.length);
  for (const run of runs) out.varint(run);
}

function writeBooleans(out: ByteWriter, values: readonly boolean[]): void {
  for (let i = 0; i < values.length; i += 8) {
    let byte = 0;
    for (let bit = 0; bit < 8; bit++) if (values[i + bit]) byte |= 1 << bit;
    out.u8(byte);
  }
}

function writeBigints(out: ByteWriter, values: readonly bigint[]): void {
  let before = 0n;
  for (const value of values) {
    out.bigZigzag(value - before);
    before = value;
  }
}

/** @throws RangeError. */
export function readValues(input: ByteReader, count: number): Value[] {
  const form = input.u8();
  const runs = Array.from({ length: input.count(1) }, () => input.varint());
  const present = runs.length === 0 ? count : runs.reduce((sum, run, i) => (i % 2 === 0 ? sum + run : sum), 0);
  if (runs.length > 0 && runs.reduce((sum, run) => sum + run, 0) !== count) {
    throw new RangeError("the runs of a column do not add up");
  }
  const values = present === 0 ? [] : readPresent(input, form, present);
  return runs.length === 0 ? values : spread(values, runs, count);
}

function readPresent(input: ByteReader, form: number, count: number): Value[] {
  switch (form) {
    case Form.constant:
      return new Array<Value>(count).fill(readValue(input));
    case Form.numbers:
      return readNumbers(input, count);
    case Form.booleans:
      return readBooleans(input, count);
    case Form.bigints:
      return readBigints(input, count);
    case Form.mixed:
      return Array.from({ length: count }, () => readValue(input));
    default:
      throw new RangeError(`no form of column ${form}`);
  }
}

function readBooleans(input: ByteReader, count: number): boolean[] {
  const bits = input.bytes((count + 7) >> 3);
  return Array.from({ length: count }, (_, i) => (((bits[i >> 3] as number) >> (i & 7)) & 1) === 1);
}

function readBigints(input: ByteReader, count: number): bigint[] {
  let value = 0n;
  return Array.from({ length: count }, () => {
    value += input.bigZigzag();
    return value;
  });
}

function spread(present: readonly Value[], runs: readonly number[], count: number): Value[] {
  const values = new Array<Value>(count).fill(null);
  let at = 0;
  let taken = 0;
  for (let i = 0; i < runs.length; i++) {
    const run = runs[i] as number;
    if (i % 2 === 0) for (let k = 0; k < run; k++) values[at + k] = present[taken++] as Value;
    at += run;
  }
  return values;
}
