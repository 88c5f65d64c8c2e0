import type { Timers } from "../core/clock.ts";
import type { Log } from "../core/log.ts";
import { RecentTable } from "./recent-table.ts";

/** The same fault is logged once in this time, ms; all of them are counted. */
const logEveryMs = 60_000;

/**
 * Timers whose callbacks can fail without ending the process or the beat that they are part of: what one
 * throws, or rejects with, is logged and counted, and the next beat comes.
 */
export class GuardedTimers implements Timers {
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #nowMs: () => number;
  readonly #logged = new RecentTable<true>(50, logEveryMs);
  #failures = 0;

  constructor(timers: Timers, log: Log, nowMs: () => number) {
    this.#timers = timers;
    this.#log = log;
    this.#nowMs = nowMs;
  }

  /** Since the process began. */
  get failures(): number {
    return this.#failures;
  }

  readonly after = (ms: number, run: () => unknown): (() => void) => this.#timers.after(ms, () => this.#guard(run));

  readonly every = (ms: number, run: () => unknown): (() => void) => this.#timers.every(ms, () => this.#guard(run));

  #guard(run: () => unknown): void {
    try {
      const result = run();
      if (result instanceof Promise) result.catch((error: unknown) => this.#failed(error));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#failures++;
    const key = String(error);
    if (this.#logged.get(key, this.#nowMs())) return;
    this.#logged.set(key, true, this.#nowMs());
    this.#log.error({ err: error, failures: this.#failures }, "something that is done again and again failed");
  }
}

/** Work that nobody waits for: what it rejects with is logged, and ends nothing. */
export function unawaited(work: Promise<unknown>, log: Log, what: string): void {
  work.catch((error: unknown) => log.error({ err: error }, what));
}

/** Each in turn: what one throws is logged, and keeps none of the others from theirs. */
export function eachGuarded<Item>(items: Iterable<Item>, log: Log, what: string, run: (item: Item) => void): void {
  for (const item of items) {
    try {
      run(item);
    } catch (error) {
      log.error({ err: error }, what);
    }
  }
}
