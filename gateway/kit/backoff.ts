export interface BackoffSettings {
  readonly firstMs: number;
  readonly maximumMs: number;
  /** 0 … 1; injected so that tests can fix it. */
  random(): number;
}

/**
 * Exponential with jitter: each wait is between half and all of first × 2^n, at most the maximum, so
 * that a hall of devices does not knock in step after a power cut.
 */
export class Backoff {
  readonly #settings: BackoffSettings;
  #attempt = 0;

  constructor(settings: BackoffSettings) {
    this.#settings = settings;
  }

  /** The next wait in ms. */
  next(): number {
    const full = Math.min(this.#settings.maximumMs, this.#settings.firstMs * 2 ** Math.min(this.#attempt, 30));
    this.#attempt++;
    return Math.round(full * (0.5 + this.#settings.random() / 2));
  }

  reset(): void {
    this.#attempt = 0;
  }
}
