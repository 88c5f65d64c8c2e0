import type { Value } from "../value.ts";
import { SameTime } from "./same-time.ts";
import { noSamples, type Samples, sliceSamples, weightOf } from "./samples.ts";

/** When the samples of a head become a chunk, and how large a chunk may get. */
export interface ChunkLimits {
  /** Samples that make a chunk worth a row. */
  readonly fullSamples: number;
  /** Weight of texts and bytes that does the same. */
  readonly fullBytes: number;
  readonly maxSamples: number;
  readonly maxSpanMs: number;
}

export const chunkLimits: ChunkLimits = {
  fullSamples: 120,
  fullBytes: 256 * 1024,
  maxSamples: 4096,
  maxSpanMs: 24 * 3_600_000,
};

/**
 * The newest samples of a series, committed in the journal and not yet in a chunk. They are kept as
 * they came and put in order when they are next looked at, so that a burst of late ones costs one
 * sort.
 */
export class Head {
  #samples: Samples = noSamples();
  #ordered = true;
  #repeats = new SameTime();
  #weight = 0;
  #cut = 0;
  /** Changed since the last checkpoint. */
  dirty = false;

  get length(): number {
    return this.#samples.times.length;
  }

  add(time: number, value: Value, status: number): void {
    const { times, values, statuses } = this.#samples;
    const last = times.at(-1);
    if (last !== undefined && time < last) this.#ordered = false;
    else if (this.#ordered && this.#repeats.isRepeat(time, value, status)) return;
    times.push(time);
    values.push(value);
    statuses.push(status);
    this.#weight += weightOf(value);
    this.dirty = true;
  }

  /** Ordered by time, equal times as they came, repeats gone. To be read at once, not kept. */
  get samples(): Samples {
    if (!this.#ordered) this.#order();
    return this.#samples;
  }

  /** What is here now shall not share a chunk with what comes: the gateway was away in between. */
  cut(): void {
    this.#cut = this.samples.times.length;
    this.dirty = this.dirty || this.#cut > 0;
  }

  #order(): void {
    const before = this.#samples;
    const cutTime = this.#cut > 0 ? (before.times[this.#cut - 1] as number) : undefined;
    const order = before.times
      .map((_, i) => i)
      .sort((a, b) => (before.times[a] as number) - (before.times[b] as number) || a - b);
    this.#samples = noSamples();
    this.#repeats = new SameTime();
    this.#ordered = true;
    this.#weight = 0;
    for (const i of order) this.add(before.times[i] as number, before.values[i] as Value, before.statuses[i] as number);
    this.#cut = cutTime === undefined ? 0 : this.#samples.times.findLastIndex((time) => time <= cutTime) + 1;
  }

  /** How the samples fall into full chunks, and what stays behind. Changes nothing. */
  split(limits: ChunkLimits): { readonly full: readonly Samples[]; readonly rest: Samples } {
    const all = this.samples;
    const full: Samples[] = [];
    let from = 0;
    while (from < all.times.length) {
      const to = this.#endOfChunk(from, limits);
      if (to === all.times.length && to !== this.#cut && !this.#isFull(to - from, limits)) break;
      full.push(sliceSamples(all, from, to));
      from = to;
    }
    return { full, rest: sliceSamples(all, from, all.times.length) };
  }

  #isFull(count: number, limits: ChunkLimits): boolean {
    return count >= limits.fullSamples || this.#weight >= limits.fullBytes;
  }

  #endOfChunk(from: number, limits: ChunkLimits): number {
    const { times, values } = this.#samples;
    const last = from < this.#cut ? this.#cut : times.length;
    let weight = 0;
    for (let to = from; to < last; to++) {
      const tooLong = (times[to] as number) - (times[from] as number) > limits.maxSpanMs;
      if (to > from && (to - from >= limits.maxSamples || tooLong || weight >= limits.fullBytes)) return to;
      weight += weightOf(values[to] as Value);
    }
    return last;
  }

  /** Takes the place of everything here, after the rest went to disk as the head's row. */
  replace(rest: Samples): void {
    this.#samples = noSamples();
    this.#repeats = new SameTime();
    this.#ordered = true;
    this.#weight = 0;
    this.#cut = 0;
    for (let i = 0; i < rest.times.length; i++) {
      this.add(rest.times[i] as number, rest.values[i] as Value, rest.statuses[i] as number);
    }
    this.dirty = false;
  }
}
