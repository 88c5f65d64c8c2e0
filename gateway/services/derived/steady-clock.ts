import type { Clock } from "../../core/clock.ts";

/** What a clock that is being set right may be off between two looks, ms. */
const quietMs = 200;

/** The time of the wall that goes as evenly as the monotonic clock: a jump is told, never lived through (R3). */
export class SteadyClock {
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = clock.wallMs() - clock.monotonicMs();
  }

  nowMs(): number {
    return this.#clock.monotonicMs() + this.#offsetMs;
  }

  wallMs(): number {
    return this.#clock.wallMs();
  }

  /** Goes with the wall again. @returns by how much that jumped, ms; 0: it went on as it should. */
  follow(): number {
    const before = this.#offsetMs;
    this.#offsetMs = this.#clock.wallMs() - this.#clock.monotonicMs();
    const jumpMs = this.#offsetMs - before;
    return Math.abs(jumpMs) > quietMs ? jumpMs : 0;
  }
}
