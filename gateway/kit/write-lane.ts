/** Writes that may wait behind the one under way. */
const queueLimit = 100;

/** One write at a time, in the order given: a device may carry out what is under way together in any order. */
export class WriteLane {
  readonly #waiting: (() => void)[] = [];
  #busy = false;
  #refused = 0;

  get waiting(): number {
    return this.#waiting.length;
  }

  get refused(): number {
    return this.#refused;
  }

  /** Runs when its turn comes; undefined: too many wait. */
  async run<R>(task: () => Promise<R>): Promise<R | undefined> {
    if (this.#waiting.length >= queueLimit) {
      this.#refused++;
      return undefined;
    }
    if (this.#busy) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#busy = true;
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#busy = false;
    }
  }
}
