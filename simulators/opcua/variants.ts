import { DataType, Variant, VariantArrayType } from "node-opcua";
import type { ScalarType, ScalarValue } from "../process/machine-point.ts";

/** A value as it stands on the wire. 64-bit integers are two words there, the high one first. */
export function toVariant(type: ScalarType, value: ScalarValue): Variant {
  return new Variant({ dataType: DataType[type], arrayType: VariantArrayType.Scalar, value: onWire(type, value) });
}

/** The value that a client has written. Its type has been checked by the server; undefined for null and arrays. */
export function fromVariant(type: ScalarType, variant: Variant): ScalarValue | undefined {
  const { value } = variant;
  if (value === null || value === undefined || variant.arrayType !== VariantArrayType.Scalar) return undefined;
  switch (type) {
    case "Int64":
    case "UInt64": {
      const bits = (BigInt(value[0] >>> 0) << 32n) | BigInt(value[1] >>> 0);
      return type === "Int64" ? BigInt.asIntN(64, bits) : bits;
    }
    case "DateTime":
      return (value as Date).getTime();
    default:
      return value;
  }
}

function onWire(type: ScalarType, value: ScalarValue): unknown {
  switch (type) {
    case "Int64":
    case "UInt64": {
      const bits = BigInt.asUintN(64, BigInt(value as bigint));
      return [Number(bits >> 32n), Number(bits & 0xffff_ffffn)];
    }
    case "DateTime":
      return new Date(value as number);
    case "ByteString":
      return Buffer.from(value as Uint8Array);
    default:
      return value;
  }
}
