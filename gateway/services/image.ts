import type { Clock } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { BatchBuilder, type Sample, type SampleBatch } from "../core/sample.ts";
import { isBad, isGood, Status } from "../core/status.ts";
import { sameValue, type Value } from "../core/value.ts";
import type { LiveValues } from "./use-cases.ts";

/** Computes tags from others, in the same breath in which those change. */
export interface Deriver {
  /** Of a derived tag: handles of the tags of devices that it stands on in the end; undefined: not computed. */
  roots(handle: number): readonly number[] | undefined;
  /** Tells what becomes of the tags that stand on these; `take` answers whether that is news, and never throws. */
  follow(changed: readonly number[], take: TakeRow): void;
}

export type TakeRow = (handle: number, value: Value, status: number, sourceTime: number) => boolean;

/**
 * The last sample of every tag, in columns under dense handles. Only acquisition and the deriver write it; a row
 * that changes neither value nor status only proves its channel alive and goes no further.
 */
export class Image implements LiveValues {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #values: Value[];
  readonly #statuses: Uint32Array;
  readonly #sourceTimes: Float64Array;
  readonly #serverTimes: Float64Array;
  /** In which step a tag was last set; what is computed follows each step. */
  readonly #steps: Float64Array;
  #step = 0;
  /** Monotonic ms of the last proof of life; NaN: never (R16). */
  readonly #confirmed: Float64Array;
  /** Monotonic ms of the last value that proved nothing and is only shown; NaN: none. */
  readonly #shown: Float64Array;
  readonly #goodValues: Value[];
  readonly #goodTimes: Float64Array;
  readonly #listeners = new Set<(batch: SampleBatch) => void>();
  #deriver: Deriver | undefined;

  constructor(tags: number, clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
    this.#values = new Array<Value>(tags).fill(null);
    this.#statuses = new Uint32Array(tags).fill(Status.Bad_WaitingForInitialData);
    this.#sourceTimes = new Float64Array(tags);
    this.#serverTimes = new Float64Array(tags);
    this.#steps = new Float64Array(tags);
    this.#confirmed = new Float64Array(tags).fill(Number.NaN);
    this.#shown = new Float64Array(tags).fill(Number.NaN);
    this.#goodValues = new Array<Value>(tags).fill(null);
    this.#goodTimes = new Float64Array(tags);
  }

  sample(handle: number): Sample | undefined {
    const serverTime = this.#serverTimes[handle];
    if (!serverTime) return undefined;
    return {
      value: this.#values[handle] ?? null,
      status: this.#statuses[handle] ?? Status.Bad_WaitingForInitialData,
      sourceTime: this.#sourceTimes[handle] ?? serverTime,
      serverTime,
    };
  }

  status(handle: number): number {
    return this.#statuses[handle] ?? Status.Bad_WaitingForInitialData;
  }

  /** The monotonic clock of all ages here: who goes over many tags looks at it once. */
  nowMs(): number {
    return this.#clock.monotonicMs();
  }

  /** Milliseconds since the tag's channel was last proven alive; Infinity: never. */
  confirmedAgeMs(handle: number, nowMs = this.nowMs()): number {
    const roots = this.#deriver?.roots(handle);
    // A derived tag is as fresh as the oldest of what it stands on (R16).
    if (roots) return roots.reduce((oldest, root) => Math.max(oldest, this.confirmedAgeMs(root, nowMs)), 0);
    const at = this.#confirmed[handle];
    return at === undefined || Number.isNaN(at) ? Number.POSITIVE_INFINITY : nowMs - at;
  }

  /** How long the present value may still be shown is counted from here; Infinity: from nowhere. */
  shownAgeMs(handle: number, nowMs = this.nowMs()): number {
    const at = this.#shown[handle];
    const age = at === undefined || Number.isNaN(at) ? Number.POSITIVE_INFINITY : nowMs - at;
    return Math.min(age, this.confirmedAgeMs(handle, nowMs));
  }

  confirmedAt(handle: number): number | undefined {
    const age = this.confirmedAgeMs(handle);
    return Number.isFinite(age) ? this.#clock.wallMs() - age : undefined;
  }

  lastGood(handle: number): Sample | undefined {
    const time = this.#goodTimes[handle];
    if (!time || isGood(this.status(handle))) return undefined;
    return { value: this.#goodValues[handle] ?? null, status: Status.Good, sourceTime: time, serverTime: time };
  }

  confirm(handle: number, nowMs = this.nowMs()): void {
    this.#confirmed[handle] = nowMs;
  }

  /** A value that is no proof of life is shown for a while all the same. */
  show(handle: number): void {
    this.#shown[handle] = this.#clock.monotonicMs();
  }

  /** Before the first batch. */
  deriveWith(deriver: Deriver): void {
    this.#deriver = deriver;
  }

  onBatch(listener: (batch: SampleBatch) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes a batch in; listeners hear of the rows that changed, and of what was computed from them, in one batch of
   * their own: nobody ever sees a tag beside a value that was computed from its last one.
   */
  apply(batch: SampleBatch): void {
    const changed = new BatchBuilder();
    const handles: number[] = [];
    const take: TakeRow = (handle, given, status, sourceTime) => {
      const value = isBad(status) ? null : given;
      if (!this.#set(handle, value, status, sourceTime, batch.serverTime)) return false;
      changed.push(handle, value, status, sourceTime);
      return true;
    };
    this.#step++;
    for (let row = 0; row < batch.length; row++) {
      const handle = batch.handles[row] as number;
      const value = batch.values[row] ?? null;
      // The second value of a tag: whatever counts or looks for the highest must have seen the first.
      if (this.#steps[handle] === this.#step) {
        this.#follow(handles.splice(0), take);
        this.#step++;
      }
      this.#steps[handle] = this.#step;
      if (take(handle, value, batch.statuses[row] as number, batch.sourceTimes[row] as number)) handles.push(handle);
    }
    if (changed.length === 0) return;
    this.#follow(handles, take);
    const out = changed.build(batch.serverTime);
    for (const listener of this.#listeners) this.#tell(listener, out);
  }

  #follow(handles: readonly number[], take: TakeRow): void {
    try {
      this.#deriver?.follow(handles, take);
    } catch (error) {
      this.#log.error({ err: error }, "computing tags failed");
    }
  }

  /** @returns whether it is news. */
  #set(handle: number, value: Value, status: number, sourceTime: number, serverTime: number): boolean {
    const first = this.#serverTimes[handle] === 0;
    if (!first && this.#statuses[handle] === status && sameValue(this.#values[handle] ?? null, value)) return false;
    this.#values[handle] = value;
    this.#statuses[handle] = status;
    this.#sourceTimes[handle] = sourceTime;
    this.#serverTimes[handle] = serverTime;
    if (isGood(status)) {
      this.#goodValues[handle] = value;
      this.#goodTimes[handle] = sourceTime;
    }
    return true;
  }

  #tell(listener: (batch: SampleBatch) => void, batch: SampleBatch): void {
    try {
      listener(batch);
    } catch (error) {
      // One consumer's fault must not keep the sample from the others.
      this.#log.error({ err: error }, "a consumer of samples failed");
    }
  }
}
