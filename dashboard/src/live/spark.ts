import type { JsonValue } from "../api/wire.ts";

/** One step of a sparkline; `last` null: no value that could be believed. */
export interface SparkPoint {
  readonly timeMs: number;
  readonly low: number;
  readonly high: number;
  readonly last: number | null;
}

type Triple = readonly [number, JsonValue, number];

/**
 * The last hour of one tag in steps of equal length: filled from the history, carried on by live
 * samples. At most `steps` are kept. A step without a Good value is a gap, and gaps are never bridged.
 */
export class SparkSeries {
  readonly stepMs: number;
  readonly #steps: number;
  readonly #points = new Map<number, SparkPoint>();

  /** `spanMs`: 1 h by default, in 120 steps. */
  constructor(spanMs = 3_600_000, steps = 120) {
    this.stepMs = spanMs / steps;
    this.#steps = steps;
  }

  get spanMs(): number {
    return this.stepMs * this.#steps;
  }

  /** Aggregates of the same buckets: minimum, maximum and last. */
  seed(minimum: readonly Triple[], maximum: readonly Triple[], last: readonly Triple[]): void {
    const highs = new Map(maximum.map(([timeMs, value]) => [timeMs, value]));
    const lasts = new Map(last.map(([timeMs, value]) => [timeMs, value]));
    for (const [timeMs, low] of minimum) {
      const high = highs.get(timeMs);
      const end = lasts.get(timeMs);
      const index = this.#index(timeMs);
      if (typeof low !== "number" || typeof high !== "number" || this.#points.has(index)) continue;
      this.#points.set(index, { timeMs, low, high, last: typeof end === "number" ? end : high });
    }
  }

  push(timeMs: number, value: number | null): void {
    const index = this.#index(timeMs);
    const before = this.#points.get(index);
    if (value === null) {
      if (before) this.#points.set(index, { ...before, timeMs, last: null });
    } else {
      this.#points.set(index, {
        timeMs,
        low: Math.min(before?.low ?? value, value),
        high: Math.max(before?.high ?? value, value),
        last: value,
      });
    }
    for (const old of this.#points.keys()) if (old <= index - this.#steps) this.#points.delete(old);
  }

  /** One entry a step from `nowMs` − span to `nowMs`; undefined: a gap. */
  window(nowMs: number): readonly (SparkPoint | undefined)[] {
    const end = this.#index(nowMs);
    return Array.from({ length: this.#steps }, (_, step) => this.#points.get(end - this.#steps + 1 + step));
  }

  #index(timeMs: number): number {
    return Math.floor(timeMs / this.stepMs);
  }
}
