import { expect, test } from "vitest";
import { blankNumber, formatDifference, formatNumber, formatValue, parseNumber } from "./number.ts";

const thin = "\u202f";

test.each([
  [8240, 0, "en", `8${thin}240`],
  [12345.678, 2, "en", `12${thin}345.68`],
  [12345.678, 2, "it", `12${thin}345,68`],
  [-0.04, 1, "en", "0.0"],
  [-2.5, 1, "it", "\u22122,5"],
  [1234567, undefined, "en", `1${thin}234${thin}567`],
  [0.1 + 0.2, undefined, "en", "0.3"],
  [412.5, undefined, "it", "412,5"],
  [Number.NaN, 1, "en", "NaN"],
] as const)("writes %d with %s decimals in %s as %s", (value, decimals, language, words) => {
  expect(formatNumber(value, decimals, language)).toBe(words);
});

test("signs a difference that goes up, and one that goes down", () => {
  expect(formatDifference(2.5, 1, "en")).toBe("+2.5");
  expect(formatDifference(-2.5, 1, "en")).toBe("\u22122.5");
  expect(formatDifference(0, 1, "en")).toBe("0.0");
});

test("calls a value by its text where it has one", () => {
  const texts = { true: { en: "closed", it: "chiusa" } };
  expect(formatValue(true, { texts }, "it")).toBe("chiusa");
  expect(formatValue(false, { texts }, "it")).toBe("false");
  expect(formatValue("9007199254740993", {}, "en")).toBe(`9${thin}007${thin}199${thin}254${thin}740${thin}993`);
  expect(formatValue(null, {}, "en")).toBe("–");
});

test("is not fooled by a value that is called like a thing of every object", () => {
  const offered = { texts: { "2": "Blue" } };
  expect(formatValue(2, { offered }, "en")).toBe("2 (Blue)");
  expect(formatValue(3, { offered }, "en")).toBe("3");
  expect(formatValue(2, { offered, texts: { "2": { en: "Azure", it: "Azzurro" } } }, "it")).toBe("Azzurro");
  expect(formatValue("constructor", { texts: {} }, "en")).toBe("constructor");
});

test("leaves a blank as wide as the number", () => {
  expect(blankNumber(1, "en")).toBe("--.-");
  expect(blankNumber(2, "it")).toBe("--,--");
  expect(blankNumber(0, "en")).toBe("--");
});

test.each([
  ["850", 850],
  ["850,5", 850.5],
  [" 1 100.5 ", 1100.5],
  [`1${thin}100`, 1100],
  ["-3", -3],
  ["\u22123", -3],
  ["", undefined],
  ["1.2.3", undefined],
  ["1e3", undefined],
  ["0x10", undefined],
  ["Infinity", undefined],
] as const)("reads %j as %s", (text, value) => {
  expect(parseNumber(text)).toBe(value);
});
