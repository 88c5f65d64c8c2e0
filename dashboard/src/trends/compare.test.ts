import { expect, test } from "vitest";
import { type Comparison, shifted, shiftOf } from "./compare.ts";

const hourMs = 3_600_000;
const window = (from: string, hours: number) => {
  const fromMs = Date.parse(from);
  return { fromMs, toMs: fromMs + hours * hourMs };
};

test.each<[Comparison, string, number]>([
  ["before", "2026-06-10T06:00Z", 8],
  ["day", "2026-06-10T06:00Z", 24],
  ["week", "2026-06-10T06:00Z", 168],
  // In between, clocks went forward (29 March) and back (25 October).
  ["day", "2026-03-29T12:00Z", 23],
  ["week", "2026-03-30T12:00Z", 167],
  ["week", "2026-10-26T12:00Z", 169],
])("%s of %s lies %d hours back", (comparison, from, hours) => {
  expect(shiftOf(comparison, window(from, 8), "Europe/Rome")).toBe(hours * hourMs);
});

test("the other window is as long as this one", () => {
  const one = window("2026-06-10T06:00Z", 8);
  expect(shifted(one, shiftOf("before", one, "UTC"))).toEqual({ fromMs: one.fromMs - 8 * hourMs, toMs: one.fromMs });
});
