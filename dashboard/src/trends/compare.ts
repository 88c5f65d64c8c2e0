import type { TrendWindow } from "./trend-window.ts";

export const comparisons = ["before", "day", "week"] as const;
/** With what a window is compared: the same span right before it, or the same times a day or a week earlier. */
export type Comparison = (typeof comparisons)[number];

const dayMs = 86_400_000;

export function isComparison(text: string | null): text is Comparison {
  return comparisons.some((one) => one === text);
}

/**
 * How far back the other window lies, ms. A day and a week are those of the site's clock: over a change of the
 * clock they are an hour shorter or longer, so that a shift lies over the same shift.
 */
export function shiftOf(comparison: Comparison, { fromMs, toMs }: TrendWindow, zone: string | undefined): number {
  if (comparison === "before") return toMs - fromMs;
  const plainMs = comparison === "day" ? dayMs : 7 * dayMs;
  const changeMs = offsetOf(zone, fromMs) - offsetOf(zone, fromMs - plainMs);
  return plainMs - changeMs;
}

export function shifted({ fromMs, toMs }: TrendWindow, shiftMs: number): TrendWindow {
  return { fromMs: fromMs - shiftMs, toMs: toMs - shiftMs };
}

/** How far the clock of a zone is ahead of UTC, ms, to the minute. */
function offsetOf(zone: string | undefined, atMs: number): number {
  const format = new Intl.DateTimeFormat("sv-SE", {
    ...(zone === undefined ? {} : { timeZone: zone }),
    dateStyle: "short",
    timeStyle: "short",
  });
  const minuteMs = Math.floor(atMs / 60_000) * 60_000;
  return Date.parse(`${format.format(minuteMs).replace(" ", "T")}:00Z`) - minuteMs;
}
