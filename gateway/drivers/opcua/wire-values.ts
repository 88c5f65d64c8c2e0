import type { CallArgument } from "../../core/driver-port.ts";
import type { DataType, Value } from "../../core/value.ts";
import { parseNodeId } from "./address.ts";
import { Variant, VariantArrayType, WireType } from "./node-opcua.ts";
import { toNodeId } from "./nodes.ts";

type Built = { readonly ok: true; readonly variant: Variant } | { readonly ok: false; readonly why: string };

const integers = new Map<WireType, readonly [bigint, bigint]>([
  [WireType.SByte, [-128n, 127n]],
  [WireType.Byte, [0n, 255n]],
  [WireType.Int16, [-32_768n, 32_767n]],
  [WireType.UInt16, [0n, 65_535n]],
  [WireType.Int32, [-(2n ** 31n), 2n ** 31n - 1n]],
  [WireType.UInt32, [0n, 2n ** 32n - 1n]],
  [WireType.Int64, [-(2n ** 63n), 2n ** 63n - 1n]],
  [WireType.UInt64, [0n, 2n ** 64n - 1n]],
]);

const ownType: Record<DataType, WireType> = {
  boolean: WireType.Boolean,
  sbyte: WireType.SByte,
  byte: WireType.Byte,
  int16: WireType.Int16,
  uint16: WireType.UInt16,
  int32: WireType.Int32,
  uint32: WireType.UInt32,
  int64: WireType.Int64,
  uint64: WireType.UInt64,
  float: WireType.Float,
  double: WireType.Double,
  string: WireType.String,
  dateTime: WireType.DateTime,
  byteString: WireType.ByteString,
};

/** The wire type of a tag's type, where nothing is known of the node. */
export function wireTypeOf(type: DataType): WireType {
  return ownType[type];
}

/**
 * The value as the node wants it: servers refuse an Int32 for a UInt16 however small it is (Part 4 §5.11.4).
 * What the node's type cannot hold exactly is refused here, with words.
 */
export function toVariant(value: Value, wire: WireType): Built {
  const encoded = encode(value, wire);
  if (encoded === undefined) return { ok: false, why: `a node of type ${WireType[wire]} cannot hold this value` };
  return { ok: true, variant: new Variant({ dataType: wire, arrayType: VariantArrayType.Scalar, value: encoded }) };
}

/** First and last millisecond that a DateTime can hold (Part 6 §5.2.2.5). */
const dateRange = [Date.UTC(1601, 0, 1), Date.UTC(9999, 11, 31, 23, 59, 59)] as const;

/** An argument of a method in the type that the method declares for it; as a write, and times too. */
export function toArgument({ value, type }: CallArgument): Built {
  if (type !== "dateTime") return toVariant(value, wireTypeOf(type));
  const isTime = Number.isSafeInteger(value) && Number(value) >= dateRange[0] && Number(value) <= dateRange[1];
  if (!isTime) return { ok: false, why: "a DateTime holds whole milliseconds from the year 1601 to 9999" };
  const dataType = WireType.DateTime;
  return {
    ok: true,
    variant: new Variant({ dataType, arrayType: VariantArrayType.Scalar, value: new Date(Number(value)) }),
  };
}

/** The same as an array of one, to be written to one element by index range. */
export function toElement(variant: Variant): Variant {
  return new Variant({ dataType: variant.dataType, arrayType: VariantArrayType.Array, value: [variant.value] });
}

function encode(value: Value, wire: WireType): unknown {
  const range = integers.get(wire);
  if (range) return encodeInteger(value, wire, range);
  switch (wire) {
    case WireType.Boolean:
      return typeof value === "boolean" ? value : undefined;
    case WireType.Float:
      return typeof value === "number" && Object.is(Math.fround(value), value) ? value : undefined;
    case WireType.Double:
      return typeof value === "number" ? value : undefined;
    case WireType.String:
      return typeof value === "string" ? value : undefined;
    case WireType.LocalizedText:
      return typeof value === "string" ? { text: value } : undefined;
    case WireType.ByteString:
      return value instanceof Uint8Array ? Buffer.from(value) : undefined;
    default:
      return typeof value === "string" ? encodeText(value, wire) : undefined;
  }
}

/** What a tag shows as text; in the form that it shows. */
function encodeText(text: string, wire: WireType): unknown {
  switch (wire) {
    case WireType.Guid:
      return parseNodeId(`g=${text}`) ? text.toUpperCase() : undefined;
    case WireType.NodeId: {
      const parsed = parseNodeId(text);
      // An index alone: the URI's place in the namespace array may have changed since.
      return parsed && typeof parsed.namespace === "number" ? toNodeId(parsed, []) : undefined;
    }
    case WireType.QualifiedName: {
      const [, index = "0", name = text] = /^(\d{1,5}):(.*)$/s.exec(text) ?? [];
      return Number(index) <= 0xffff ? { namespaceIndex: Number(index), name } : undefined;
    }
    default:
      return undefined;
  }
}

function encodeInteger(value: Value, wire: WireType, [low, high]: readonly [bigint, bigint]): unknown {
  if (typeof value !== "bigint" && !(typeof value === "number" && Number.isSafeInteger(value))) return undefined;
  const big = BigInt(value);
  if (big < low || big > high) return undefined;
  if (wire !== WireType.Int64 && wire !== WireType.UInt64) return Number(big);
  const bits = BigInt.asUintN(64, big);
  return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
}
