import { expect, test } from "vitest";
import { addDays, dateOf, instantsOf, localTime, offsetMs, startOfDay, weekday } from "./zoned.ts";

const rome = "Europe/Rome";
const utc = (text: string) => Date.parse(text);

test("an ordinary local time is one instant, and back again", () => {
  expect(instantsOf("2026-11-23T09:00", rome)).toEqual([utc("2026-11-23T08:00Z")]);
  expect(localTime(utc("2026-11-23T08:00Z"), rome)).toBe("2026-11-23T09:00");
});

test("25 Oct 2026: half past two in Rome happens twice", () => {
  expect(instantsOf("2026-10-25T02:30", rome)).toEqual([utc("2026-10-25T00:30Z"), utc("2026-10-25T01:30Z")]);
});

test("28 Mar 2027: half past two in Rome does not happen", () => {
  expect(instantsOf("2027-03-28T02:30", rome)).toEqual([]);
  expect(instantsOf("2027-03-28T03:00", rome)).toEqual([utc("2027-03-28T01:00Z")]);
});

test("what is no time has no instant", () => {
  for (const text of ["", "tomorrow", "2026-13-01T00:00", "2026-02-30T10:00"])
    expect(instantsOf(text, rome)).toEqual([]);
});

test("the days of the change have 25 and 23 hours", () => {
  const hours = (date: string) => (startOfDay(addDays(date, 1), rome) - startOfDay(date, rome)) / 3_600_000;
  expect(["2026-10-24", "2026-10-25", "2027-03-28"].map(hours)).toEqual([24, 25, 23]);
});

test("a day whose midnight is jumped over begins at its first minute", () => {
  // Beirut moves its clocks at 00:00 to 01:00.
  expect(localTime(startOfDay("2026-03-29", "Asia/Beirut"), "Asia/Beirut")).toBe("2026-03-29T01:00");
});

test("offsets, dates and weekdays", () => {
  expect(offsetMs(utc("2026-11-23T08:00Z"), rome)).toBe(3_600_000);
  expect(offsetMs(utc("2026-11-23T08:00:31Z"), "Asia/Kolkata")).toBe(5.5 * 3_600_000);
  expect(dateOf(utc("2026-11-22T23:30Z"), rome)).toBe("2026-11-23");
  expect([weekday("2026-11-23"), weekday("2026-11-29")]).toEqual([1, 7]);
  expect(addDays("2026-12-31", 1)).toBe("2027-01-01");
});
