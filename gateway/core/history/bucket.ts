import type { BucketAggregate, HistoryPoint } from "../history-port.ts";
import { Status } from "../status.ts";
import { toJson, type Value } from "../value.ts";
import { type Countable, countable, difference } from "./counter.ts";
import type { ChunkStatistics } from "./statistics.ts";
import { finiteNumber, isLess } from "./statistics.ts";

/** How the time of a bucket was spent, for those aggregates that can count with the same values. */
class Share {
  goodMs = 0;
  /** Without a Good value that suits. */
  badMs = 0;

  add(suits: boolean, ms: number): void {
    if (suits) this.goodMs += ms;
    else this.badMs += ms;
  }

  get status(): number {
    return this.badMs > 0 ? Status.Uncertain_DataSubNormal : Status.Good;
  }
}

/** One stretch of a line, or of one value where both are the same. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly from: Value;
  readonly to: Value;
}

/** NaN is in no order, texts and bytes are in none that a limit could be of. */
function isOrdered(value: Value): boolean {
  return typeof value === "number" ? !Number.isNaN(value) : finiteNumber(value) !== undefined;
}

/** Whether a value is the one that was asked for; without one: whether it is not zero (DurationInStateNonZero). */
function isState(value: Value, state: string | undefined): boolean {
  if (value === null) return false;
  if (state !== undefined) return String(toJson(value)) === state;
  return typeof value === "string" ? value !== "" : Math.abs(Number(value)) > 0;
}

/** Everything that any aggregate needs to know of one bucket. */
export class Bucket {
  readonly startMs: number;
  readonly #state: string | undefined;
  /** Of any value; of those in an order; of finite numbers. */
  readonly #any = new Share();
  readonly #ordered = new Share();
  readonly #finite = new Share();
  #unsuited = false;
  #first: Value = null;
  #last: Value = null;
  #minimum: Value = null;
  #minimumMs = 0;
  #maximum: Value = null;
  #maximumMs = 0;
  /** First number; the integral and the sum are relative to it, so that a steady value averages to itself. */
  #reference = 0;
  #integral = 0;
  #stateMs = 0;
  #opening: readonly [Value, status: number] | undefined;
  #samples = 0;
  #numbers = 0;
  #sampleReference = 0;
  #sum = 0;
  /** What the bucket counts its difference from, and what was counted. */
  #delta: Countable | undefined;

  constructor(startMs: number, state: string | undefined) {
    this.startMs = startMs;
    this.#state = state;
  }

  get minimum(): Value {
    return this.#minimum;
  }

  get maximum(): Value {
    return this.#maximum;
  }

  /** A Good value that was recorded, or one from before that is still in force. */
  see(value: Value): void {
    if (value === null) return;
    if (typeof value === "string" || value instanceof Uint8Array) this.#unsuited = true;
    this.#first ??= value;
    this.#last = value;
  }

  /** A value that was reached at this time. */
  reach(value: Value, atMs: number): void {
    if (!isOrdered(value)) return;
    if (this.#minimum === null || isLess(value, this.#minimum)) {
      this.#minimum = value;
      this.#minimumMs = atMs;
    }
    if (this.#maximum === null || isLess(this.#maximum, value)) {
      this.#maximum = value;
      this.#maximumMs = atMs;
    }
  }

  /** One Good sample. */
  sample(value: Value, atMs: number): void {
    this.see(value);
    this.reach(value, atMs);
    if (value !== null) this.#samples++;
    const number = finiteNumber(value);
    if (number === undefined) return;
    if (this.#numbers === 0) this.#sampleReference = number;
    this.#numbers++;
    this.#sum += number - this.#sampleReference;
  }

  /** Time goes on; `recorded` is in force, what it reads as goes from one value to another. null: nothing Good. */
  spend(recorded: Value, { fromMs, toMs, from, to }: Stretch, status: number): void {
    const ms = toMs - fromMs;
    if (fromMs === this.startMs) this.#opening ??= from === null ? [null, Status.Bad_NoData] : [from, status];
    this.see(recorded);
    this.reach(from, fromMs);
    if (to !== from) this.reach(to, toMs);
    this.#any.add(recorded !== null, ms);
    this.#ordered.add(isOrdered(from), ms);
    if (isState(recorded, this.#state)) this.#stateMs += ms;
    const number = finiteNumber(from);
    if (number !== undefined) this.#integrate(number, to === from ? number : Number(to), ms);
    this.#finite.add(number !== undefined, ms);
  }

  #integrate(from: number, to: number, ms: number): void {
    if (this.#finite.goodMs === 0) this.#reference = from;
    this.#integral += ((from - this.#reference + (to - this.#reference)) / 2) * ms;
  }

  /** All samples of a chunk at once, each of them a finite number; see SeriesFold.canTake. */
  take(statistics: ChunkStatistics, startMs: number): void {
    const { first, goodCount, goodMs, integral, minimum, maximum, last, sum } = statistics;
    this.see(first);
    this.see(last);
    this.reach(minimum, startMs);
    this.reach(maximum, startMs);
    const number = Number(first);
    if (this.#numbers === 0) this.#sampleReference = number;
    const isFlat = !isLess(minimum, maximum);
    this.#sum += isFlat ? (number - this.#sampleReference) * goodCount : sum - this.#sampleReference * goodCount;
    this.#samples += goodCount;
    this.#numbers += goodCount;
    if (this.#finite.goodMs === 0) this.#reference = number;
    this.#integral += integral + (number - this.#reference) * goodMs;
    if (isState(first, this.#state)) this.#stateMs += goodMs;
    for (const share of [this.#any, this.#ordered, this.#finite]) share.add(true, goodMs);
  }

  /** What was counted in this bucket until now. */
  count(delta: Countable): void {
    this.#delta = delta;
  }

  point(aggregate: BucketAggregate): HistoryPoint {
    switch (aggregate) {
      case "timeAverage":
        return this.#timed(this.#finite, () => this.#reference + this.#integral / this.#finite.goodMs);
      case "average":
        return this.#average();
      case "interpolative":
        return [this.startMs, ...(this.#opening ?? [null, Status.Bad_NoData])];
      case "minimum":
        return this.#timed(this.#ordered, () => this.#minimum);
      case "maximum":
        return this.#timed(this.#ordered, () => this.#maximum);
      case "minimumActualTime":
        return this.#timed(this.#ordered, () => this.#minimum, this.#minimumMs);
      case "maximumActualTime":
        return this.#timed(this.#ordered, () => this.#maximum, this.#maximumMs);
      case "range":
        return this.#timed(this.#ordered, () => this.#range());
      case "first":
        return this.#timed(this.#any, () => this.#first);
      case "last":
        return this.#timed(this.#any, () => this.#last);
      case "count":
        return this.#isKnown ? [this.startMs, this.#samples, this.#any.status] : this.#nothing();
      case "delta":
        return this.#delta === undefined ? this.#noNumber() : [this.startMs, this.#delta, this.#finite.status];
      case "percentGood":
        return this.#isKnown ? [this.startMs, this.#percentGood(), Status.Good] : this.#nothing();
      case "durationInState":
        return this.#any.goodMs > 0 ? [this.startMs, this.#stateMs, this.#any.status] : this.#nothing();
    }
  }

  /** Some of it has passed. */
  get #isKnown(): boolean {
    return this.#samples > 0 || this.#any.goodMs + this.#any.badMs > 0;
  }

  #nothing(): HistoryPoint {
    return [this.startMs, null, Status.Bad_NoData];
  }

  #timed(share: Share, value: () => Value, atMs = this.startMs): HistoryPoint {
    if (share.goodMs > 0) return [atMs, value(), share.status];
    return share === this.#any ? this.#nothing() : this.#noNumber();
  }

  #noNumber(): HistoryPoint {
    return [this.startMs, null, this.#unsuited ? Status.Bad_NotSupported : Status.Bad_NoData];
  }

  #average(): HistoryPoint {
    if (this.#numbers === 0) return this.#noNumber();
    return [this.startMs, this.#sampleReference + this.#sum / this.#numbers, this.#finite.status];
  }

  #range(): Value {
    const [low, high] = [countableLimit(this.#minimum), countableLimit(this.#maximum)];
    // +Inf − +Inf would be no number.
    return low === high && typeof low === "number" ? 0 : difference(low, high);
  }

  #percentGood(): number {
    const { goodMs, badMs } = this.#any;
    return goodMs + badMs === 0 ? 100 : (100 * goodMs) / (goodMs + badMs);
  }
}

/** ±Inf has a place in the order too. */
function countableLimit(value: Value): Countable {
  return countable(value) ?? Number(value);
}
