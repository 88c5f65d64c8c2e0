import { describe, expect, test } from "vitest";
import { blocksOf, shareOf, weekOf } from "./week.ts";

const rome = "Europe/Rome";
const at = (text: string) => Date.parse(text);
const booking = (start: string, end: string) => ({ start, end });

describe("an ordinary week", () => {
  const week = weekOf(at("2026-11-24T14:32:00+01:00"), rome);

  test("runs from Monday to Sunday of the site, wherever the reader sits", () => {
    expect(week.days.map((day) => day.date)).toEqual([
      "2026-11-23",
      "2026-11-24",
      "2026-11-25",
      "2026-11-26",
      "2026-11-27",
      "2026-11-28",
      "2026-11-29",
    ]);
    expect(week.startMs).toBe(at("2026-11-23T00:00+01:00"));
    expect(week.days.map((day) => day.weekend)).toEqual([false, false, false, false, false, true, true]);
  });

  test("Sunday night belongs to the week that ends, Monday's first minute to the next", () => {
    expect(weekOf(at("2026-11-22T23:59+01:00"), rome).endMs).toBe(week.startMs);
    expect(weekOf(at("2026-11-23T00:00+01:00"), rome)).toEqual(week);
  });

  test("the week after and the week before", () => {
    expect(weekOf(week.startMs, rome, 1).startMs).toBe(week.endMs);
    expect(weekOf(week.startMs, rome, -1).endMs).toBe(week.startMs);
  });

  test("a booking lies where its hours are, cut at the edges of the week", () => {
    const [before, inside, after] = blocksOf(
      [
        booking("2026-11-29T12:00+01:00", "2026-12-02T12:00+01:00"),
        booking("2026-11-24T06:00+01:00", "2026-11-24T18:00+01:00"),
        booking("2026-11-20T00:00+01:00", "2026-11-23T12:00+01:00"),
      ],
      week,
    );
    expect(before).toMatchObject({ left: 0, width: 0.5 / 7, cut: "start" });
    expect(inside?.left).toBeCloseTo(1.25 / 7, 10);
    expect(inside?.width).toBeCloseTo(0.5 / 7, 10);
    expect(after).toMatchObject({ left: 6.5 / 7, cut: "end" });
  });

  test("what only touches the week is not in it", () => {
    const touching = [
      booking("2026-11-22T00:00+01:00", "2026-11-23T00:00+01:00"),
      booking("2026-11-30T00:00+01:00", "2026-11-30T01:00+01:00"),
    ];
    expect(blocksOf(touching, week)).toEqual([]);
  });
});

describe("weeks in which the clocks change", () => {
  test("25 Oct 2026: Sunday has 25 hours, noon lies at 13 of them, and bookings follow the local clock", () => {
    const week = weekOf(at("2026-10-22T10:00Z"), rome);
    const sunday = week.days[6];
    expect(((sunday?.endMs ?? 0) - (sunday?.startMs ?? 0)) / 3_600_000).toBe(25);
    expect(sunday?.ticks.find(({ hour }) => hour === 12)?.share).toBeCloseTo(13 / 25, 10);
    expect(shareOf(at("2026-10-25T12:00+01:00"), week)).toBeCloseTo((6 + 13 / 25) / 7, 10);
    expect(weekOf(at("2026-10-22T10:00Z"), rome, 1).startMs).toBe(at("2026-10-26T00:00+01:00"));
  });

  test("28 Mar 2027: Sunday has 23 hours, and nine o'clock is nine o'clock before and after", () => {
    const week = weekOf(at("2027-03-25T10:00Z"), rome);
    const sunday = week.days[6];
    expect(((sunday?.endMs ?? 0) - (sunday?.startMs ?? 0)) / 3_600_000).toBe(23);
    expect(sunday?.ticks.map(({ hour }) => hour)).toEqual([6, 12, 18]);
    expect(shareOf(at("2027-03-28T12:00+02:00"), week)).toBeCloseTo((6 + 11 / 23) / 7, 10);
    const [across] = blocksOf([booking("2027-03-27T09:00+01:00", "2027-03-28T09:00+02:00")], week);
    expect(across?.width).toBeCloseTo((15 / 24 + 8 / 23) / 7, 10);
  });
});
