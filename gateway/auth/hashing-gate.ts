import { PlanciaError } from "../core/errors.ts";

/**
 * Lets a few hashings run at a time and a bounded number wait, so that a flood of log-ins takes
 * neither the memory (19 MiB each) nor all threads that files and compression share.
 */
export class HashingGate {
  readonly #atOnce: number;
  readonly #mostWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;
  #refused = 0;

  constructor(atOnce: number, mostWaiting: number) {
    this.#atOnce = atOnce;
    this.#mostWaiting = mostWaiting;
  }

  get refused(): number {
    return this.#refused;
  }

  /** @throws PlanciaError auth/slow-down when too many wait. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) await this.#turn();
    else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  /** Resolves when a place is handed over; the number of running ones stays the same then. */
  #turn(): Promise<void> {
    if (this.#waiting.length >= this.#mostWaiting) {
      this.#refused++;
      throw new PlanciaError("auth/slow-down", "Too many people are signing in at this moment", { retryAfterS: 2 });
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
