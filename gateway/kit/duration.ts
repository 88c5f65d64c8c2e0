import { z } from "zod";

const unitMs = new Map([
  ["ms", 1],
  ["s", 1000],
  ["min", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const pattern = /^(\d{1,9}(?:\.\d{1,3})?) ?(ms|s|min|h|d)$/;

/** Longest time that a timer of the run time can count (2^31 − 1 ms, about 24.8 days). */
export const longestTimerMs = 2_147_483_647;

/** "500ms", "1.5s", "2min", "1h", "7d" → milliseconds, rounded to whole ones; undefined: not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  const factor = unitMs.get(match?.[2] ?? "");
  return match && factor !== undefined ? Math.round(Number(match[1]) * factor) : undefined;
}

/** Milliseconds as a person writes them, in the largest unit that stays whole: 90000 → "90s". */
export function formatDuration(ms: number): string {
  for (const [unit, factor] of [...unitMs].reverse()) {
    if (ms !== 0 && ms % factor === 0) return `${ms / factor}${unit}`;
  }
  return `${ms}ms`;
}

/** A duration in a configuration: text at the edge, milliseconds from there on. At least `min` and at most `max` ms. */
export function duration(min = 1, max = longestTimerMs) {
  return z
    .string({ error: 'a duration as text, such as "500ms", "10s", "2min" or "1h"' })
    .regex(pattern, { error: 'a duration such as "500ms", "10s", "2min" or "1h"', abort: true })
    .transform((text) => parseDuration(text) ?? 0)
    .refine((ms) => ms >= min && ms <= max, {
      error: `a duration from ${formatDuration(min)} to ${formatDuration(max)}`,
    });
}

export const Duration = duration();
