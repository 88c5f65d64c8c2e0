import type { Timers } from "../../core/clock.ts";

/** How often some of what waits is looked at, ms. */
export const lookEveryMs = 50;
/** So many at a time. */
export const looksAtATime = 10;

/**
 * Behind a busy bus writes may wait for seconds, and what comes in their way meanwhile takes them back. A few
 * are looked at all the time; of hundreds so many at a time, in turn, since looking at all of them at once
 * would keep the gateway from the stop path.
 */
export class WaitingLooks {
  readonly #looks = new Set<() => void>();
  #cancel: (() => void) | undefined;

  /** @param look never throws. @returns what ends it. */
  add(timers: Pick<Timers, "every">, look: () => void): () => void {
    this.#looks.add(look);
    this.#cancel ??= timers.every(lookEveryMs, () => this.#lookAtSome());
    return () => {
      this.#looks.delete(look);
      if (this.#looks.size > 0) return;
      this.#cancel?.();
      this.#cancel = undefined;
    };
  }

  #lookAtSome(): void {
    for (const look of [...this.#looks.values().take(looksAtATime)]) {
      // Behind the others, unless it ended with the one before.
      if (!this.#looks.delete(look)) continue;
      this.#looks.add(look);
      look();
    }
  }
}
