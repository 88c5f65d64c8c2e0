import { offsetMs, type Zone } from "../bookings/zoned.ts";
import type { TrendWindow } from "./trend-window.ts";

const s = 1_000;
const min = 60 * s;
const h = 60 * min;
const day = 24 * h;
const steps = [
  ...[s, 2 * s, 5 * s, 10 * s, 15 * s, 30 * s],
  ...[min, 2 * min, 5 * min, 10 * min, 15 * min, 30 * min],
  ...[h, 2 * h, 3 * h, 6 * h, 12 * h],
  ...[day, 2 * day, 7 * day, 14 * day, 28 * day],
];

export interface Tick {
  readonly atMs: number;
  /** What its label needs: a day where one begins, seconds where minutes are not enough. */
  readonly kind: "day" | "minutes" | "seconds";
}

/** At most `most` round moments of the site's clock in the window, over a change of summer time too. */
export function timeTicks(window: TrendWindow, most: number, zone: Zone): readonly Tick[] {
  const span = window.toMs - window.fromMs;
  const step = steps.find((one) => span / one <= Math.max(1, most)) ?? Math.ceil(span / most / day) * day;
  const ticks: Tick[] = [];
  const firstLocal = Math.ceil((window.fromMs + offsetMs(window.fromMs, zone)) / step) * step;
  for (let local = firstLocal; ticks.length <= most + 1; local += step) {
    const atMs = utcOf(local, zone);
    if (atMs > window.toMs) break;
    if (atMs < window.fromMs || atMs <= (ticks.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY)) continue;
    ticks.push({ atMs, kind: local % day === 0 ? "day" : step < min ? "seconds" : "minutes" });
  }
  return ticks;
}

/** The moment when the site's clock shows `local`; twice corrected, since the offset is that of the answer. */
function utcOf(local: number, zone: Zone): number {
  const guess = local - offsetMs(local, zone);
  return local - offsetMs(guess, zone);
}
