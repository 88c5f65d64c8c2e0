import type { Clock } from "../../core/clock.ts";
import type { Reading } from "../../core/driver-port.ts";
import type { Tag } from "../../core/plant.ts";
import { BatchBuilder, type Sample } from "../../core/sample.ts";
import { toEngineering } from "../../core/scaling.ts";
import { isBad, isGood, Status } from "../../core/status.ts";
import type { Image } from "../image.ts";

/** Statuses that say "nobody answered", not "the answer is bad": freshness judges these (R16). */
const silence = new Set<number>([
  Status.Bad_Timeout,
  Status.Bad_NoCommunication,
  Status.Bad_CommunicationError,
  Status.Bad_NotConnected,
  Status.Bad_ServerNotConnected,
]);

export function isSilence(status: number): boolean {
  return silence.has((status & 0xffff0000) >>> 0);
}

/** Turns what drivers bring into samples: scaling, times, and who was proven alive. */
export class Intake {
  readonly #tags: readonly Tag[];
  readonly #image: Image;
  readonly #clock: Clock;
  /** What a tag was before silence alone took its status from it. */
  readonly #overdue = new Map<number, Sample>();

  constructor(tags: readonly Tag[], image: Image, clock: Clock) {
    this.#tags = tags;
    this.#image = image;
    this.#clock = clock;
  }

  /** @returns how many points proved that the device lives; a silent one is left to freshness. */
  take(handles: readonly number[], readings: readonly Reading[]): number {
    const now = this.#clock.wallMs();
    const nowMs = this.#image.nowMs();
    const batch = new BatchBuilder();
    let answered = 0;
    for (let i = 0; i < handles.length; i++) {
      const reading = readings[i];
      const handle = handles[i] as number;
      const tag = this.#tags[handle];
      if (!reading || !tag || isSilence(reading.status)) continue;
      this.#overdue.delete(handle);
      if (!reading.unproven) {
        answered++;
        this.#image.confirm(handle, nowMs);
      } else if (isBad(this.#image.status(handle))) this.#image.show(handle);
      const { value, status, sourceTime } = this.toSample(tag, reading, now);
      batch.push(handle, value, status, sourceTime);
    }
    if (batch.length > 0) this.#image.apply(batch.build(now));
    return answered;
  }

  /**
   * A reading as a sample in engineering units; no value with a Bad status. A source time in the future
   * is a wrong clock: believed, it would carry a value into a slot that begins later.
   */
  toSample(tag: Tag, reading: Reading, now: number): Sample {
    const value = isBad(reading.status) ? null : toEngineering(tag, reading.value);
    return { value, status: reading.status, sourceTime: Math.min(reading.sourceTime ?? now, now), serverTime: now };
  }

  /** The channel lives and told of no change, so what only silence had put in doubt holds again. */
  alive(handles: readonly number[]): void {
    const nowMs = this.#image.nowMs();
    for (const handle of handles) this.#image.confirm(handle, nowMs);
    if (this.#overdue.size === 0) return;
    const now = this.#clock.wallMs();
    const again = new BatchBuilder();
    for (const handle of handles) {
      const before = this.#overdue.get(handle);
      if (!before) continue;
      this.#overdue.delete(handle);
      again.push(handle, before.value, before.status, now);
    }
    if (again.length > 0) this.#image.apply(again.build(now));
  }

  /** Marks tags that nobody confirmed in time, and keeps what they were for the case that the channel lives after all. */
  markOverdue(rows: readonly { readonly handle: number; readonly status: number }[]): void {
    for (const { handle } of rows) {
      const sample = this.#image.sample(handle);
      if (sample && !this.#overdue.has(handle)) this.#overdue.set(handle, sample);
    }
    this.mark(rows);
  }

  /** A connection that was lost may have missed changes: only what a new one brings counts. */
  markLost(handles: Iterable<number>): void {
    const rows: { handle: number; status: number }[] = [];
    for (const handle of handles) {
      this.#overdue.delete(handle);
      if (isGood(this.#image.status(handle))) rows.push({ handle, status: Status.Uncertain_LastUsableValue });
    }
    this.mark(rows);
  }

  /** Marks tags without a reading behind it: freshness lost, shutdown. */
  mark(rows: readonly { readonly handle: number; readonly status: number }[]): void {
    if (rows.length === 0) return;
    const now = this.#clock.wallMs();
    const batch = new BatchBuilder();
    for (const { handle, status } of rows) {
      batch.push(handle, this.#image.sample(handle)?.value ?? null, status, now);
    }
    this.#image.apply(batch.build(now));
  }
}
