import { describe, expect, test } from "vitest";
import { type CalendarUnit, calendarEdges, isZone } from "./calendar.ts";

const hourMs = 3_600_000;

function hoursOf(zone: string, unit: CalendarUnit, from: string, to: string): number[] {
  const edges = calendarEdges({ unit, zone }, { startMs: Date.parse(from), endMs: Date.parse(to) }, 10_000) ?? [];
  return edges.slice(1).map((ms, i) => (ms - (edges[i] as number)) / hourMs);
}

/** What a wall clock shows, by another way than the one that is tested. */
function wall(zone: string, ms: number): string {
  const format = formats.get(zone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone: zone, ...parts });
  formats.set(zone, format);
  return format.format(ms);
}
const formats = new Map<string, Intl.DateTimeFormat>();
const parts = { dateStyle: "short", timeStyle: "medium" } as const;
/** No clock was ever changed at another minute in these. */
const walkMs = 600_000;

/** Walks step by step and notes where the wall clock turns a page. */
function slowly(zone: string, unit: CalendarUnit, startMs: number, endMs: number): number[] {
  const edges = [startMs];
  const page = (ms: number) => {
    const text = wall(zone, ms);
    if (unit === "hour") return text.slice(0, 13);
    if (unit === "month") return text.slice(0, 7);
    const weekday = new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDay();
    if (unit === "week" && weekday !== 1) return "";
    return text.slice(0, 10);
  };
  for (let ms = Math.ceil((startMs + 1) / walkMs) * walkMs; ms < endMs; ms += walkMs) {
    const [before, now] = [page(ms - walkMs), page(ms)];
    const again = unit === "hour" && wall(zone, ms).slice(14) === "00:00";
    if ((now !== before && now !== "") || again) edges.push(ms);
  }
  return [...edges, endMs];
}

describe("calendar buckets", () => {
  test("of a day in which the clock goes forward have 23 hours, of one in which it goes back 25", () => {
    expect(hoursOf("Europe/Rome", "day", "2026-03-27T23:00Z", "2026-03-30T22:00Z")).toEqual([24, 23, 24]);
    expect(hoursOf("Europe/Rome", "day", "2026-10-23T22:00Z", "2026-10-26T23:00Z")).toEqual([24, 25, 24]);
    expect(hoursOf("Europe/Rome", "hour", "2026-03-28T23:00Z", "2026-03-29T22:00Z")).toEqual(Array(23).fill(1));
    expect(hoursOf("Europe/Rome", "hour", "2026-10-24T22:00Z", "2026-10-25T23:00Z")).toEqual(Array(25).fill(1));
  });

  test("are cut where the question begins and ends", () => {
    expect(hoursOf("Europe/Rome", "day", "2026-06-01T10:00Z", "2026-06-02T23:00Z")).toEqual([12, 24, 1]);
    expect(hoursOf("Europe/Rome", "month", "2026-06-01T10:00Z", "2026-06-01T11:00Z")).toEqual([1]);
    expect(hoursOf("UTC", "day", "2026-06-01T00:00Z", "2026-06-03T00:00Z")).toEqual([24, 24]);
  });

  test("of weeks begin on Monday, of months on the first", () => {
    const days = (unit: CalendarUnit, from: string, to: string) =>
      hoursOf("Europe/Rome", unit, from, to).map((h) => h / 24);
    expect(days("week", "2026-06-03T22:00Z", "2026-06-16T22:00Z")).toEqual([4, 7, 2]);
    expect(days("month", "2026-01-31T23:00Z", "2026-03-31T22:00Z")).toEqual([28, (31 * 24 - 1) / 24]);
    expect(hoursOf("UTC", "week", "1969-12-29T00:00Z", "1970-01-12T00:00Z")).toEqual([168, 168]);
  });

  const days = 11;
  test.each<[string, string, CalendarUnit]>([
    ["Europe/Rome", "2026-03-28T01:13Z", "hour"],
    ["Europe/Rome", "2026-10-24T01:13Z", "hour"],
    ["Asia/Kolkata", "2026-10-24T01:13Z", "hour"],
    ["Australia/Lord_Howe", "2026-04-04T01:13Z", "hour"],
    ["Australia/Lord_Howe", "2026-10-02T01:13Z", "hour"],
    ["America/Sao_Paulo", "2018-11-02T01:13Z", "day"],
    ["America/Sao_Paulo", "2018-02-16T01:13Z", "day"],
    ["America/Havana", "2026-03-07T01:13Z", "day"],
    ["America/Havana", "2026-10-30T01:13Z", "day"],
    ["Asia/Beirut", "2026-03-27T01:13Z", "day"],
    ["Pacific/Apia", "2011-12-28T01:13Z", "day"],
    ["America/New_York", "2026-10-30T01:13Z", "week"],
    ["Europe/Lisbon", "2026-10-30T01:13Z", "month"],
  ])("in %s from %s on are those of a wall clock, by the %s", (zone, from, unit) => {
    const startMs = Date.parse(from);
    const endMs = startMs + days * 24 * hourMs;
    const edges = calendarEdges({ unit, zone }, { startMs, endMs }, 1000);
    expect(edges?.map((ms) => wall(zone, ms))).toEqual(slowly(zone, unit, startMs, endMs).map((ms) => wall(zone, ms)));
    expect(edges).toEqual(slowly(zone, unit, startMs, endMs));
  });

  test("are none where there would be too many", () => {
    const year = { startMs: Date.UTC(2026, 0), endMs: Date.UTC(2027, 0) };
    expect(calendarEdges({ unit: "day", zone: "UTC" }, year, 365)).toHaveLength(366);
    expect(calendarEdges({ unit: "day", zone: "UTC" }, year, 364)).toBeUndefined();
    expect(calendarEdges({ unit: "hour", zone: "UTC" }, { startMs: 0, endMs: 8e15 }, 10_000)).toBeUndefined();
  });

  test("know what a zone is", () => {
    expect(["Europe/Rome", "UTC", "Mars/Base", ""].map(isZone)).toEqual([true, true, false, false]);
  });
});
