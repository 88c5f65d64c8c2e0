import { expect, test } from "vitest";
import type { BookingView } from "../api/wire.ts";
import { countdown, slotsAt, warningDue } from "./slots.ts";

const slot = (id: string, start: string, end: string, state: BookingView["state"] = "CONFIRMED"): BookingView => ({
  id,
  equipment: "mill",
  machine: { en: "Mill", it: "Fresa" },
  userId: "u",
  user: "E. Greco",
  start: `2026-11-24T${start}:00.000Z`,
  end: `2026-11-24T${end}:00.000Z`,
  title: "",
  state,
  version: 1,
  createdAt: "2026-11-20T00:00:00.000Z",
});
const bookings = [slot("c", "12:00", "13:00"), slot("a", "08:00", "10:00"), slot("x", "10:30", "11:00", "CANCELLED")];
const ids = (list: readonly BookingView[]) => list.map((one) => one.id);

test.each([
  ["07:59:59", [], ["a", "c"], ["x"]],
  ["08:00:00", ["a"], ["c"], ["x"]],
  ["09:59:59", ["a"], ["c"], ["x"]],
  ["10:00:00", [], ["c"], ["x", "a"]],
])("at %s", (time, now, coming, past) => {
  const slots = slotsAt(bookings, Date.parse(`2026-11-24T${time}Z`));
  expect([ids(slots.now), ids(slots.coming), ids(slots.past)]).toEqual([now, coming, past]);
});

test.each([
  [15 * 60_000 + 1, undefined],
  [15 * 60_000, 15],
  [5 * 60_000 + 1, 15],
  [5 * 60_000, 5],
  [60_000, 1],
  [1, 1],
  [0, undefined],
  [-1, undefined],
])("%i ms before the end the warning is of %s minutes", (leftMs, minutes) => {
  expect(warningDue(leftMs, 0)).toBe(minutes);
});

test.each([
  [5_272_000, "1:27:52"],
  [999, "0:00:01"],
  [0, "0:00:00"],
  [-5, "0:00:00"],
  [2 * 86_400_000 + 61_000, "2 d 0:01:01"],
])("%i ms left reads %s", (ms, words) => {
  expect(countdown(ms, "d")).toBe(words);
});
