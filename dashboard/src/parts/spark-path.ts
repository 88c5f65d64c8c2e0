import type { SparkPoint } from "../live/spark.ts";

/** A sparkline in a box 100 high and one unit wide per step. y grows downwards. */
export interface SparkShape {
  readonly width: number;
  /** One path a run of steps with values; a gap ends a run. */
  readonly lines: readonly string[];
  /** First and last step of each gap, inclusive. */
  readonly gaps: readonly (readonly [number, number])[];
  /** Top and bottom of the normal band. */
  readonly band: readonly [number, number] | undefined;
  /** Height of the last value, where it is the newest step. */
  readonly dot: number | undefined;
}

type Steps = readonly (SparkPoint | undefined)[];

function rangeOf(steps: Steps, normal: readonly [number, number] | undefined): readonly [number, number] {
  const known = steps.filter((step) => step !== undefined);
  let low = Math.min(...known.map((step) => step.low));
  let high = Math.max(...known.map((step) => step.high));
  // The band is drawn to scale where it is near; far away it would flatten the line.
  if (normal && known.length > 0) {
    const width = normal[1] - normal[0];
    if (low > normal[0] - 4 * width && high < normal[1] + 4 * width) {
      low = Math.min(low, normal[0]);
      high = Math.max(high, normal[1]);
    }
  }
  const least = Math.max(Math.abs(high) * 0.002, 1e-6);
  const pad = Math.max((high - low) * 0.12, least);
  return [low - pad, high + pad];
}

export function sparkShape(steps: Steps, normal: readonly [number, number] | undefined): SparkShape {
  const [low, high] = rangeOf(steps, normal);
  const y = (value: number) => Math.round((1 - (value - low) / (high - low)) * 1000) / 10;
  const lines: string[] = [];
  const gaps: (readonly [number, number])[] = [];
  let run = "";
  let gap: number | undefined;
  steps.forEach((step, index) => {
    if (step) {
      // Both extremes of a step, in the order that keeps the line going where it ends.
      const [first, second] = step.last === step.high ? [step.low, step.high] : [step.high, step.low];
      run += `${run === "" ? "M" : "L"}${index} ${y(first)}L${index} ${y(second)}`;
      if (step.last !== null && step.last !== second) run += `L${index} ${y(step.last)}`;
    }
    const blank = step === undefined || step.last === null;
    if (blank) {
      gap ??= index;
      if (run !== "") lines.push(run);
      run = "";
    } else if (gap !== undefined) {
      // Before the first value nothing was recorded, so there is nothing to doubt.
      if (gap > 0) gaps.push([gap, index - 1]);
      gap = undefined;
    }
  });
  if (run !== "") lines.push(run);
  if (gap !== undefined && gap > 0) gaps.push([gap, steps.length - 1]);
  const newest = steps.at(-1);
  const inside = (value: number) => Math.min(100, Math.max(0, y(value)));
  const band =
    normal && inside(normal[0]) - inside(normal[1]) > 0.5
      ? ([inside(normal[1]), inside(normal[0])] as const)
      : undefined;
  return {
    width: steps.length - 1,
    lines,
    gaps,
    band,
    dot: newest && newest.last !== null ? y(newest.last) : undefined,
  };
}
