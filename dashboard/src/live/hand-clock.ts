/** A clock moved by hand, for tests: timers run in order when time passes them. */
export class HandClock {
  #now = 0;
  readonly #timers: { at: number; action: () => void }[] = [];

  readonly now = (): number => this.#now;

  readonly after = (ms: number, action: () => void): (() => void) => {
    const timer = { at: this.#now + ms, action };
    this.#timers.push(timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  };

  /** Lets time pass, and what was promised before each timer. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const next = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers.splice(this.#timers.indexOf(next), 1);
      this.#now = next.at;
      next.action();
    }
    this.#now = end;
    await settled();
  }
}

/** Promises that wait for each other get their turns. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
}
