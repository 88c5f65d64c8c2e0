import { lowerBound } from "./samples.ts";

/**
 * The times when nothing was recorded, because the gateway was not running. A value is not taken to
 * hold on through the beginning of an outage: nobody was there to see it change.
 */
export class Outages {
  readonly #starts: number[];

  constructor(startsMs: readonly number[]) {
    this.#starts = [...startsMs].sort((a, b) => a - b);
  }

  /** The first outage that begins at or after `timeMs`; Infinity where there is none. */
  nextFrom(timeMs: number): number {
    return this.#starts[lowerBound(this.#starts, timeMs)] ?? Number.POSITIVE_INFINITY;
  }
}
