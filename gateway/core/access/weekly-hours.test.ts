import { describe, expect, it } from "vitest";
import { isWithin, minuteOf, nextChange, type WeeklyHours } from "./weekly-hours.ts";

const rome = "Europe/Rome";
const at = (text: string): number => Date.parse(text);
const office: WeeklyHours[] = [{ days: [1, 2, 3, 4, 5], from: "08:00", to: "18:00" }];
const night: WeeklyHours[] = [
  { days: [6], from: "22:00", to: "24:00" },
  { days: [7], from: "00:00", to: "06:00" },
];

describe("weekly hours in the site's zone", () => {
  it.each<[string, WeeklyHours[], string, boolean]>([
    ["Monday 08:00 in winter", office, "2026-11-23T07:00:00Z", true],
    ["the millisecond before", office, "2026-11-23T06:59:59.999Z", false],
    ["the last millisecond", office, "2026-11-23T16:59:59.999Z", true],
    ["Monday 18:00", office, "2026-11-23T17:00:00Z", false],
    ["Monday 08:00 in summer", office, "2026-07-06T06:00:00Z", true],
    ["Sunday noon", office, "2026-11-22T11:00:00Z", false],
    ["Saturday 23:59", night, "2026-11-21T22:59:00Z", true],
    ["Sunday 00:00, one minute later", night, "2026-11-21T23:00:00Z", true],
    ["Sunday 06:00", night, "2026-11-22T05:00:00Z", false],
    ["no hours at all", [], "2026-11-22T05:00:00Z", true],
  ])("%s", (_name, hours, time, expected) => {
    expect(isWithin(hours, rome, at(time))).toBe(expected);
  });

  it.each<[string, WeeklyHours[], string, string | undefined]>([
    ["ends at 18:00", office, "2026-11-23T09:30:00Z", "2026-11-23T17:00:00Z"],
    ["begins again in the morning", office, "2026-11-23T17:00:00Z", "2026-11-24T07:00:00Z"],
    ["begins again after the week-end", office, "2026-11-27T17:00:00Z", "2026-11-30T07:00:00Z"],
    ["goes through midnight in one", night, "2026-11-21T22:30:00Z", "2026-11-22T05:00:00Z"],
    // 28 March 2027: 02:00 becomes 03:00. 25 October 2026: 03:00 becomes 02:00.
    ["an hour shorter in spring", night, "2027-03-27T22:00:00Z", "2027-03-28T04:00:00Z"],
    ["an hour longer in autumn", night, "2026-10-24T21:00:00Z", "2026-10-25T05:00:00Z"],
    [
      "an end that does not exist is where the clock jumps",
      [{ days: [7], from: "00:00", to: "02:30" }],
      "2027-03-28T00:30:00Z",
      "2027-03-28T01:00:00Z",
    ],
    [
      "an hour that comes twice is open twice",
      [{ days: [7], from: "02:00", to: "02:30" }],
      "2026-10-25T00:30:00Z",
      "2026-10-25T01:00:00Z",
    ],
    ["never where there are none", [], "2026-11-23T09:30:00Z", undefined],
    [
      "never where they are all",
      [{ days: [1, 2, 3, 4, 5, 6, 7], from: "00:00", to: "24:00" }],
      "2026-11-23T09:30:00Z",
      undefined,
    ],
  ])("%s", (_name, hours, time, expected) => {
    expect(nextChange(hours, rome, at(time))).toBe(expected === undefined ? Number.POSITIVE_INFINITY : at(expected));
  });

  it.each([
    ["08:30", 510],
    ["00:00", 0],
    ["24:00", 1440],
    ["24:01", Number.NaN],
    ["8:30", Number.NaN],
    ["08:60", Number.NaN],
  ])("%s is minute %s", (time, minute) => {
    expect(minuteOf(time)).toBe(minute);
  });
});
