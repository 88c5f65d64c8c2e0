import type { Value } from "./value.ts";

/** One value of one tag at one moment. Times are milliseconds since 1970 UTC. */
export interface Sample {
  readonly value: Value;
  /** OPC UA StatusCode, all 32 bits, unsigned. */
  readonly status: number;
  /** When the device says that the value came to be; the gateway's receive time where it says nothing. */
  readonly sourceTime: number;
  /** When the gateway took it in. */
  readonly serverTime: number;
}

/**
 * Samples travel in batches: four columns of the same length and one receive time. A consumer must
 * not keep or change the columns after its handler returned, but may keep the batch object itself
 * for reading: batches are never reused.
 */
export interface SampleBatch {
  readonly length: number;
  /** Dense tag handles, an index into `Plant.tags`. */
  readonly handles: Uint32Array;
  readonly values: readonly Value[];
  readonly statuses: Uint32Array;
  readonly sourceTimes: Float64Array;
  readonly serverTime: number;
}

/** Collects rows and freezes them into a batch. */
export class BatchBuilder {
  #handles: number[] = [];
  #values: Value[] = [];
  #statuses: number[] = [];
  #sourceTimes: number[] = [];

  get length(): number {
    return this.#handles.length;
  }

  push(handle: number, value: Value, status: number, sourceTime: number): void {
    this.#handles.push(handle);
    this.#values.push(value);
    this.#statuses.push(status);
    this.#sourceTimes.push(sourceTime);
  }

  build(serverTime: number): SampleBatch {
    return {
      length: this.#handles.length,
      handles: Uint32Array.from(this.#handles),
      values: this.#values,
      statuses: Uint32Array.from(this.#statuses),
      sourceTimes: Float64Array.from(this.#sourceTimes),
      serverTime,
    };
  }
}
