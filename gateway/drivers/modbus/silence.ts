/** Asked this often without an answer, a unit is set aside. */
const patience = 2;
const longestPauseMs = 600_000;

/**
 * How long one that does not answer is left alone. Each time-out holds up the bus, so after two it is
 * asked only now and then: after `firstPauseMs`, then twice that, up to ten minutes.
 */
export class Silence {
  readonly #firstPauseMs: number;
  #misses = 0;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(firstPauseMs: number) {
    this.#firstPauseMs = firstPauseMs;
  }

  /** Consecutive cycles without an answer. */
  get misses(): number {
    return this.#misses;
  }

  answered(): void {
    this.#misses = 0;
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }

  missed(nowMs: number): void {
    this.#misses++;
    const doublings = Math.min(this.#misses - patience, 30);
    if (doublings >= 0) this.#untilMs = nowMs + Math.min(longestPauseMs, this.#firstPauseMs * 2 ** doublings);
  }

  isSetAside(nowMs: number): boolean {
    return nowMs < this.#untilMs;
  }
}
