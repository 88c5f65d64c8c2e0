import type { Aggregate, HistoryPoint } from "../history-port.ts";
import { isGood, Status } from "../status.ts";
import type { Value } from "../value.ts";
import type { Outages } from "./outages.ts";
import { type ChunkStatistics, finiteNumber, isLess } from "./statistics.ts";

export type BucketAggregate = Exclude<Aggregate, "raw">;

/** Buckets `firstBucket` … `endBucket` − 1 of those that begin at startMs + k × intervalMs. */
export interface FoldWindow {
  readonly startMs: number;
  readonly endMs: number;
  readonly intervalMs: number;
  readonly firstBucket: number;
  readonly endBucket: number;
  /** Now: the last value holds until here, not into the future. */
  readonly asOfMs: number;
}

interface Held {
  readonly value: Value;
  readonly good: boolean;
  readonly since: number;
}

interface Bucket {
  goodMs: number;
  /** First good number; the integral is relative to it. */
  reference: number;
  integral: number;
  minimum: Value;
  maximum: Value;
  last: Value;
  /** For some time there was no good value. */
  broken: boolean;
  /** A Good value that this aggregate cannot count with: text, bytes. */
  unsuited: boolean;
}

const emptyBucket = (): Bucket => ({
  goodMs: 0,
  reference: 0,
  integral: 0,
  minimum: null,
  maximum: null,
  last: null,
  broken: false,
  unsuited: false,
});

/**
 * Folds one series' samples, ordered by time, into buckets. A value holds until the next sample
 * (stepped, for every type); the value before the window holds into it. Only Good values count
 * (OPC UA Part 13 §4.2.1.2, TreatUncertainAsBad). A bucket that is good throughout is Good, one
 * with good and other time Uncertain_DataSubNormal, one without good time null and Bad_NoData.
 * minimum, maximum and last see every value in force at some time in the bucket, the one that
 * holds on from before too (Part 13 calls these Minimum2, Maximum2), so that a value recorded on
 * change is no gap.
 */
export class SeriesFold {
  readonly #aggregate: BucketAggregate;
  readonly #window: FoldWindow;
  readonly #outages: Outages;
  readonly #points: HistoryPoint[] = [];
  #number: number;
  #bucket = emptyBucket();
  #now: number;
  #held: Held | undefined;

  constructor(aggregate: BucketAggregate, window: FoldWindow, outages: Outages) {
    this.#aggregate = aggregate;
    this.#window = window;
    this.#outages = outages;
    this.#number = window.firstBucket;
    this.#now = this.startMs;
  }

  get startMs(): number {
    return this.#startOf(this.#window.firstBucket);
  }

  get endMs(): number {
    return Math.min(this.#window.endMs, this.#startOf(this.#window.endBucket));
  }

  #startOf(bucket: number): number {
    return this.#window.startMs + bucket * this.#window.intervalMs;
  }

  /** The last sample before the window. */
  before(time: number, value: Value, status: number): void {
    this.#held = { value, good: isGood(status), since: time };
  }

  /** The next sample, startMs ≤ time < endMs. */
  sample(time: number, value: Value, status: number): void {
    this.#settle(time);
    this.#held = { value, good: isGood(status), since: time };
    if (this.#held.good) this.#see(value);
  }

  /** Whether these statistics can stand for the samples: whole, in one bucket, no outage within. */
  canTake(startMs: number, endMs: number, statistics: ChunkStatistics): boolean {
    if (!statistics.whole || startMs < this.#now || endMs >= this.endMs) return false;
    if (this.#outages.nextFrom(startMs) < endMs) return false;
    const bucket = Math.floor((startMs - this.#window.startMs) / this.#window.intervalMs);
    return startMs >= this.#startOf(bucket) && endMs < this.#startOf(bucket + 1);
  }

  /** Instead of the samples of a chunk that `canTake` agreed to. */
  take(startMs: number, endMs: number, statistics: ChunkStatistics): void {
    this.#settle(startMs);
    this.#see(statistics.minimum);
    this.#see(statistics.maximum);
    this.#see(statistics.last);
    const bucket = this.#bucket;
    const first = Number(statistics.first);
    if (bucket.goodMs === 0) bucket.reference = first;
    bucket.integral += statistics.integral + (first - bucket.reference) * statistics.goodMs;
    bucket.goodMs += statistics.goodMs;
    this.#now = endMs;
    this.#held = { value: statistics.last, good: true, since: endMs };
  }

  /** After the last sample: one point a bucket. */
  finish(): readonly HistoryPoint[] {
    this.#settle(Math.min(this.endMs, Math.max(this.#window.asOfMs, this.#now)));
    while (this.#number < this.#window.endBucket) this.#close();
    return this.#points;
  }

  #settle(until: number): void {
    const held = this.#held;
    if (held?.good) this.#hold(held.value, Math.min(until, this.#outages.nextFrom(held.since)));
    this.#hold(null, until);
  }

  /** Time goes on to `until` with this value in force; null: nothing good. */
  #hold(value: Value, until: number): void {
    while (this.#now < until) {
      const end = this.#startOf(this.#number + 1);
      this.#spend(value, Math.min(until, end) - this.#now);
      this.#now = Math.min(until, end);
      if (this.#now >= end) this.#close();
    }
  }

  #spend(value: Value, ms: number): void {
    const bucket = this.#bucket;
    if (!this.#see(value)) {
      bucket.broken = true;
      return;
    }
    const number = finiteNumber(value);
    if (number !== undefined) {
      if (bucket.goodMs === 0) bucket.reference = number;
      bucket.integral += (number - bucket.reference) * ms;
    }
    bucket.goodMs += ms;
  }

  /** Notes a Good value; false where this aggregate cannot count with it. */
  #see(value: Value): boolean {
    const bucket = this.#bucket;
    if (!this.#suits(value)) {
      if (value !== null && typeof value !== "number") bucket.unsuited = true;
      return false;
    }
    bucket.last = value;
    if (this.#aggregate === "last") return true;
    if (bucket.minimum === null || isLess(value, bucket.minimum)) bucket.minimum = value;
    if (bucket.maximum === null || isLess(bucket.maximum, value)) bucket.maximum = value;
    return true;
  }

  #suits(value: Value): boolean {
    if (value === null) return false;
    if (this.#aggregate === "last") return true;
    if (this.#aggregate === "timeAverage") return finiteNumber(value) !== undefined;
    return typeof value === "number" ? !Number.isNaN(value) : finiteNumber(value) !== undefined;
  }

  #close(): void {
    const bucket = this.#bucket;
    const start = this.#startOf(this.#number);
    if (bucket.goodMs > 0) {
      this.#points.push([start, this.#valueOf(bucket), bucket.broken ? Status.Uncertain_DataSubNormal : Status.Good]);
    } else {
      this.#points.push([start, null, bucket.unsuited ? Status.Bad_NotSupported : Status.Bad_NoData]);
    }
    this.#number++;
    this.#bucket = emptyBucket();
  }

  #valueOf(bucket: Bucket): Value {
    switch (this.#aggregate) {
      case "timeAverage":
        return bucket.reference + bucket.integral / bucket.goodMs;
      case "minimum":
        return bucket.minimum;
      case "maximum":
        return bucket.maximum;
      case "last":
        return bucket.last;
    }
  }
}
