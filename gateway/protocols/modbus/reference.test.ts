import { describe, expect, it } from "vitest";
import { formatReference, parseReference } from "./reference.ts";

describe("traditional references", () => {
  it.each([
    ["40001", "holding", 0],
    ["40101", "holding", 100],
    ["30008", "input", 7],
    ["00001", "coil", 0],
    ["19999", "discrete", 9998],
    ["410000", "holding", 9999],
    ["465536", "holding", 65535],
    ["000001", "coil", 0],
  ] as const)("%s is %s %i on the wire", (text, table, register) => {
    expect(parseReference(text)).toEqual({ table, register });
  });

  it.each(["40000", "465537", "20001", "4001", "4000001", "", "4 101", "0x101", "-40001", "4010l"])(
    "%j is no reference",
    (text) => {
      expect(parseReference(text)).toBeUndefined();
    },
  );

  it.each([
    ["holding", 100, "holding 100 (40101)"],
    ["coil", 0, "coil 0 (00001)"],
    ["input", 9999, "input 9999 (310000)"],
    ["discrete", 65535, "discrete 65535 (165536)"],
  ] as const)("shows %s %i in both forms", (table, register, text) => {
    expect(formatReference(table, register)).toBe(text);
  });
});
