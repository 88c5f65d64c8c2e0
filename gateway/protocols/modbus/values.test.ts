import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Value } from "../../core/value.ts";
import {
  decodeBit,
  decodeRegisters,
  encodeRegisters,
  type Order,
  type RegisterLayout,
  type RegisterType,
} from "./values.ts";

const layout = (
  type: RegisterType,
  wordOrder: Order = "big",
  byteOrder: Order = "big",
  length = 0,
): RegisterLayout => ({
  type,
  wordOrder,
  byteOrder,
  length,
  bit: 0,
});
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const toHex = (registers: number[] | undefined) =>
  registers?.map((word) => word.toString(16).padStart(4, "0")).join(" ");

/** Bytes computed by Python's struct (">f", ">d", ">q" …) and turned by hand. */
const cases: [RegisterLayout, Value, string][] = [
  [layout("int16"), -2, "fffe"],
  [layout("int16", "big", "little"), -2, "feff"],
  [layout("uint16"), 65534, "fffe"],
  [layout("int32"), -123456789, "f8a4 32eb"],
  [layout("int32", "little"), -123456789, "32eb f8a4"],
  [layout("uint32"), 4171510507, "f8a4 32eb"],
  [layout("uint32", "big", "little"), 4171510507, "a4f8 eb32"],
  [layout("uint32", "little", "little"), 4171510507, "eb32 a4f8"],
  [layout("int64"), -1234567890123456789n, "eedd ef0b 8216 7eeb"],
  [layout("int64", "little"), -1234567890123456789n, "7eeb 8216 ef0b eedd"],
  [layout("uint64"), 2n ** 64n - 2n, "ffff ffff ffff fffe"],
  [layout("uint64", "little", "little"), 2n ** 64n - 2n, "feff ffff ffff ffff"],
  [layout("float32"), 12.5, "4148 0000"],
  [layout("float32", "little"), 12.5, "0000 4148"],
  [layout("float32", "big", "little"), 12.5, "4841 0000"],
  [layout("float32", "little", "little"), 12.5, "0000 4841"],
  [layout("float64"), -0.1, "bfb9 9999 9999 999a"],
  [layout("float64", "little"), -0.1, "999a 9999 9999 bfb9"],
  [layout("bcd16"), 1975, "1975"],
  [layout("bcd16", "big", "little"), 1975, "7519"],
  [layout("bcd32"), 12345678, "1234 5678"],
  [layout("bcd32", "little"), 12345678, "5678 1234"],
  [layout("bcd32", "little", "little"), 42, "4200 0000"],
  [layout("bcd64"), 9_999_999_999_999_999n, "9999 9999 9999 9999"],
  [layout("bcd64", "little"), 12_345n, "2345 0001 0000 0000"],
  [layout("string", "big", "big", 6), "Ofen", "4f66 656e 0000"],
  [layout("string", "big", "little", 6), "Ofen", "664f 6e65 0000"],
  [layout("string", "little", "big", 5), "Forno", "466f 726e 6f00"],
  [layout("string", "big", "big", 2), "°C", "b043"],
];

describe("values in registers", () => {
  it.each(cases)("reads %j as %s from %s", (where, value, bytes) => {
    expect(decodeRegisters(where, hex(`0000 ${bytes} ffff`), 2)).toEqual(value);
  });

  it.each(cases)("writes %j: %s as %s", (where, value, bytes) => {
    expect(toHex(encodeRegisters(where, value))).toBe(bytes);
  });

  it.each(["bcd16", "bcd32", "bcd64"] as const)("takes no letter for a digit of %s", (type) => {
    for (const bytes of ["a000 0000 0000 0000", "000f 0000 0000 0000", "ffff ffff ffff ffff"])
      expect(decodeRegisters(layout(type), hex(bytes), 0)).toBeNull();
  });

  it.each([0, 7, 8, 15])("reads bit %i of a register", (bit) => {
    const where = { ...layout("boolean"), bit };
    const register = (word: number) => Uint8Array.of(word >> 8, word & 0xff);
    expect(decodeRegisters(where, register(1 << bit), 0)).toBe(true);
    expect(decodeRegisters(where, register(0xffff & ~(1 << bit)), 0)).toBe(false);
  });

  it("reads packed bits from the lowest of the first byte on (§6.1)", () => {
    const data = hex("cd 6b 05");
    const bits = Array.from({ length: 19 }, (_, index) => (decodeBit(data, index) ? 1 : 0)).join("");
    expect(bits).toBe("1011001111010110101");
  });

  it("keeps NaN and infinities of a device, and refuses to write them", () => {
    expect(decodeRegisters(layout("float32"), hex("7fc0 0000"), 0)).toBeNaN();
    expect(decodeRegisters(layout("float32"), hex("ff80 0000"), 0)).toBe(Number.NEGATIVE_INFINITY);
    expect(encodeRegisters(layout("float32"), Number.NaN)).toBeUndefined();
    expect(encodeRegisters(layout("float64"), Number.POSITIVE_INFINITY)).toBeUndefined();
  });

  it.each<[RegisterLayout, Value]>([
    [layout("int16"), 32768],
    [layout("int16"), -32769],
    [layout("int16"), 1.5],
    [layout("uint16"), -1],
    [layout("bcd16"), 10_000],
    [layout("bcd16"), -1],
    [layout("bcd16"), 1.5],
    [layout("bcd32"), 1e21],
    [layout("bcd32"), 1n],
    [layout("bcd64"), 10n ** 16n],
    [layout("bcd64"), 1],
    [layout("uint32"), 2 ** 32],
    [layout("int64"), 1],
    [layout("int64"), 2n ** 63n],
    [layout("uint64"), -1n],
    [layout("float32"), 1e39],
    [layout("float32"), "12"],
    [layout("uint16"), true],
    [layout("uint16"), null],
    [layout("boolean"), true],
    [layout("string", "big", "big", 3), "four"],
    [layout("string", "big", "big", 3), "€"],
    [layout("string", "big", "big", 3), "a\0b"],
  ])("never bends a value into shape: %j does not take %s", (where, value) => {
    expect(encodeRegisters(where, value)).toBeUndefined();
  });

  it("reads back what it wrote, for every type and order", () => {
    const order = fc.constantFrom<Order>("big", "little");
    const value = fc.oneof(
      fc.tuple(fc.constant<RegisterType>("int16"), fc.integer({ min: -32768, max: 32767 })),
      fc.tuple(fc.constant<RegisterType>("uint32"), fc.integer({ min: 0, max: 0xffffffff })),
      fc.tuple(fc.constant<RegisterType>("int64"), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      fc.tuple(fc.constant<RegisterType>("uint64"), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })),
      fc.tuple(fc.constant<RegisterType>("float32"), fc.float({ noNaN: true, noDefaultInfinity: true })),
      fc.tuple(fc.constant<RegisterType>("float64"), fc.double({ noNaN: true, noDefaultInfinity: true })),
      fc.tuple(fc.constant<RegisterType>("string"), fc.string({ maxLength: 9 })),
    );
    fc.assert(
      fc.property(value, order, order, ([type, wanted], words, bytes) => {
        const where = layout(type, words, bytes, 9);
        const registers = encodeRegisters(where, wanted);
        if (registers === undefined) return typeof wanted === "string" && wanted.includes("\0");
        const wire = Uint8Array.from(registers.flatMap((word) => [word >> 8, word & 0xff]));
        return Object.is(decodeRegisters(where, wire, 0), wanted);
      }),
    );
  });
});
