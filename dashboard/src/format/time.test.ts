import { expect, test } from "vitest";
import { day, delay, duration, moment, timeOfDay, timeWithSeconds } from "./time.ts";

const at = Date.UTC(2026, 10, 24, 13, 21, 7);

test("tells the time of the site, not of the browser", () => {
  expect(timeOfDay(at, "en", "Europe/Rome")).toBe("14:21");
  expect(timeWithSeconds(at, "it", "Asia/Tokyo")).toBe("22:21:07");
});

test("names the day in both languages", () => {
  expect(day(at, "en", "Europe/Rome")).toBe("Tue 24 Nov");
  expect(day(at, "it", "Europe/Rome")).toBe("mar 24 nov");
});

test("puts the day before a time that is not of today", () => {
  expect(moment(at, at + 3_600_000, "en", "Europe/Rome")).toBe("14:21");
  expect(moment(at, at + 24 * 3_600_000, "en", "Europe/Rome")).toBe("Tue 24 Nov 14:21");
});

test.each([
  [0, "0.0 s"],
  [-50, "0.0 s"],
  [420, "0.4 s"],
  [9_949, "9.9 s"],
  [9_960, "9 s"],
  [42_000, "42 s"],
  [176_000, "2 min 56 s"],
  [7_200_000, "2 h 0 min"],
  [300_000_000, "3 d"],
] as const)("tells %d ms as %s", (ms, words) => {
  expect(duration(ms, "en")).toBe(words);
});

test("never says that something took no time", () => {
  expect(delay(0, "en")).toBe("0.01 s");
  expect(delay(42, "it")).toBe("0,04 s");
  expect(delay(420, "en")).toBe("0.4 s");
});
