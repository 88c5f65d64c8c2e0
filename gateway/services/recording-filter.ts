import type { Clock } from "../core/clock.ts";
import {
  judgeSample,
  provenUntil,
  type RecordedLast,
  type RecordingRule,
  type RecordingSample,
  recordedHeld,
  recordedNow,
} from "../core/history/recording.ts";
import { BatchBuilder, type SampleBatch } from "../core/sample.ts";
import type { LiveValues } from "./use-cases.ts";

export interface FilteredTag {
  readonly handle: number;
  /** undefined: every change is recorded. */
  readonly rule: RecordingRule | undefined;
  /** In which a change may be on its way without being here yet, ms. */
  readonly periodMs: number;
}

interface Ruled {
  readonly handle: number;
  readonly rule: RecordingRule;
  readonly periodMs: number;
  /** undefined: the next one is recorded whatever it is. */
  last: RecordedLast | undefined;
  /** Monotonic ms when that was recorded. */
  atMs: number;
  held: RecordingSample | undefined;
}

/** What of the live samples goes into the history; the live image and whoever watches it see all of them. */
export class RecordingFilter {
  readonly #wanted: ReadonlySet<number>;
  /** Nothing is left out, so batches go through as they are. */
  readonly #passesAll: boolean;
  readonly #ruled: ReadonlyMap<number, Ruled>;
  readonly #values: LiveValues;
  readonly #clock: Clock;

  /** @param tags those that are recorded. @param plantTags how many there are in all. */
  constructor(tags: readonly FilteredTag[], plantTags: number, values: LiveValues, clock: Clock) {
    this.#wanted = new Set(tags.map(({ handle }) => handle));
    this.#ruled = new Map(tags.flatMap((tag) => ruledOf(tag)));
    this.#passesAll = this.#wanted.size === plantTags && this.#ruled.size === 0;
    this.#values = values;
    this.#clock = clock;
  }

  /** How often `due` has something to do, ms; undefined: never. */
  get everyMs(): number | undefined {
    const waits = [...this.#ruled.values()].flatMap(({ rule }) => [
      ...(rule.minIntervalMs > 0 ? [rule.minIntervalMs] : []),
      ...(rule.maxIntervalMs === undefined ? [] : [rule.maxIntervalMs]),
    ]);
    return waits.length === 0 ? undefined : Math.min(1000, Math.max(100, Math.min(...waits)));
  }

  /** @returns what of it is recorded now; undefined: nothing. */
  pass(batch: SampleBatch): SampleBatch | undefined {
    if (this.#passesAll) return batch;
    const kept = new BatchBuilder();
    const nowMs = this.#clock.monotonicMs();
    for (let row = 0; row < batch.length; row++) {
      const handle = batch.handles[row] as number;
      if (!this.#wanted.has(handle)) continue;
      const sample = {
        value: batch.values[row] ?? null,
        status: batch.statuses[row] as number,
        timeMs: batch.sourceTimes[row] as number,
      };
      const ruled = this.#ruled.get(handle);
      if (ruled) judge(ruled, sample, nowMs, kept);
      else push(kept, handle, sample);
    }
    return kept.length === 0 ? undefined : kept.build(batch.serverTime);
  }

  /** What had to wait and now may, and proof of life of what is steady; undefined: nothing. To be called every `everyMs`. */
  due(): SampleBatch | undefined {
    const kept = new BatchBuilder();
    const nowMs = this.#clock.monotonicMs();
    for (const ruled of this.#ruled.values()) {
      if (ruled.held && nowMs - ruled.atMs >= ruled.rule.minIntervalMs) release(ruled, nowMs, kept);
      else if (!ruled.held) this.#prove(ruled, nowMs, kept);
    }
    return kept.length === 0 ? undefined : kept.build(this.#clock.wallMs());
  }

  /** Everything that waits, at the end; undefined: nothing. */
  rest(): SampleBatch | undefined {
    const kept = new BatchBuilder();
    for (const ruled of this.#ruled.values()) if (ruled.held) release(ruled, this.#clock.monotonicMs(), kept);
    return kept.length === 0 ? undefined : kept.build(this.#clock.wallMs());
  }

  #prove(ruled: Ruled, nowMs: number, kept: BatchBuilder): void {
    const { handle, rule, last, atMs, periodMs } = ruled;
    if (!last || rule.maxIntervalMs === undefined || nowMs - atMs < rule.maxIntervalMs) return;
    const live = this.#values.sample(handle);
    // Silence is no proof; its own end, a change of quality, is recorded by itself.
    if (!live || live.status !== last.status) return;
    const heardAfterMs = nowMs - this.#values.confirmedAgeMs(handle) - atMs;
    if (heardAfterMs <= 0) return;
    const timeMs = provenUntil(last, Math.max(last.timeMs, live.sourceTime), heardAfterMs, periodMs);
    if (timeMs === undefined) return;
    const sample = { value: live.value, status: live.status, timeMs };
    push(kept, handle, sample);
    ruled.last = recordedNow(sample);
    ruled.atMs = nowMs;
  }
}

function ruledOf({ handle, rule, periodMs }: FilteredTag): [number, Ruled][] {
  return rule ? [[handle, { handle, rule, periodMs, last: undefined, atMs: 0, held: undefined }]] : [];
}

function judge(ruled: Ruled, sample: RecordingSample, nowMs: number, kept: BatchBuilder): void {
  const { rule, last } = ruled;
  switch (judgeSample(rule, last, sample)) {
    case "hold":
      ruled.held = sample;
      return;
    case "drop":
      ruled.held = undefined;
      return;
    case "record":
      // What a value was just before its quality changed is worth more than a rare record.
      if (ruled.held && last && (sample.status !== last.status || sample.timeMs < last.timeMs))
        push(kept, ruled.handle, ruled.held);
      push(kept, ruled.handle, sample);
      ruled.held = undefined;
      ruled.atMs = nowMs;
      // After one from before, or a clock that went back, it is not known what stands last: the next one is recorded.
      ruled.last = last && sample.timeMs < last.timeMs ? undefined : recordedNow(sample);
  }
}

function release(ruled: Ruled, nowMs: number, kept: BatchBuilder): void {
  const { held, last, rule } = ruled;
  if (!held) return;
  push(kept, ruled.handle, held);
  ruled.last = last ? recordedHeld(rule, last, held) : recordedNow(held);
  ruled.held = undefined;
  ruled.atMs = nowMs;
}

function push(kept: BatchBuilder, handle: number, { value, status, timeMs }: RecordingSample): void {
  kept.push(handle, value, status, timeMs);
}
