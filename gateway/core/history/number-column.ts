import { type ByteReader, type ByteWriter, varintSize } from "./bytes.ts";
import { exponentOf, fromDecimal, mantissaOf, maxExponent, type Precision } from "./decimal.ts";

/** How a column of numbers is packed; part of the file format. */
const Form = { raw64: 0, raw32: 1, decimal: 2, decimal32: 3 } as const;

interface Scaled {
  readonly exponent: number;
  readonly mantissas: readonly number[];
  /** Where no decimal is exact (NaN, ±Inf, −0, many digits): the mantissa before stands in, the double follows apart. */
  readonly exceptions: readonly number[];
}

/**
 * Packs numbers so that the very same bits come back (NaN as NaN): decimals where they are exact and
 * shorter, as float32 where all are float32 values, else raw with the bytes of a place side by side.
 */
export function writeNumbers(out: ByteWriter, values: readonly number[]): void {
  const single = values.every((value) => Math.fround(value) === value || Number.isNaN(value));
  const precision = single ? "single" : "double";
  const scaled = scale(values, precision);
  const rawSize = values.length * (single ? 4 : 8);
  if (scaled && writeScaled(out, values, scaled, precision, rawSize)) return;
  writeRaw(out, values, single ? Form.raw32 : Form.raw64);
}

function scale(values: readonly number[], precision: Precision): Scaled | undefined {
  const allowed = values.length >> 3;
  let exponent = 0;
  let misfits = 0;
  for (const value of values) {
    if (mantissaOf(value, exponent, precision) !== undefined) continue;
    const needed = exponentOf(value, exponent + 1, precision);
    if (needed !== undefined) exponent = needed;
    else if (++misfits > allowed) return undefined;
  }
  return scaleTo(values, exponent, precision);
}

function scaleTo(values: readonly number[], exponent: number, precision: Precision): Scaled {
  const mantissas: number[] = [];
  const exceptions: number[] = [];
  let before = 0;
  for (let i = 0; i < values.length; i++) {
    const mantissa = mantissaOf(values[i] as number, exponent, precision);
    if (mantissa === undefined) exceptions.push(i);
    else before = mantissa;
    mantissas.push(before);
  }
  return { exponent, mantissas, exceptions };
}

/** Differences of order 1 or 2, whichever is shorter; false when raw would be no longer. */
function writeScaled(
  out: ByteWriter,
  values: readonly number[],
  scaled: Scaled,
  precision: Precision,
  rawSize: number,
): boolean {
  const first = differences(scaled.mantissas);
  const second = differences(first);
  const order = sizeOf(second) < sizeOf(first) ? 2 : 1;
  const chosen = order === 2 ? second : first;
  if (sizeOf(chosen) + scaled.exceptions.length * 9 >= rawSize) return false;
  out.u8(precision === "single" ? Form.decimal32 : Form.decimal);
  out.u8(scaled.exponent);
  out.u8(order);
  for (const difference of chosen) out.zigzag(difference);
  writeExceptions(out, values, scaled.exceptions);
  return true;
}

/** The first number stays, each other becomes its distance from the one before. */
function differences(numbers: readonly number[]): number[] {
  let before = 0;
  return numbers.map((number) => {
    const difference = number - before;
    before = number;
    return difference;
  });
}

function sizeOf(numbers: readonly number[]): number {
  let size = 0;
  for (const number of numbers) size += varintSize(Math.abs(number) * 2);
  return size;
}

function writeExceptions(out: ByteWriter, values: readonly number[], exceptions: readonly number[]): void {
  out.varint(exceptions.length);
  let before = 0;
  for (const index of exceptions) {
    out.varint(index - before);
    out.f64(values[index] as number);
    before = index;
  }
}

/** All first bytes, then all second bytes, …: signs and exponents stand together and compress. */
function writeRaw(out: ByteWriter, values: readonly number[], form: typeof Form.raw32 | typeof Form.raw64): void {
  const width = form === Form.raw32 ? 4 : 8;
  const plain = new Uint8Array((form === Form.raw32 ? Float32Array.from(values) : Float64Array.from(values)).buffer);
  const planes = new Uint8Array(plain.length);
  for (let place = 0; place < width; place++) {
    for (let i = 0; i < values.length; i++) planes[place * values.length + i] = plain[i * width + place] as number;
  }
  out.u8(form);
  out.bytes(planes);
}

/** @throws RangeError. */
export function readNumbers(input: ByteReader, count: number): number[] {
  const form = input.u8();
  if (form === Form.raw32) return readRaw(input, count, 4);
  if (form === Form.raw64) return readRaw(input, count, 8);
  if (form === Form.decimal) return readScaled(input, count, "double");
  if (form === Form.decimal32) return readScaled(input, count, "single");
  throw new RangeError(`no form of numbers ${form}`);
}

function readScaled(input: ByteReader, count: number, precision: Precision): number[] {
  const exponent = input.u8();
  if (exponent > maxExponent) throw new RangeError(`no exponent ${exponent}`);
  const order = input.u8();
  const values: number[] = new Array(count);
  let mantissa = 0;
  let slope = 0;
  for (let i = 0; i < count; i++) {
    slope = order === 2 ? slope + input.zigzag() : input.zigzag();
    mantissa += slope;
    values[i] = fromDecimal(mantissa, exponent, precision);
  }
  let at = 0;
  for (let left = input.count(9); left > 0; left--) {
    at += input.varint();
    if (at >= count) throw new RangeError("an exception lies outside its column");
    values[at] = input.f64();
  }
  return values;
}

function readRaw(input: ByteReader, count: number, width: 4 | 8): number[] {
  const planes = input.bytes(count * width);
  const plain = new Uint8Array(planes.length);
  for (let place = 0; place < width; place++) {
    for (let i = 0; i < count; i++) plain[i * width + place] = planes[place * count + i] as number;
  }
  return Array.from(width === 4 ? new Float32Array(plain.buffer) : new Float64Array(plain.buffer));
}
