import type { BookingView } from "../api/wire.ts";

/** Minutes before the end at which a person in a slot is warned, the last first. */
export const warnings = [1, 5, 15] as const;

export interface Slots {
  readonly now: readonly BookingView[];
  /** From the next one on. */
  readonly coming: readonly BookingView[];
  /** The last that has ended first. */
  readonly past: readonly BookingView[];
}

/** Bookings by where they lie; half-open, so at its end a slot is over. Cancelled ones are past. */
export function slotsAt(bookings: readonly BookingView[], nowMs: number): Slots {
  const byStart = [...bookings].sort((a, b) => Date.parse(a.start) - Date.parse(b.start));
  const ended = (one: BookingView) => one.state === "CANCELLED" || Date.parse(one.end) <= nowMs;
  const open = byStart.filter((one) => !ended(one));
  return {
    now: open.filter((one) => Date.parse(one.start) <= nowMs),
    coming: open.filter((one) => Date.parse(one.start) > nowMs),
    past: byStart.filter(ended).reverse(),
  };
}

/** The warning that is due: the smallest that the time left has reached; undefined: none yet, or over. */
export function warningDue(endMs: number, nowMs: number): (typeof warnings)[number] | undefined {
  const leftMs = endMs - nowMs;
  return leftMs <= 0 ? undefined : warnings.find((minutes) => leftMs <= minutes * 60_000);
}

/** `1:27:52`; days before it where there are any. Rounded up, so that it is zero only at the end. */
export function countdown(ms: number, dayWord: string): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const two = (value: number) => String(value).padStart(2, "0");
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const time = `${hours}:${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return days > 0 ? `${days} ${dayWord} ${time}` : time;
}
