import type { Reading } from "../../core/driver-port.ts";
import { Status } from "../../core/status.ts";
import { type DataType, integerLimits, type Value } from "../../core/value.ts";
import { type DataValue, type Variant, VariantArrayType, WireType } from "./node-opcua.ts";

/** Texts and byte strings beyond this, in characters and bytes, are no measurements: they become Bad. */
export const longestValue = 1_048_576;
/** A source time further ahead of our clock than this is no time: ours is taken instead. */
const farAheadMs = 24 * 3_600_000;

/** A value as it came, without the rest of a Variant. */
export type Carried = Pick<Variant, "dataType" | "arrayType" | "value">;
/** A whole variable, one element of an array asked for by index range, or what a function finds in it; a number is why it finds none. */
export type Selection = "scalar" | "element" | ((variant: Variant) => Carried | number);

type Plain = number | boolean | string | bigint | Uint8Array;
type Converted = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly status: number };

/**
 * A data value as a reading of a point of `type`. All 32 bits of the status stay. What the tag's type
 * cannot hold without loss is Bad_TypeMismatch, never bent into shape; nothing at all is Bad_NoData.
 */
export function toReading(data: DataValue, type: DataType, now: number, selection: Selection = "scalar"): Reading {
  const sourceTime = plausibleTime(data.sourceTimestamp, now);
  const status = data.statusCode.value >>> 0;
  if (status >>> 30 >= 2) return { value: null, status, sourceTime };
  const converted = convert(data.value, type, selection);
  if (!converted.ok) return { value: null, status: converted.status, sourceTime };
  return { value: converted.value, status, sourceTime };
}

/** What a method gave back, as it is; null where no tag could hold it: an array, a structure, far too long a text. */
export function outputValue(variant: Variant): Value {
  if (variant.dataType === WireType.Null || variant.arrayType !== VariantArrayType.Scalar) return null;
  const plain = plainValue(variant.dataType, variant.value) ?? null;
  return isTooLong(plain) ? null : plain;
}

function isTooLong(plain: Value): boolean {
  return (typeof plain === "string" || plain instanceof Uint8Array) && plain.length > longestValue;
}

function plausibleTime(time: Date | null | undefined, now: number): number | undefined {
  const ms = time?.getTime();
  return ms !== undefined && ms > 0 && ms <= now + farAheadMs ? ms : undefined;
}

function convert(variant: Variant | null | undefined, type: DataType, selection: Selection): Converted {
  if (!variant || variant.dataType === WireType.Null) return bad(Status.Bad_NoData);
  if (typeof selection === "function") {
    const found = selection(variant);
    return typeof found === "number" ? bad(found) : carried(found, type, "scalar");
  }
  return carried(variant, type, selection);
}

function carried(variant: Carried, type: DataType, element: "scalar" | "element"): Converted {
  if (variant.dataType === WireType.Null) return bad(Status.Bad_NoData);
  const isArray = variant.arrayType !== VariantArrayType.Scalar;
  if (isArray && element === "scalar") return bad(Status.Bad_TypeMismatch);
  const raw: unknown = isArray ? firstOf(variant) : variant.value;
  const plain = plainValue(variant.dataType, raw);
  if (plain === undefined) return bad(Status.Bad_TypeMismatch);
  if (isTooLong(plain)) return bad(Status.Bad_EncodingLimitsExceeded);
  return inType(plain, variant.dataType, type);
}

function bad(status: number): Converted {
  return { ok: false, status };
}

function firstOf({ value }: Carried): unknown {
  return value === null || value === undefined ? undefined : (value as ArrayLike<unknown>)[0];
}

/** What the wire type means here; undefined: a kind of value that no tag can have. */
function plainValue(wire: WireType, raw: unknown): Plain | undefined {
  switch (wire) {
    case WireType.Int64:
    case WireType.UInt64: {
      const bits = (BigInt((raw as number[])[0] ?? 0) << 32n) | BigInt((raw as number[])[1] ?? 0);
      return wire === WireType.Int64 ? BigInt.asIntN(64, bits) : bits;
    }
    case WireType.DateTime:
      return raw instanceof Date && Number.isFinite(raw.getTime()) ? raw.getTime() : undefined;
    case WireType.ByteString:
      return raw instanceof Uint8Array ? Uint8Array.from(raw) : raw === null ? new Uint8Array() : undefined;
    case WireType.LocalizedText:
      return (raw as { text?: string | null } | null)?.text ?? "";
    case WireType.QualifiedName: {
      const { namespaceIndex, name } = raw as { namespaceIndex: number; name: string | null };
      return namespaceIndex === 0 ? (name ?? "") : `${namespaceIndex}:${name ?? ""}`;
    }
    case WireType.StatusCode:
      return (raw as { name: string }).name;
    case WireType.String:
    case WireType.XmlElement:
    case WireType.Guid:
    case WireType.NodeId:
    case WireType.ExpandedNodeId:
      return raw === null || raw === undefined ? "" : String(raw);
    default:
      return typeof raw === "number" || typeof raw === "boolean" ? raw : undefined;
  }
}

/** The value in the tag's type, if that can hold every value of this kind or at least this one exactly. */
function inType(value: Plain, wire: WireType, type: DataType): Converted {
  const isTime = wire === WireType.DateTime;
  switch (type) {
    case "boolean":
      return when(typeof value === "boolean", value);
    case "string":
      return when(typeof value === "string", value);
    case "byteString":
      return when(value instanceof Uint8Array, value);
    case "dateTime":
      return when(isTime, value);
    case "float":
      // A double seldom is a float32: better always refused than sometimes.
      return isTime || wire === WireType.Double ? bad(Status.Bad_TypeMismatch) : exactNumber(value, Math.fround);
    case "double":
      return isTime ? bad(Status.Bad_TypeMismatch) : exactNumber(value, (number) => number);
    default:
      return isTime || wire === WireType.Float || wire === WireType.Double
        ? bad(Status.Bad_TypeMismatch)
        : whole(value, type);
  }
}

function when(holds: boolean, value: Value): Converted {
  return holds ? { ok: true, value } : bad(Status.Bad_TypeMismatch);
}

function exactNumber(value: Plain, round: (value: number) => number): Converted {
  if (typeof value !== "number" && typeof value !== "bigint") return bad(Status.Bad_TypeMismatch);
  const number = round(Number(value));
  const isExact = typeof value === "bigint" ? BigInt(number) === value : Object.is(number, value) || number === value;
  return isExact ? { ok: true, value: number } : bad(Status.Bad_OutOfRange);
}

function whole(value: Plain, type: DataType): Converted {
  if (typeof value !== "number" && typeof value !== "bigint") return bad(Status.Bad_TypeMismatch);
  const big = BigInt(value);
  if (type === "int64" || type === "uint64") {
    const fits = type === "int64" ? BigInt.asIntN(64, big) === big : BigInt.asUintN(64, big) === big;
    return fits ? { ok: true, value: big } : bad(Status.Bad_OutOfRange);
  }
  const limits = integerLimits(type);
  if (!limits || big < limits[0] || big > limits[1]) return bad(Status.Bad_OutOfRange);
  return { ok: true, value: Number(big) };
}
