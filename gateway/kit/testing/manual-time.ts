import type { Clock, Timers } from "../../core/clock.ts";

interface Due {
  atMs: number;
  readonly everyMs: number | undefined;
  readonly run: () => void;
}

/** A clock and timers that stand still until a test moves them; pending promises run between two timers. */
export class ManualTime implements Clock, Timers {
  #now: number;
  readonly #wallStart: number;
  readonly #due = new Set<Due>();

  constructor(wallStartMs = Date.UTC(2026, 0, 1), monotonicStartMs = 1000) {
    this.#wallStart = wallStartMs - monotonicStartMs;
    this.#now = monotonicStartMs;
  }

  wallMs(): number {
    return this.#wallStart + this.#now;
  }

  monotonicMs(): number {
    return this.#now;
  }

  readonly after = (ms: number, run: () => void): (() => void) =>
    this.#add({ atMs: this.#now + ms, everyMs: undefined, run });

  readonly every = (ms: number, run: () => void): (() => void) => this.#add({ atMs: this.#now + ms, everyMs: ms, run });

  /** How many timers wait. */
  get pending(): number {
    return this.#due.size;
  }

  /** Moves time on, runs what falls due in order, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const next = [...this.#due].sort((a, b) => a.atMs - b.atMs)[0];
      if (!next || next.atMs > end) break;
      this.#now = Math.max(this.#now, next.atMs);
      if (next.everyMs === undefined) this.#due.delete(next);
      else next.atMs += next.everyMs;
      next.run();
      await settle();
    }
    this.#now = end;
    await settle();
  }

  #add(due: Due): () => void {
    this.#due.add(due);
    return () => this.#due.delete(due);
  }
}

/** Lets everything that waits on promises, and on nothing else, come to rest. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
