import type { Value } from "../value.ts";

/** Samples of one series as three columns of the same length. Times are whole milliseconds since 1970 UTC. */
export interface Samples {
  times: number[];
  values: Value[];
  /** OPC UA StatusCodes, unsigned. */
  statuses: number[];
}

/** Times beyond ±2^51 ms (year 73,000) are refused: sums and differences of two stay exact in a double. */
export const timeLimitMs = 2 ** 51;

export function noSamples(): Samples {
  return { times: [], values: [], statuses: [] };
}

export function sliceSamples(samples: Samples, from: number, to: number): Samples {
  return {
    times: samples.times.slice(from, to),
    values: samples.values.slice(from, to),
    statuses: samples.statuses.slice(from, to),
  };
}

/** Index of the first sample at or after `timeMs` in ascending times. */
export function lowerBound(times: ArrayLike<number>, timeMs: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Memory that a value holds beyond its slot, in bytes. */
export function weightOf(value: Value): number {
  if (typeof value === "string") return value.length * 2;
  if (value instanceof Uint8Array) return value.length;
  return typeof value === "bigint" ? 16 : 0;
}
