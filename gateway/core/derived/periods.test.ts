import { describe, expect, it } from "vitest";
import { Periods } from "./periods.ts";

const rome = new Periods("Europe/Rome", ["06:00", "14:00", "22:00"]);
const utc = (text: string) => Date.parse(`${text}Z`);
const told = (each: "day" | "shift" | "always", at: string, periods = rome) => {
  const { startMs, endMs } = periods.at(each, utc(at));
  return [startMs, endMs].map((ms) => (Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 16) : String(ms)));
};

describe("days and shifts of the site", () => {
  it.each<[string, "day" | "shift", string, string, string]>([
    ["a day in winter", "day", "2026-11-27T10:00", "2026-11-26T23:00", "2026-11-27T23:00"],
    ["its first moment", "day", "2026-11-26T23:00", "2026-11-26T23:00", "2026-11-27T23:00"],
    ["its last moment", "day", "2026-11-27T22:59", "2026-11-26T23:00", "2026-11-27T23:00"],
    ["a day of 23 hours", "day", "2026-03-29T10:00", "2026-03-28T23:00", "2026-03-29T22:00"],
    ["a day of 25 hours", "day", "2026-10-25T10:00", "2026-10-24T22:00", "2026-10-25T23:00"],
    ["the early shift", "shift", "2026-11-27T10:00", "2026-11-27T05:00", "2026-11-27T13:00"],
    ["a night that began the day before", "shift", "2026-11-27T02:00", "2026-11-26T21:00", "2026-11-27T05:00"],
    ["a night of seven hours", "shift", "2026-03-29T01:30", "2026-03-28T21:00", "2026-03-29T04:00"],
    ["a night of nine hours", "shift", "2026-10-25T01:30", "2026-10-24T20:00", "2026-10-25T05:00"],
  ])("knows %s", (_what, each, at, start, end) => {
    expect(told(each, at)).toEqual([start, end]);
  });

  it("begins a shift in the hour that is left out that much later, and in the hour that comes twice the first time", () => {
    const odd = new Periods("Europe/Rome", ["02:30", "14:30"]);
    expect(told("shift", "2026-03-29T08:00", odd)).toEqual(["2026-03-29T01:30", "2026-03-29T12:30"]);
    expect(told("shift", "2026-10-25T08:00", odd)).toEqual(["2026-10-25T00:30", "2026-10-25T13:30"]);
  });

  it("begins a day whose midnight is left out at its first moment", () => {
    const beirut = new Periods("Asia/Beirut", []);
    expect(told("day", "2026-03-29T08:00", beirut)).toEqual(["2026-03-28T22:00", "2026-03-29T21:00"]);
  });

  it("takes a day for a shift where none are given, and never ends what is for always", () => {
    expect(told("shift", "2026-11-27T10:00", new Periods("Europe/Rome", []))).toEqual(told("day", "2026-11-27T10:00"));
    expect(told("always", "2026-11-27T10:00")).toEqual(["-Infinity", "Infinity"]);
  });

  it("leaves no moment of a year to no period or to two", () => {
    let at = utc("2026-01-01T00:00");
    for (let i = 0; i < 1100; i++) {
      const { startMs, endMs } = rome.at("shift", at);
      expect(startMs).toBeLessThanOrEqual(at);
      expect(rome.at("shift", endMs).startMs).toBe(endMs);
      at = endMs;
    }
  });
});
