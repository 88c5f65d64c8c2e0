import { weightOf } from "../../core/history/samples.ts";
import type { Value } from "../../core/value.ts";
import type { SampleBlock } from "./messages.ts";
import { packValues } from "./packed-values.ts";

/** Texts and bytes that may wait, all together. */
const maxWaitingBytes = 64 * 1024 * 1024;
const firstCapacity = 1024;

/**
 * Samples that wait for the disk: a ring of columns that grows to its limit and then lets the oldest
 * go. `dropped` counts those.
 */
export class SampleQueue {
  readonly #limit: number;
  #handles = new Uint32Array(firstCapacity);
  #times = new Float64Array(firstCapacity);
  #statuses = new Uint32Array(firstCapacity);
  #values: Value[] = new Array<Value>(firstCapacity).fill(null);
  #first = 0;
  #weight = 0;
  length = 0;
  dropped = 0;
  /** All that ever came. */
  pushed = 0;

  /** @param limit samples, at least 1. */
  constructor(limit: number) {
    this.#limit = Math.max(1, limit);
  }

  push(handle: number, value: Value, status: number, timeMs: number): void {
    const weight = weightOf(value);
    while (this.length > 0 && (this.length >= this.#limit || this.#weight + weight > maxWaitingBytes))
      this.#dropOldest();
    if (this.length === this.#handles.length) this.#grow();
    const at = this.#slot(this.length);
    this.#handles[at] = handle;
    this.#times[at] = timeMs;
    this.#statuses[at] = status;
    this.#values[at] = value;
    this.#weight += weight;
    this.length++;
    this.pushed++;
  }

  #slot(offset: number): number {
    return (this.#first + offset) % this.#handles.length;
  }

  #dropOldest(): void {
    this.#forget(1);
    this.dropped++;
  }

  #forget(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#weight -= weightOf(this.#values[this.#first] ?? null);
      this.#values[this.#first] = null;
      this.#first = this.#slot(1);
    }
    this.length -= count;
  }

  #grow(): void {
    const capacity = this.#handles.length * 2;
    const order = Array.from({ length: this.length }, (_, i) => this.#slot(i));
    this.#handles = moved(this.#handles, new Uint32Array(capacity), order);
    this.#times = moved(this.#times, new Float64Array(capacity), order);
    this.#statuses = moved(this.#statuses, new Uint32Array(capacity), order);
    this.#values = moved(this.#values, new Array<Value>(capacity).fill(null), order);
    this.#first = 0;
  }

  /** Takes out the oldest, `max` at most. */
  take(max: number): SampleBlock {
    const count = Math.min(max, this.length);
    const handles = new Uint32Array(count);
    const times = new Float64Array(count);
    const statuses = new Uint32Array(count);
    const values: Value[] = new Array(count);
    for (let i = 0; i < count; i++) {
      const at = this.#slot(i);
      handles[i] = this.#handles[at] as number;
      times[i] = this.#times[at] as number;
      statuses[i] = this.#statuses[at] as number;
      values[i] = this.#values[at] ?? null;
    }
    this.#forget(count);
    return { handles, times, statuses, values: packValues(values) };
  }
}

/** The cells of `from` in this order, at the beginning of `to`. */
function moved<Column extends { [index: number]: unknown }>(
  from: Column,
  to: Column,
  order: readonly number[],
): Column {
  for (let i = 0; i < order.length; i++) to[i] = from[order[i] as number];
  return to;
}
