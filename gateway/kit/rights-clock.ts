import type { Clock } from "../core/clock.ts";

/** How far time had come when it was last written down; UTC ms. */
export interface ClockMark {
  /** The latest wall time that was seen. */
  readonly seenMs: number;
  /** By the passing time. */
  readonly passedMs: number;
}

/**
 * The time by which rights come and go. Slots open and close by the latest wall time ever seen: a clock
 * that jumps back neither reopens a slot that has ended nor opens one; that time stands until the clock
 * has caught up (R3). Sign-ins and tokens end by the passing time, which goes on meanwhile, so that none
 * lives longer because of it. Neither goes behind the mark of the run before.
 */
export class RightsClock {
  readonly #clock: Clock;
  readonly #onJump: (backMs: number) => void;
  #latest: number;
  #passed: number;
  #passedAtMs: number;
  #told = false;

  /** `onJump` hears once per jump back of more than a second, also of one while the gateway was down. */
  constructor(clock: Clock, onJump: (backMs: number) => void, mark?: ClockMark) {
    this.#clock = clock;
    this.#onJump = onJump;
    this.#latest = mark?.seenMs ?? Number.NEGATIVE_INFINITY;
    this.#passed = mark?.passedMs ?? Number.NEGATIVE_INFINITY;
    this.#passedAtMs = clock.monotonicMs();
  }

  nowMs(): number {
    const wall = this.#clock.wallMs();
    const backMs = this.#latest - wall;
    if (backMs <= 0) {
      this.#latest = wall;
      this.#told = false;
    } else if (backMs > 1000 && !this.#told) {
      this.#told = true;
      this.#onJump(backMs);
    }
    return this.#latest;
  }

  /** True while the wall clock is behind what it already was. */
  get behind(): boolean {
    return this.#latest - this.#clock.wallMs() > 1000;
  }

  /** The time of slots as a clock. */
  readonly standing: Clock = {
    wallMs: () => this.nowMs(),
    monotonicMs: () => this.#clock.monotonicMs(),
  };

  /** Passing time as a clock. */
  readonly passing: Clock = {
    wallMs: () => this.#pass(),
    monotonicMs: () => this.#clock.monotonicMs(),
  };

  get mark(): ClockMark {
    return { seenMs: this.nowMs(), passedMs: this.#pass() };
  }

  #pass(): number {
    const atMs = this.#clock.monotonicMs();
    this.#passed = Math.max(this.#clock.wallMs(), this.#passed + (atMs - this.#passedAtMs));
    this.#passedAtMs = atMs;
    // Dates are whole milliseconds, the monotonic clock is finer.
    return Math.floor(this.#passed);
  }
}
