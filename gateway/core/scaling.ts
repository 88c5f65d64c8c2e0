import type { Tag } from "./plant.ts";
import { coerce, type DataType, integerLimits, isNumeric, type Value } from "./value.ts";

type Scaled = Pick<Tag, "type" | "scale" | "offset">;

export function isScaled(tag: Scaled): boolean {
  return (tag.scale !== 1 || tag.offset !== 0) && isNumeric(tag.type);
}

/** The type of the value as people see it: a scaled number is a double, whatever the wire carries. */
export function engineeringType(tag: Scaled): DataType {
  return isScaled(tag) ? "double" : tag.type;
}

/**
 * Raw → engineering: value = raw × scale + offset, rounded to 12 digits so that 0.1 × 853 is 85.3.
 * A float32 becomes the shortest decimal that float32 cannot tell from it: what the PLC's programmer wrote.
 */
export function toEngineering(tag: Scaled, raw: Value): Value {
  if (isScaled(tag) && (typeof raw === "number" || typeof raw === "bigint")) {
    return scaled(tag, Number(raw));
  }
  return tag.type === "float" && typeof raw === "number" ? shortestFloat(raw) : raw;
}

function scaled(tag: Scaled, raw: number): number {
  return Number((raw * tag.scale + tag.offset).toPrecision(12));
}

export function shortestFloat(value: number): number {
  if (!Number.isFinite(value) || Number.isInteger(value)) return value;
  const single = Math.fround(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(single.toPrecision(digits));
    if (Math.fround(short) === single) return short;
  }
  return Number(single.toPrecision(9));
}

/**
 * Engineering → raw for a write. What the device cannot hold exactly (another type, out of range, a
 * step finer than the scale) is refused with what would be right, never rounded behind one's back.
 */
export function toRaw(
  tag: Scaled,
  wanted: unknown,
): { ok: true; raw: Value; value: Value } | { ok: false; why: string } {
  if (!isScaled(tag)) {
    const plain = coerce(tag.type, wanted);
    return plain.ok ? { ok: true, raw: plain.value, value: toEngineering(tag, plain.value) } : plain;
  }
  if (typeof wanted !== "number" || !Number.isFinite(wanted)) return { ok: false, why: "a finite number" };
  const exact = (wanted - tag.offset) / tag.scale;
  if (tag.type === "float" || tag.type === "double") {
    const raw = tag.type === "float" ? Math.fround(exact) : exact;
    return Number.isFinite(raw)
      ? { ok: true, raw, value: wanted }
      : { ok: false, why: "a number that the device can hold" };
  }
  const whole = Math.round(exact);
  const back = whole * tag.scale + tag.offset;
  if (Math.abs(back - wanted) > 1e-9 * Math.max(1, Math.abs(wanted)))
    return { ok: false, why: `a multiple of ${tag.scale}` };
  const limits = integerLimits(tag.type) ?? safeLimits(tag.type);
  if (whole < limits[0] || whole > limits[1]) {
    const [low, high] = limits.map((end) => scaled(tag, end)).sort((a, b) => a - b);
    return { ok: false, why: `from ${low} to ${high}` };
  }
  const raw = tag.type === "int64" || tag.type === "uint64" ? BigInt(whole) : whole;
  return { ok: true, raw, value: scaled(tag, whole) };
}

/** 64-bit integers behind a scale: a double tells neighbours apart up to 2^53, and what it cannot tell is not written. */
function safeLimits(type: DataType): readonly [number, number] {
  return [type === "uint64" ? 0 : Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER];
}

/** What a float32 on the wire makes of a value: two values are the same where it cannot tell them apart. */
function fromFloat(tag: Scaled, value: number): number {
  return isScaled(tag) ? scaled(tag, Math.fround((value - tag.offset) / tag.scale)) : Math.fround(value);
}

/** Whether a value read back is the one written, within `tolerance` (engineering units). */
export function readsBack(tag: Scaled, wanted: Value, read: Value, tolerance: number | undefined): boolean {
  if (typeof wanted === "number" && typeof read === "number") {
    if (tolerance !== undefined) return Math.abs(wanted - read) <= tolerance;
    if (tag.type === "float") return fromFloat(tag, wanted) === fromFloat(tag, read);
    if (isScaled(tag)) return Math.abs(wanted - read) < Math.abs(tag.scale) / 2;
  }
  return Object.is(wanted, read) || wanted === read;
}
