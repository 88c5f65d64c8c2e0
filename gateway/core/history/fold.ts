import type { BucketAggregate, HistoryPoint } from "../history-port.ts";
import { isGood, Status } from "../status.ts";
import type { Value } from "../value.ts";
import { Bucket } from "./bucket.ts";
import { type Countable, type Counter, countable, counted, difference, together } from "./counter.ts";
import { bucketAt, type Edges } from "./edges.ts";
import type { Outages } from "./outages.ts";
import { SameTime } from "./same-time.ts";
import { type ChunkStatistics, finiteNumber, isLess } from "./statistics.ts";

/** Buckets `firstBucket` … `endBucket` − 1 of these. */
export interface FoldWindow {
  readonly edges: Edges;
  readonly firstBucket: number;
  readonly endBucket: number;
  /** Now: the last value holds until here, not into the future. */
  readonly asOfMs: number;
}

/** What is asked of one series, and how it is to be read. */
export interface FoldQuestion {
  readonly aggregates: readonly BucketAggregate[];
  /** `sloped`: between two Good numbers it goes straight from one to the other (Part 13 §4.2.1.2, Part 11 `Stepped`). */
  readonly interpolation?: "stepped" | "sloped" | undefined;
  /** For delta; undefined: it may fall as well as rise. */
  readonly counter?: Counter | undefined;
  /** For durationInState; undefined: whatever is not zero. */
  readonly state?: string | undefined;
}

interface Sample {
  readonly timeMs: number;
  readonly value: Value;
  readonly good: boolean;
}

interface Line {
  readonly fromMs: number;
  readonly toMs: number;
  readonly from: number;
  readonly to: number;
}

/**
 * Folds one series' samples, ordered by time, into buckets, for several aggregates at once. A value holds
 * until the next sample (stepped, unless the question says otherwise); the value before the window holds
 * into it. Only Good values count (OPC UA Part 13 §4.2.1.2, TreatUncertainAsBad). A bucket that is good
 * throughout is Good, one with good and other time Uncertain_DataSubNormal, one without good time null and
 * Bad_NoData. minimum, maximum, range, first and last see every value in force at some time in the bucket,
 * the one that holds on from before too (Part 13 calls these Minimum2, Maximum2), so that a value recorded
 * on change is no gap. What each aggregate is: docs/decisions/035.
 */
export class SeriesFold {
  readonly #question: FoldQuestion;
  readonly #window: FoldWindow;
  readonly #outages: Outages;
  readonly #sloped: boolean;
  /** A sample that was sent twice is one; only where they are counted does it matter. */
  readonly #repeats: SameTime | undefined;
  readonly #points: readonly HistoryPoint[][];
  #number: number;
  #bucket: Bucket;
  #bucketEndMs: number;
  #now: number;
  #held: Sample | undefined;
  /** The newest Good number, also one that is no longer in force: what delta goes on from. */
  #reading: Countable | undefined;
  /** Where this bucket's difference began, and what a counter has counted in it. */
  #begunAt: Countable | undefined;
  #counted: Countable | undefined;

  constructor(question: FoldQuestion, window: FoldWindow, outages: Outages) {
    this.#question = question;
    this.#window = window;
    this.#outages = outages;
    this.#sloped = question.interpolation === "sloped";
    const counts = question.aggregates.includes("count") || question.aggregates.includes("average");
    this.#repeats = counts ? new SameTime() : undefined;
    this.#points = question.aggregates.map(() => []);
    this.#number = window.firstBucket;
    this.#bucket = new Bucket(this.startMs, question.state);
    this.#bucketEndMs = this.#startOf(this.#number + 1);
    this.#now = this.startMs;
  }

  get startMs(): number {
    return this.#startOf(this.#window.firstBucket);
  }

  get endMs(): number {
    return this.#startOf(this.#window.endBucket);
  }

  /** The first sample after the window is of use. */
  get looksAhead(): boolean {
    return this.#sloped;
  }

  /** What was counted last before the window is of use, and `before` did not tell: see lookBack. */
  get looksBack(): boolean {
    return this.#question.aggregates.includes("delta") && this.#reading === undefined;
  }

  #startOf(bucket: number): number {
    return this.#window.edges.at(Math.min(bucket, this.#window.edges.count));
  }

  /** The last sample before the window. */
  before(timeMs: number, value: Value, status: number): void {
    this.#held = { timeMs, value, good: isGood(status) };
    this.lookBack(value, status);
  }

  /** Samples before the window, newest first, until one is of use; true: this one is. See looksBack. */
  lookBack(value: Value, status: number): boolean {
    if (!isGood(status)) return false;
    this.#reading = countable(value);
    this.#begunAt = this.#reading;
    return this.#reading !== undefined;
  }

  /** The next sample, startMs ≤ time < endMs. */
  sample(timeMs: number, value: Value, status: number): void {
    if (this.#repeats?.isRepeat(timeMs, value, status)) return;
    const next = { timeMs, value, good: isGood(status) };
    this.#settle(timeMs, next);
    this.#held = next;
    if (!next.good) return;
    this.#bucket.sample(value, timeMs);
    this.#read(value);
  }

  /** Whether these statistics can stand for the samples: whole, in one bucket, no outage within. */
  canTake(startMs: number, endMs: number, statistics: ChunkStatistics): boolean {
    if (!statistics.whole || startMs < this.#now || endMs >= this.endMs) return false;
    if (this.#outages.nextFrom(startMs) < endMs) return false;
    const bucket = bucketAt(this.#window.edges, startMs);
    if (endMs >= this.#startOf(bucket + 1)) return false;
    return this.#question.aggregates.every((aggregate) => this.#isTold(aggregate, bucket, startMs, statistics));
  }

  #isTold(aggregate: BucketAggregate, bucket: number, startMs: number, statistics: ChunkStatistics): boolean {
    const { minimum, maximum } = statistics;
    if (!isLess(minimum, maximum)) return aggregate !== "interpolative" || startMs > this.#startOf(bucket);
    const known = bucket === this.#number ? this.#bucket : undefined;
    switch (aggregate) {
      case "timeAverage":
        return !this.#sloped;
      case "interpolative":
        // Of several samples at the very edge the last one counts.
        return startMs > this.#startOf(bucket);
      case "minimumActualTime":
        return known !== undefined && known.minimum !== null && !isLess(minimum, known.minimum);
      case "maximumActualTime":
        return known !== undefined && known.maximum !== null && !isLess(known.maximum, maximum);
      case "delta":
        return this.#question.counter === undefined;
      case "durationInState":
        return false;
      default:
        return true;
    }
  }

  /** Instead of the samples of a chunk that `canTake` agreed to. */
  take(startMs: number, endMs: number, statistics: ChunkStatistics): void {
    this.#settle(startMs, { timeMs: startMs, value: statistics.first, good: true });
    this.#bucket.take(statistics, startMs);
    this.#read(statistics.first);
    this.#read(statistics.last);
    this.#now = endMs;
    this.#held = { timeMs: endMs, value: statistics.last, good: true };
  }

  /** After the last sample: one point a bucket for each aggregate, in their order. `next`: see looksAhead. */
  finish(next?: {
    readonly timeMs: number;
    readonly value: Value;
    readonly status: number;
  }): readonly (readonly HistoryPoint[])[] {
    const after = next && { timeMs: next.timeMs, value: next.value, good: isGood(next.status) };
    this.#settle(Math.min(this.endMs, Math.max(this.#window.asOfMs, this.#now)), after);
    while (this.#number < this.#window.endBucket) this.#close();
    return this.#points;
  }

  /** What is in force until then; `next` is the sample that ends it. */
  #settle(untilMs: number, next: Sample | undefined): void {
    const held = this.#held;
    if (held?.good) {
      const cutMs = this.#outages.nextFrom(held.timeMs);
      const line = this.#sloped && next && cutMs >= next.timeMs ? lineBetween(held, next) : undefined;
      this.#pass(held.value, Math.min(untilMs, cutMs), line);
    }
    this.#pass(null, untilMs, undefined);
  }

  /** Time goes on with this value in force, on a line where there is one; null: nothing good. */
  #pass(value: Value, untilMs: number, line: Line | undefined): void {
    const isGuess = this.#sloped && line === undefined;
    while (this.#now < untilMs) {
      const [fromMs, toMs] = [this.#now, Math.min(untilMs, this.#bucketEndMs)];
      const [from, to] = line ? [valueAt(line, fromMs), valueAt(line, toMs)] : [value, value];
      const status = isGuess && this.#heldMs < fromMs ? Status.Uncertain_DataSubNormal : Status.Good;
      this.#bucket.spend(value, { fromMs, toMs, from, to }, status);
      if (countable(value) !== undefined) this.#note();
      this.#now = toMs;
      if (toMs >= this.#bucketEndMs) this.#close();
    }
  }

  get #heldMs(): number {
    return this.#held?.timeMs ?? Number.NEGATIVE_INFINITY;
  }

  /** A Good value moves the difference on. */
  #read(value: Value): void {
    const to = countable(value);
    if (to === undefined) return;
    const { counter } = this.#question;
    const from = this.#reading ?? to;
    this.#begunAt ??= to;
    if (counter) {
      const step = counted(counter, from, to);
      this.#counted = this.#counted === undefined ? step : together(this.#counted, step);
    }
    this.#reading = to;
    this.#note();
  }

  #note(): void {
    if (this.#reading === undefined || this.#begunAt === undefined) return;
    const risen = difference(this.#begunAt, this.#reading);
    this.#bucket.count(this.#question.counter ? (this.#counted ?? difference(this.#reading, this.#reading)) : risen);
  }

  #close(): void {
    for (const [i, aggregate] of this.#question.aggregates.entries()) {
      this.#points[i]?.push(this.#bucket.point(aggregate));
    }
    this.#number++;
    this.#bucket = new Bucket(this.#startOf(this.#number), this.#question.state);
    this.#bucketEndMs = this.#startOf(this.#number + 1);
    this.#begunAt = this.#reading;
    this.#counted = undefined;
  }
}

/** Undefined where one of both is no number that a line could be drawn to. */
function lineBetween(one: Sample, other: Sample): Line | undefined {
  const [from, to] = [finiteNumber(one.value), finiteNumber(other.value)];
  if (!other.good || from === undefined || to === undefined || typeof one.value === "boolean") return undefined;
  return { fromMs: one.timeMs, toMs: other.timeMs, from, to };
}

function valueAt({ fromMs, toMs, from, to }: Line, atMs: number): number {
  return atMs >= toMs ? to : from + (to - from) * ((atMs - fromMs) / (toMs - fromMs));
}
