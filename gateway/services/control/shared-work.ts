import type { WriteResult } from "../../core/driver-port.ts";

/** What came of one round of a stop's writes; `sentMs` is monotonic, taken before the first of them. */
export interface StopRound {
  readonly results: readonly WriteResult[];
  readonly sentMs: number;
}

/** Begun so lately, a round or a look serves whoever asks for the same, ms. */
export const sharedForMs = 100;

interface Begun<Result> {
  readonly atMs: number;
  readonly flights: number;
  readonly work: Promise<Result>;
}

/**
 * A crowd that asks to stop the same machine at the same moment must not fill its bus until nobody's
 * stop is confirmed: what was begun within the last tenth of a second is shared, everything else
 * begins at once and waits for nothing.
 */
export class SharedWork<Result> {
  readonly #begun = new Map<string, Begun<Result>>();
  readonly #flights: (equipment: string) => number;

  /** @param flights counts the writes of a machine that ended; work begun before one of them is not shared after it. */
  constructor(flights: (equipment: string) => number) {
    this.#flights = flights;
  }

  /** @param sinceMs work begun earlier does not count for this asker. */
  join(
    equipment: string,
    nowMs: number,
    begin: () => Promise<Result>,
    sinceMs = Number.NEGATIVE_INFINITY,
  ): Promise<Result> {
    const flights = this.#flights(equipment);
    const last = this.#begun.get(equipment);
    const shared = last && last.flights === flights && last.atMs >= sinceMs && nowMs - last.atMs < sharedForMs;
    if (shared) return last.work;
    const work = begin();
    this.#begun.set(equipment, { atMs: nowMs, flights, work });
    return work;
  }
}
