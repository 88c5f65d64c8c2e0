import { describe, expect, it } from "vitest";
import { fromWords, toWords, type WordOrder, type WordType } from "./words.ts";

/** Written by hand from IEEE 754 and two's complement, not by the code under test. */
const pairs: readonly (readonly [number, WordType, WordOrder, readonly number[]])[] = [
  [1, "float32", "big", [0x3f80, 0x0000]],
  [1, "float32", "little", [0x0000, 0x3f80]],
  [-123.5, "float32", "big", [0xc2f7, 0x0000]],
  [850.25, "float32", "little", [0x9000, 0x4454]],
  [0x12345678, "uint32", "big", [0x1234, 0x5678]],
  [0x12345678, "uint32", "little", [0x5678, 0x1234]],
  [0xfffffffe, "uint32", "big", [0xffff, 0xfffe]],
  [-2, "int32", "big", [0xffff, 0xfffe]],
  [-2, "int32", "little", [0xfffe, 0xffff]],
  [-1, "int16", "big", [0xffff]],
  [65535, "uint16", "little", [0xffff]],
];

describe("values in registers", () => {
  it.each(pairs)("%d as %s, %s word first", (value, type, order, words) => {
    expect(toWords(value, type, order)).toEqual(words);
    expect(fromWords(words, type, order)).toBe(value);
  });

  it.each([
    [40_000, "int16", [0x7fff]],
    [-40_000, "int16", [0x8000]],
    [70_000, "uint16", [0xffff]],
    [-1, "uint16", [0]],
    [5e9, "uint32", [0xffff, 0xffff]],
  ] as const)("saturates %d as %s", (value, type, words) => {
    expect(toWords(value, type, "big")).toEqual(words);
  });

  it("rounds what a whole register cannot hold", () => {
    expect(toWords(12.6, "uint16", "big")).toEqual([13]);
  });
});
