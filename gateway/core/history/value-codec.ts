import type { Value } from "../value.ts";
import type { ByteReader, ByteWriter } from "./bytes.ts";
import { exponentOf, fromDecimal, mantissaOf, maxExponent } from "./decimal.ts";

/** One value with its kind in front; the kinds are part of the file format. */
const Kind = {
  null: 0,
  false: 1,
  true: 2,
  double: 3,
  float: 4,
  integer: 5,
  decimal: 6,
  bigint: 7,
  utf8: 8,
  /** Text with lone surrogates, which UTF-8 cannot carry. */
  utf16: 9,
  bytes: 10,
} as const;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Writes any value exactly, numbers in the fewest bytes that lead back to them. */
export function writeValue(out: ByteWriter, value: Value): void {
  if (typeof value === "number") writeShortNumber(out, value);
  else writePlainValue(out, value);
}

function writeShortNumber(out: ByteWriter, value: number): void {
  if (writeInteger(out, value)) return;
  const exponent = exponentOf(value, 1, "double");
  const mantissa = exponent === undefined ? undefined : mantissaOf(value, exponent, "double");
  if (exponent === undefined || mantissa === undefined) writePlainNumber(out, value);
  else {
    out.u8(Kind.decimal);
    out.u8(exponent);
    out.zigzag(mantissa);
  }
}

/** Writes any value exactly, without looking for the shortest form. */
export function writeValueFast(out: ByteWriter, value: Value): void {
  if (typeof value !== "number") writePlainValue(out, value);
  else if (!writeInteger(out, value)) writePlainNumber(out, value);
}

function writeInteger(out: ByteWriter, value: number): boolean {
  if ((value | 0) !== value || Object.is(value, -0)) return false;
  out.u8(Kind.integer);
  out.zigzag(value);
  return true;
}

function writePlainNumber(out: ByteWriter, value: number): void {
  if (Math.fround(value) === value) {
    out.u8(Kind.float);
    out.f32(value);
  } else {
    out.u8(Kind.double);
    out.f64(value);
  }
}

function writePlainValue(out: ByteWriter, value: Exclude<Value, number>): void {
  if (value === null) out.u8(Kind.null);
  else if (typeof value === "boolean") out.u8(value ? Kind.true : Kind.false);
  else if (typeof value === "string") writeText(out, value);
  else if (typeof value === "bigint") {
    out.u8(Kind.bigint);
    out.bigZigzag(value);
  } else writeBytes(out, Kind.bytes, value);
}

function writeText(out: ByteWriter, text: string): void {
  if (text.isWellFormed()) writeBytes(out, Kind.utf8, encoder.encode(text));
  else writeBytes(out, Kind.utf16, unitsOf(text));
}

/** The 16-bit units of a text as they are. */
function unitsOf(text: string): Uint8Array {
  const units = new Uint8Array(text.length * 2);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    units[i * 2] = unit & 0xff;
    units[i * 2 + 1] = unit >>> 8;
  }
  return units;
}

function writeBytes(out: ByteWriter, kind: number, bytes: Uint8Array): void {
  out.u8(kind);
  out.varint(bytes.length);
  out.bytes(bytes);
}

/** @throws RangeError for a kind that there is not, or bytes that end too early. */
export function readValue(input: ByteReader): Value {
  const kind = input.u8();
  switch (kind) {
    case Kind.null:
      return null;
    case Kind.false:
      return false;
    case Kind.true:
      return true;
    case Kind.double:
      return input.f64();
    case Kind.float:
      return input.f32();
    case Kind.integer:
      return input.zigzag();
    case Kind.decimal:
      return readDecimal(input);
    case Kind.bigint:
      return input.bigZigzag();
    case Kind.utf8:
      return decodeUtf8(input.bytes(input.varint()));
    case Kind.utf16:
      return decodeUtf16(input.bytes(input.varint()));
    case Kind.bytes:
      return Uint8Array.from(input.bytes(input.varint()));
    default:
      throw new RangeError(`no kind of value ${kind}`);
  }
}

function readDecimal(input: ByteReader): number {
  const exponent = input.u8();
  if (exponent > maxExponent) throw new RangeError(`no exponent ${exponent}`);
  return fromDecimal(input.zigzag(), exponent, "double");
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new RangeError("a text is not UTF-8", { cause });
  }
}

function decodeUtf16(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    text += String.fromCharCode((bytes[i] as number) | ((bytes[i + 1] as number) << 8));
  }
  return text;
}
