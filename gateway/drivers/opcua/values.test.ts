import { describe, expect, it } from "vitest";
import { Status } from "../../core/status.ts";
import type { DataType, Value } from "../../core/value.ts";
import { DataValue, Variant, VariantArrayType, WireType } from "./node-opcua.ts";
import { longestValue, toReading } from "./values.ts";
import { toElement, toVariant, wireTypeOf } from "./wire-values.ts";

const now = Date.UTC(2026, 0, 1);
const scalar = (dataType: WireType, value: unknown) =>
  new Variant({ dataType, arrayType: VariantArrayType.Scalar, value });
const read = (value: Variant | undefined, type: DataType, more: object = {}) =>
  toReading(new DataValue({ ...(value ? { value } : {}), ...more }), type, now);

describe("a value from the wire", () => {
  it.each<[WireType, unknown, DataType, Value]>([
    [WireType.Int16, -5, "int32", -5],
    [WireType.Int16, -5, "double", -5],
    [WireType.UInt32, 7, "uint64", 7n],
    [WireType.Int64, [0xffffffff, 0xffffffff], "int64", -1n],
    [WireType.Int64, [0, 12], "int32", 12],
    [WireType.UInt64, [0x00200000, 0], "double", 2 ** 53],
    [WireType.Float, Math.fround(0.1), "double", Math.fround(0.1)],
    [WireType.Double, -0, "double", -0],
    [WireType.DateTime, new Date(5), "dateTime", 5],
    [WireType.String, null, "string", ""],
    [WireType.ByteString, null, "byteString", new Uint8Array()],
    [WireType.LocalizedText, { text: "ciao" }, "string", "ciao"],
  ])("keeps its worth in a tag's type that can hold it (row %#)", (wire, raw, type, value) => {
    expect(read(scalar(wire, raw), type)).toEqual({ value, status: Status.Good, sourceTime: undefined });
  });

  it.each<[WireType, unknown, DataType, number]>([
    [WireType.Int32, 70_000, "int16", Status.Bad_OutOfRange],
    [WireType.Int32, -1, "uint64", Status.Bad_OutOfRange],
    [WireType.UInt64, [0x00200000, 1], "double", Status.Bad_OutOfRange],
    [WireType.Int32, 16_777_217, "float", Status.Bad_OutOfRange],
    [WireType.Double, 1, "float", Status.Bad_TypeMismatch],
    [WireType.Double, 1, "int32", Status.Bad_TypeMismatch],
    [WireType.Boolean, true, "int32", Status.Bad_TypeMismatch],
    [WireType.Int32, 1, "boolean", Status.Bad_TypeMismatch],
    [WireType.Int32, 1, "string", Status.Bad_TypeMismatch],
    [WireType.DateTime, new Date(5), "int64", Status.Bad_TypeMismatch],
    [WireType.DateTime, new Date(5), "double", Status.Bad_TypeMismatch],
    [WireType.Null, undefined, "double", Status.Bad_NoData],
    [WireType.String, "x".repeat(longestValue + 1), "string", Status.Bad_EncodingLimitsExceeded],
  ])("is Bad in a tag's type that cannot hold it (row %#)", (wire, raw, type, status) => {
    expect(read(scalar(wire, raw), type)).toEqual({ value: null, status, sourceTime: undefined });
  });

  it("is Bad_TypeMismatch when it is an array, and Bad_NoData when there is none", () => {
    const array = new Variant({ dataType: WireType.Double, arrayType: VariantArrayType.Array, value: [1, 2] });
    expect(read(array, "double").status).toBe(Status.Bad_TypeMismatch);
    expect(toReading(new DataValue({ value: array }), "double", now, "element").value).toBe(1);
    expect(read(undefined, "double").status).toBe(Status.Bad_NoData);
  });

  it.each([
    [new Date(now - 7_200_000), now - 7_200_000],
    [new Date(now + 7_200_000), now + 7_200_000],
    [new Date(Date.UTC(9999, 0, 1)), undefined],
    [new Date(Date.UTC(1601, 0, 1)), undefined],
    [new Date(Number.NaN), undefined],
  ])("keeps the source time that a clock can show (row %#)", (sourceTimestamp, expected) => {
    expect(read(scalar(WireType.Double, 1), "double", { sourceTimestamp }).sourceTime).toBe(expected);
  });
});

describe("a value for the wire", () => {
  it.each<[DataType, Value]>([
    ["boolean", false],
    ["sbyte", -128],
    ["uint16", 65_535],
    ["int64", -(2n ** 63n)],
    ["int64", -1n],
    ["uint64", 2n ** 64n - 1n],
    ["float", 1.5],
    ["double", 0.1],
    ["string", "è"],
    ["byteString", Uint8Array.of(1, 2)],
  ])("comes back as it went (row %#)", (type, value) => {
    const built = toVariant(value, wireTypeOf(type));
    expect(built.ok && read(built.variant, type).value).toEqual(value);
    expect(
      built.ok && toReading(new DataValue({ value: toElement(built.variant) }), type, now, "element").value,
    ).toEqual(value);
  });

  it.each<[Value, WireType]>([
    [-1, WireType.UInt16],
    [70_000, WireType.Int16],
    [1.5, WireType.Int32],
    [Number.NaN, WireType.Int32],
    [0.1, WireType.Float],
    [2n ** 63n, WireType.Int64],
    ["1", WireType.Int32],
    [true, WireType.Int32],
    [1, WireType.Boolean],
    [null, WireType.Double],
    ["x", WireType.Guid],
    [1, WireType.ExtensionObject],
  ])("is refused where the node cannot hold it (row %#)", (value, wire) => {
    expect(toVariant(value, wire)).toMatchObject({ ok: false, why: expect.stringContaining("cannot hold") });
  });
});
