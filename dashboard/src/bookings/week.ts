import { addDays, dateOf, instantsOf, startOfDay, weekday, type Zone } from "./zoned.ts";

export interface Day {
  readonly date: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly weekend: boolean;
  /** Local hours and where they lie in their day, 0 to 1. */
  readonly ticks: readonly { readonly hour: number; readonly share: number }[];
}

/** Monday to Sunday of the site's zone. Half-open, UTC ms. */
export interface Week {
  readonly startMs: number;
  readonly endMs: number;
  readonly days: readonly Day[];
}

export interface Timed {
  readonly start: string;
  readonly end: string;
}

export interface Block<Booking> {
  readonly booking: Booking;
  /** Shares of the week's width, 0 to 1. */
  readonly left: number;
  readonly width: number;
  /** It goes on before or after this week. */
  readonly cut: "no" | "start" | "end" | "both";
}

const hoursShown = [6, 12, 18];

/** The week that holds an instant, or the one so many weeks away from it. */
export function weekOf(atMs: number, zone: Zone, weeksAway = 0): Week {
  const today = dateOf(atMs, zone);
  const monday = addDays(today, 1 - weekday(today) + 7 * weeksAway);
  const days = Array.from({ length: 7 }, (_, index) => dayOf(addDays(monday, index), zone));
  return { startMs: days[0]?.startMs ?? atMs, endMs: days[6]?.endMs ?? atMs, days };
}

function dayOf(date: string, zone: Zone): Day {
  const startMs = startOfDay(date, zone);
  const endMs = startOfDay(addDays(date, 1), zone);
  const ticks = hoursShown.flatMap((hour) => {
    const atMs = instantsOf(`${date}T${String(hour).padStart(2, "0")}:00`, zone)[0];
    return atMs === undefined ? [] : [{ hour, share: (atMs - startMs) / (endMs - startMs) }];
  });
  return { date, startMs, endMs, weekend: weekday(date) > 5, ticks };
}

/** Where an instant lies in the week, 0 to 1. Every day is as wide as the next, whether it has 23, 24 or 25 hours. */
export function shareOf(atMs: number, week: Week): number {
  if (atMs <= week.startMs) return 0;
  if (atMs >= week.endMs) return 1;
  const index = week.days.findIndex((day) => atMs < day.endMs);
  const day = week.days[index];
  return day ? (index + (atMs - day.startMs) / (day.endMs - day.startMs)) / week.days.length : 1;
}

/** What of these lies in the week, in order of start. */
export function blocksOf<Booking extends Timed>(bookings: readonly Booking[], week: Week): readonly Block<Booking>[] {
  return bookings
    .map((booking) => ({ booking, startMs: Date.parse(booking.start), endMs: Date.parse(booking.end) }))
    .filter(({ startMs, endMs }) => startMs < week.endMs && endMs > week.startMs)
    .sort((a, b) => a.startMs - b.startMs)
    .map(({ booking, startMs, endMs }) => {
      const left = shareOf(startMs, week);
      return { booking, left, width: shareOf(endMs, week) - left, cut: cutOf(startMs, endMs, week) };
    });
}

function cutOf(startMs: number, endMs: number, week: Week): Block<never>["cut"] {
  if (startMs < week.startMs) return endMs > week.endMs ? "both" : "start";
  return endMs > week.endMs ? "end" : "no";
}
