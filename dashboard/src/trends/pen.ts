import type { Step } from "./lane-series.ts";
import type { TrendWindow } from "./trend-window.ts";

/** x in UTC ms, ascending; null breaks the pen. */
export type PenData = [x: number[], y: (number | null)[]];

type Steps = readonly (Step | undefined)[];

/**
 * What the pen draws: both extremes of each bucket, on the shortest way from its first value to its last, and at
 * `endMs` (the present moment, where it is in sight) the last value itself. A missing bucket breaks it
 * and so does one with a hole in it.
 */
export function penOf(steps: Steps, intervalMs: number, endMs: number): PenData {
  const x: number[] = [];
  const y: (number | null)[] = [];
  const put = (atMs: number, value: number | null) => {
    if (value === null && (y.length === 0 || y.at(-1) === null)) return;
    x.push(Math.max(atMs, x.at(-1) ?? atMs));
    y.push(value);
  };
  steps.forEach((step, n) => {
    if (!step) return;
    const early = Math.min(step.fromMs + intervalMs * 0.25, endMs);
    const late = Math.min(step.fromMs + intervalMs * 0.75, endMs);
    const [first, second] = isRising(step) ? [step.low, step.high] : [step.high, step.low];
    put(early, first);
    put(late, second);
    if (step.fromMs + intervalMs >= endMs && step.fromMs < endMs) put(endMs, step.last);
    const next = steps[n + 1];
    // With nothing before it the hole lies at its beginning, and from there on the pen may go on.
    const holed = step.partial && steps[n - 1] !== undefined;
    if (holed || !next) put(Math.min(step.fromMs + intervalMs, endMs), null);
  });
  return [x, y];
}

/** Where both ways are as long, towards the extreme that the last value is nearer to. */
function isRising({ low, high, first, last }: Step): boolean {
  const rising = first - low + (high - last);
  const falling = high - first + (last - low);
  return rising === falling ? high - last <= last - low : rising < falling;
}

/** Buckets that lie in the window as a whole: a cut one would bring in what is not seen. All of them where none does. */
export function insideOf(steps: Steps, { fromMs, toMs }: TrendWindow): Steps {
  const whole = steps.filter(
    (step) => step !== undefined && step.fromMs >= fromMs && step.fromMs + step.meanMs <= toMs,
  );
  return whole.length > 0 ? whole : steps;
}

export interface Figures {
  readonly low: number;
  readonly mean: number;
  readonly high: number;
}

/** Least, time-weighted mean and greatest value of what is seen; undefined: nothing is. */
export function figuresOf(steps: Steps): Figures | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let sum = 0;
  let weight = 0;
  for (const step of steps) {
    if (!step) continue;
    low = Math.min(low, step.low);
    high = Math.max(high, step.high);
    // A sample that has just come stands for no time yet, but it is seen.
    const ms = Math.max(1, step.meanMs);
    sum += step.mean * ms;
    weight += ms;
  }
  return weight === 0 ? undefined : { low, mean: sum / weight, high };
}
