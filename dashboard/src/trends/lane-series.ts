import type { JsonValue } from "../api/wire.ts";
import type { TrendWindow } from "./trend-window.ts";

/** One bucket of a numeric lane. Both extremes are kept, so that no peak is lost. */
export interface Step {
  readonly fromMs: number;
  readonly low: number;
  readonly high: number;
  readonly first: number;
  readonly last: number;
  /** For a part of the bucket nothing could be believed. */
  readonly partial: boolean;
  /** Time-weighted mean and the milliseconds that it stands for. */
  readonly mean: number;
  readonly meanMs: number;
}

type Point = readonly [timeMs: number, value: JsonValue, status: number];

/** Aggregates of the same buckets. */
export interface Aggregates {
  readonly minimum: readonly Point[];
  readonly maximum: readonly Point[];
  readonly first: readonly Point[];
  readonly last: readonly Point[];
  readonly timeAverage: readonly Point[];
}

const mostSteps = 20_000;

/** 64-bit integers travel as text; NaN and ±Inf are no place on a scale. */
export function toNumber(value: JsonValue | undefined): number | undefined {
  const number = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/**
 * One tag in buckets of `intervalMs` counted from 1970: filled from the history, carried on by live
 * samples. A value holds until the next sample; a bucket without a step is a gap, and gaps stay gaps.
 */
export class LaneSeries {
  readonly intervalMs: number;
  readonly #steps = new Map<number, Step>();
  /** The value in force and since when it has been counted; undefined: nothing to believe. */
  #held: { value: number; untilMs: number } | undefined;

  constructor(intervalMs: number) {
    this.intervalMs = intervalMs;
  }

  /** `endMs`: until when the history was asked; the last bucket may end there. */
  seed(aggregates: Aggregates, endMs: number): void {
    const highs = byTime(aggregates.maximum);
    const firsts = byTime(aggregates.first);
    const lasts = byTime(aggregates.last);
    const means = byTime(aggregates.timeAverage);
    for (const [fromMs, value, status] of aggregates.minimum) {
      const low = toNumber(value);
      const high = toNumber(highs.get(fromMs));
      if (low === undefined || high === undefined) continue;
      const meanMs = Math.max(1, Math.min(this.intervalMs, endMs - fromMs));
      const last = toNumber(lasts.get(fromMs)) ?? high;
      const mean = toNumber(means.get(fromMs)) ?? (low + high) / 2;
      const first = toNumber(firsts.get(fromMs)) ?? last;
      this.#put({ fromMs, low, high, first, last, partial: status >>> 30 !== 0, mean, meanMs });
    }
    const newest = this.#steps.get(this.#index(endMs - 1));
    this.#held = newest && !newest.partial ? { value: newest.last, untilMs: endMs } : undefined;
  }

  /** A sample, or the same value still in force now. null: from now on nothing can be believed. */
  push(timeMs: number, value: number | null): void {
    if (value === null) {
      this.break(timeMs);
      return;
    }
    this.#holdUntil(timeMs);
    this.#see(timeMs, value, 0);
    this.#held = { value, untilMs: Math.max(timeMs, this.#held?.untilMs ?? timeMs) };
  }

  /** What was in force is not any more, since `timeMs`. */
  break(timeMs: number): void {
    if (!this.#held) return;
    this.#holdUntil(timeMs);
    this.#held = undefined;
    const step = this.#steps.get(this.#index(timeMs));
    if (step) this.#put({ ...step, partial: true });
  }

  /** Nothing has been heard since the last proof of life: from there on nothing is known. */
  lose(): void {
    if (this.#held) this.break(this.#held.untilMs);
  }

  at(timeMs: number): Step | undefined {
    return this.#steps.get(this.#index(timeMs));
  }

  /** One entry a bucket that touches the window, undefined where there is none. */
  within(window: TrendWindow): readonly (Step | undefined)[] {
    const first = this.#index(window.fromMs);
    const count = Math.min(mostSteps, this.#index(window.toMs - 1) - first + 1);
    return Array.from({ length: Math.max(0, count) }, (_, n) => this.#steps.get(first + n));
  }

  #holdUntil(timeMs: number): void {
    const held = this.#held;
    if (!held || timeMs <= held.untilMs) return;
    if ((timeMs - held.untilMs) / this.intervalMs > mostSteps) return;
    for (let fromMs = held.untilMs; fromMs < timeMs; ) {
      const endMs = Math.min(timeMs, (this.#index(fromMs) + 1) * this.intervalMs);
      this.#see(fromMs, held.value, endMs - fromMs);
      fromMs = endMs;
    }
    this.#held = { value: held.value, untilMs: timeMs };
  }

  #see(timeMs: number, value: number, forMs: number): void {
    const fromMs = this.#index(timeMs) * this.intervalMs;
    const before = this.#steps.get(this.#index(timeMs));
    const meanMs = (before?.meanMs ?? 0) + forMs;
    this.#put({
      fromMs,
      low: Math.min(value, before?.low ?? value),
      high: Math.max(value, before?.high ?? value),
      first: before?.first ?? value,
      last: value,
      partial: before?.partial ?? false,
      mean: before && meanMs > 0 ? (before.mean * before.meanMs + value * forMs) / meanMs : value,
      meanMs,
    });
  }

  #put(step: Step): void {
    this.#steps.set(this.#index(step.fromMs), step);
    if (this.#steps.size <= mostSteps) return;
    // Insertion order is time order but for the seed, which comes first: the oldest goes.
    const oldest = this.#steps.keys().next().value;
    if (oldest !== undefined) this.#steps.delete(oldest);
  }

  #index(timeMs: number): number {
    return Math.floor(timeMs / this.intervalMs);
  }
}

function byTime(points: readonly Point[]): ReadonlyMap<number, JsonValue> {
  return new Map(points.map(([timeMs, value]) => [timeMs, value]));
}
