import type { TrendWindow } from "./trend-window.ts";

const s = 1_000;
const min = 60 * s;
const h = 60 * min;
const steps = [
  ...[50, 100, 200, 500],
  ...[s, 2 * s, 5 * s, 10 * s, 15 * s, 30 * s],
  ...[min, 2 * min, 5 * min, 10 * min, 15 * min, 30 * min],
  ...[h, 2 * h, 3 * h, 6 * h, 12 * h, 24 * h],
];

/** The smallest round interval, in ms, that cuts the span into at most `points` buckets. */
export function intervalFor(spanMs: number, points: number): number {
  const least = spanMs / Math.max(1, points);
  return steps.find((step) => step >= least) ?? Math.ceil(least / (24 * h)) * 24 * h;
}

/** The window widened to whole buckets counted from 1970, so that they stay the same while the window moves. */
export function aligned(window: TrendWindow, intervalMs: number): TrendWindow {
  return {
    fromMs: Math.floor(window.fromMs / intervalMs) * intervalMs,
    toMs: Math.ceil(window.toMs / intervalMs) * intervalMs,
  };
}
