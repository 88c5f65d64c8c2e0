import type { OverTime } from "../plant.ts";
import type { Period, Periods } from "./periods.ts";

/** What holds now: undefined where it is not Good, so that nothing is made of it. */
export type Held = number | bigint | boolean | undefined;

/** A stretch of time for which nothing was known, UTC ms. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Everything that an accumulator remembers, as it survives a restart. */
export interface Kept {
  readonly value: number | undefined;
  /** When counting began: the first moment that was known of; undefined: nothing yet. */
  readonly sinceMs: number | undefined;
  /** Accounted up to here. */
  readonly atMs: number;
  readonly periodStartMs: number;
  /** Of this period, or since it counts where it never begins anew: time for which nothing was known; without the stretch that is still open. */
  readonly missedMs: number;
  readonly gap: Gap | undefined;
  /** How often a counter went back without a roll-over. */
  readonly resets: number;
  /** Where the stretch that nothing is known of began. */
  readonly unknownFromMs: number | undefined;
  /** Of a counter: what it read last. */
  readonly reading: number | bigint | undefined;
}

/** How a value over time came to be. */
export interface Account {
  readonly sinceMs: number | undefined;
  readonly missedMs: number;
  readonly gap: Gap | undefined;
  readonly resets: number;
}

/** What a period ended with. */
export interface Closed {
  readonly value: number;
  readonly isComplete: boolean;
  readonly endMs: number;
}

/**
 * One function over time: total of a counter, integral, running time, minimum, maximum. It takes what holds (a value
 * holds until the next one, OPC UA Part 13 "stepped") and never makes anything of a time for which nothing was known:
 * that time is counted as missed. All times are the gateway's own, in ms, and never go back.
 */
export class Accumulator {
  readonly #over: OverTime;
  readonly #periods: Periods;
  #period: Period;
  #now: Held = undefined;
  #value: number | undefined;
  #sinceMs: number | undefined;
  #atMs: number;
  #missedMs = 0;
  #gap: Gap | undefined;
  #unknownFromMs: number | undefined;
  #resets = 0;
  #reading: number | bigint | undefined;
  /** The stretch that is not known goes over the begin of a period, so nobody can say which one a counter's steps belong to. */
  #crossed = false;

  constructor(over: OverTime, periods: Periods, kept: Kept | undefined, nowMs: number) {
    this.#over = over;
    this.#periods = periods;
    const from = kept ? Math.min(kept.atMs, nowMs) : nowMs;
    this.#period = periods.at(over.each, from);
    this.#atMs = kept || over.each === "always" ? from : this.#period.startMs;
    this.#unknownFromMs = kept?.unknownFromMs ?? this.#atMs;
    this.#sinceMs = kept?.sinceMs;
    this.#gap = kept?.gap;
    this.#reading = kept?.reading;
    const isSame = kept && (over.each === "always" || kept.periodStartMs === this.#period.startMs);
    this.#value = isSame ? kept.value : this.#empty();
    if (!isSame) return;
    this.#missedMs = kept.missedMs;
    this.#resets = kept.resets;
  }

  /** undefined: nothing known in this period yet. */
  get value(): number | undefined {
    return this.#value;
  }

  /** Accounted up to here. */
  get atMs(): number {
    return this.#atMs;
  }

  /** Whether enough of the time that it stands for is known (Part 13, PercentDataGood). */
  get isComplete(): boolean {
    const from = this.#over.each === "always" ? (this.#sinceMs ?? this.#atMs) : this.#period.startMs;
    const lengthMs = this.#atMs - from;
    return lengthMs <= 0 || this.#missedMs + this.#openMs() <= (lengthMs * (100 - this.#over.percentGood)) / 100;
  }

  get account(): Account {
    const openMs = this.#openMs();
    const from = this.#unknownFromMs;
    const gap = openMs > 0 && from !== undefined ? { fromMs: from, toMs: this.#atMs } : this.#gap;
    return { sinceMs: this.#sinceMs, missedMs: this.#missedMs + openMs, gap, resets: this.#resets };
  }

  get kept(): Kept {
    return {
      value: this.#value,
      sinceMs: this.#sinceMs,
      atMs: this.#atMs,
      periodStartMs: this.#period.startMs,
      missedMs: this.#missedMs,
      gap: this.#gap,
      resets: this.#resets,
      unknownFromMs: this.#unknownFromMs,
      reading: this.#reading,
    };
  }

  /** From `atMs` on this holds; what held before held until then. @returns what ended meanwhile. */
  take(held: Held, atMs: number): readonly Closed[] {
    const closed = this.advance(atMs);
    if (held === undefined) this.#unknownFromMs ??= this.#atMs;
    else this.#known(held);
    this.#now = held;
    return closed;
  }

  /** Accounts for the time up to `toMs` by what holds. @returns what ended meanwhile. */
  advance(toMs: number): readonly Closed[] {
    const closed: Closed[] = [];
    while (toMs >= this.#period.endMs) {
      const { endMs } = this.#period;
      this.#hold(endMs);
      if (this.#now !== undefined && this.#value !== undefined)
        closed.push({ value: this.#value, isComplete: this.isComplete, endMs });
      // Of periods that went by unseen there is nothing to say.
      this.#begin(this.#periods.at(this.#over.each, this.#now === undefined ? toMs : endMs));
    }
    this.#hold(toMs);
    return closed;
  }

  /** The clock went on to `untilMs` without anybody looking: that time is missing. */
  interrupt(untilMs: number): void {
    const held = this.#now;
    this.take(undefined, this.#atMs);
    this.advance(untilMs);
    if (held !== undefined) this.take(held, untilMs);
  }

  /** The clock was set back: time goes on from there, and what was counted stays counted. */
  setBack(toMs: number): void {
    this.#atMs = Math.min(this.#atMs, toMs);
    if (this.#unknownFromMs !== undefined) this.#unknownFromMs = Math.min(this.#unknownFromMs, toMs);
  }

  #begin(period: Period): void {
    this.#period = period;
    this.#atMs = Math.max(this.#atMs, period.startMs);
    this.#missedMs = 0;
    this.#resets = 0;
    this.#value = isExtreme(this.#over) && typeof this.#now === "number" ? this.#now : this.#empty();
    if (this.#now === undefined) this.#crossed = true;
  }

  #empty(): number | undefined {
    return isExtreme(this.#over) ? undefined : 0;
  }

  #hold(toMs: number): void {
    const spanMs = toMs - this.#atMs;
    if (spanMs <= 0) return;
    this.#atMs = toMs;
    const units = spanMs / this.#over.timeUnitMs;
    if (this.#over.function === "integral" && this.#now !== undefined)
      this.#value = (this.#value ?? 0) + Number(this.#now) * units;
    if (this.#over.function === "runningTime" && this.#now === true) this.#value = (this.#value ?? 0) + units;
  }

  #known(held: Exclude<Held, undefined>): void {
    const isBridged = this.#over.function === "total" && typeof held !== "boolean" && this.#count(held);
    if (this.#unknownFromMs !== undefined && !isBridged) {
      this.#missedMs += this.#openMs();
      if (this.#sinceMs !== undefined && this.#atMs > this.#unknownFromMs)
        this.#gap = { fromMs: this.#unknownFromMs, toMs: this.#atMs };
    }
    if (this.#over.function === "minimum")
      this.#value = Math.min(this.#value ?? Number.POSITIVE_INFINITY, Number(held));
    if (this.#over.function === "maximum")
      this.#value = Math.max(this.#value ?? Number.NEGATIVE_INFINITY, Number(held));
    this.#sinceMs ??= this.#atMs;
    this.#unknownFromMs = undefined;
    this.#crossed = false;
  }

  /** A counter goes on while nobody looks. @returns whether nothing of its way is missing. */
  #count(reading: number | bigint): boolean {
    const before = this.#reading;
    this.#reading = reading;
    if (before === undefined || this.#crossed) return false;
    const steps = this.#steps(before, reading);
    if (steps === undefined) this.#resets++;
    else this.#value = (this.#value ?? 0) + steps;
    return steps !== undefined;
  }

  /** How far a counter went; undefined: it went back, and nobody can say how far it had come. */
  #steps(before: number | bigint, now: number | bigint): number | undefined {
    const exact = typeof before === "bigint" && typeof now === "bigint";
    const difference = exact ? Number(now - before) : Number(now) - Number(before);
    if (difference >= 0) return difference;
    const { rollOver } = this.#over;
    // In a gap it may as well have been reset. Past half of its range it did not roll over either: it went back.
    if (rollOver === undefined || this.#unknownFromMs !== undefined) return undefined;
    const steps = difference + rollOver;
    return steps >= 0 && steps <= rollOver / 2 ? steps : undefined;
  }

  /** Of the stretch that is not known, what is missing of this period. Before the first value nothing was promised. */
  #openMs(): number {
    if (this.#unknownFromMs === undefined) return 0;
    if (this.#over.each === "always" && this.#sinceMs === undefined) return 0;
    return Math.max(0, this.#atMs - Math.max(this.#unknownFromMs, this.#period.startMs));
  }
}

function isExtreme({ function: name }: OverTime): boolean {
  return name === "minimum" || name === "maximum";
}
