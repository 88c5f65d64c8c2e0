/** Data types a tag may have, in OPC UA's names with a small first letter (Part 6 §5.1.2). */
export const dataTypes = [
  "boolean",
  "sbyte",
  "byte",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
  "float",
  "double",
  "string",
  "dateTime",
  "byteString",
] as const;

export type DataType = (typeof dataTypes)[number];

/**
 * The value of a sample. int64 and uint64 are bigint; float is a number that float32 can hold;
 * dateTime is milliseconds since 1970 UTC; null means: no value (Bad, or never read).
 */
export type Value = number | boolean | string | bigint | Uint8Array | null;

const integerRange: Partial<Record<DataType, readonly [number, number]>> = {
  sbyte: [-128, 127],
  byte: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
};

const bigRange: Partial<Record<DataType, readonly [bigint, bigint]>> = {
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
};

export function isNumeric(type: DataType): boolean {
  return type in integerRange || type in bigRange || type === "float" || type === "double";
}

/** Smallest and largest value of an integer type of up to 32 bits, else undefined. */
export function integerLimits(type: DataType): readonly [number, number] | undefined {
  return integerRange[type];
}

/**
 * Turns what came over JSON into a value of `type`, or says why not: a value out of range, with a
 * fraction, NaN or of another kind is never bent into shape. int64 and uint64 are taken as decimal
 * strings or safe integers.
 */
export function coerce(type: DataType, raw: unknown): { ok: true; value: Value } | { ok: false; why: string } {
  const range = integerRange[type];
  if (range) {
    if (typeof raw !== "number" || !Number.isInteger(raw)) return { ok: false, why: "a whole number" };
    if (raw < range[0] || raw > range[1]) return { ok: false, why: `a whole number from ${range[0]} to ${range[1]}` };
    return { ok: true, value: raw };
  }
  const big = bigRange[type];
  if (big) return coerceBig(big, raw);
  switch (type) {
    case "float":
    case "double":
      return coerceReal(type, raw);
    case "boolean":
      return typeof raw === "boolean" ? { ok: true, value: raw } : { ok: false, why: "true or false" };
    case "string":
      return typeof raw === "string" ? { ok: true, value: raw } : { ok: false, why: "a text" };
    default:
      return { ok: false, why: `a type that can be written (${type} cannot)` };
  }
}

function coerceReal(type: "float" | "double", raw: unknown): { ok: true; value: Value } | { ok: false; why: string } {
  if (typeof raw !== "number" || !Number.isFinite(raw)) return { ok: false, why: "a finite number" };
  if (type === "double") return { ok: true, value: raw };
  const single = Math.fround(raw);
  return Number.isFinite(single) ? { ok: true, value: single } : { ok: false, why: "a number that float32 can hold" };
}

function coerceBig(
  range: readonly [bigint, bigint],
  raw: unknown,
): { ok: true; value: Value } | { ok: false; why: string } {
  const text = typeof raw === "string" && /^-?\d{1,20}$/.test(raw) ? raw : undefined;
  if (text === undefined && !Number.isSafeInteger(raw))
    return { ok: false, why: "a whole number, as text beyond 2^53" };
  const value = BigInt(text ?? (raw as number));
  if (value < range[0] || value > range[1]) return { ok: false, why: `a whole number from ${range[0]} to ${range[1]}` };
  return { ok: true, value };
}

/** A value as JSON carries it: 64-bit integers, NaN and ±Inf as text, bytes as base64 (CONTRACT). */
export function toJson(value: Value): number | boolean | string | null {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (value instanceof Uint8Array) return bytesToBase64(value);
  return value;
}

function bytesToBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Equality of values as devices mean it: same kind, NaN equals NaN, bytes by content. */
export function sameValue(a: Value, b: Value): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return a.length === b.length && a.every((byte, i) => byte === b[i]);
  }
  return Object.is(a, b) || a === b;
}
