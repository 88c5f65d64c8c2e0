import type { Caller } from "../../core/access/policy.ts";
import type { LiveEvent } from "../wire/live.ts";
import { frameOf } from "./frames.ts";

export interface RingEntry {
  readonly seq: number;
  readonly frame: Buffer;
  /** Asked right before it leaves, with today's rights. */
  readonly maySee: (caller: Caller) => boolean;
}

/**
 * The last events, numbered without gaps. Numbers start at the wall clock's milliseconds of the
 * start, so that those of a run before are never taken for ours: a reader that comes back with one
 * is told that it missed events.
 */
export class EventRing {
  readonly #entries: (RingEntry | undefined)[];
  #newest: number;
  readonly #first: number;

  /** @param size events kept. */
  constructor(size: number, startMs: number) {
    this.#entries = new Array<RingEntry | undefined>(size).fill(undefined);
    this.#newest = Math.floor(startMs);
    this.#first = this.#newest + 1;
  }

  /** Number of the newest event; of the one before the first while there is none. */
  get newest(): number {
    return this.#newest;
  }

  /** Number of the oldest event that is still here. */
  get oldest(): number {
    return Math.max(this.#first, this.#newest - this.#entries.length + 1);
  }

  push(event: LiveEvent, maySee: (caller: Caller) => boolean): RingEntry {
    const seq = ++this.#newest;
    const entry = { seq, frame: frameOf({ type: "event", seq, event }), maySee };
    this.#entries[seq % this.#entries.length] = entry;
    return entry;
  }

  /** undefined: not here any more, or not yet. */
  at(seq: number): RingEntry | undefined {
    const entry = this.#entries[seq % this.#entries.length];
    return entry?.seq === seq ? entry : undefined;
  }

  /** Whether every event after `since` is still here. */
  reaches(since: number): boolean {
    return since <= this.#newest && since >= this.oldest - 1;
  }
}
