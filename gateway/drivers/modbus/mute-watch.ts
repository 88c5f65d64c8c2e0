/** Time-outs in a row, with no byte in between, after which a connection may be dead. */
const muteAfter = 3;
/** Without a byte for so long, ms, it is taken for dead whoever was not asked meanwhile. */
const longestMuteMs = 30_000;

/**
 * Tells a dead connection from dead units behind a living one: it is dead when nobody who answered on
 * it, and nobody who waits for a turn, is left to be asked.
 */
export class MuteWatch {
  readonly #living = new Set<string>();
  readonly #silent = new Set<string>();
  #inRow = 0;
  #sinceMs = 0;

  /** Bytes came. */
  heard(): void {
    this.#inRow = 0;
    this.#silent.clear();
  }

  answered(device: string): void {
    this.#living.add(device);
  }

  timedOut(device: string, sentAtMs: number): void {
    if (this.#inRow++ === 0) this.#sinceMs = sentAtMs;
    this.#living.delete(device);
    this.#silent.add(device);
  }

  /** Why the connection is to be given up; undefined: it is not. @param depth requests under way at once. */
  verdict(nowMs: number, depth: number, waiting: Iterable<string>): string | undefined {
    if (this.#inRow < muteAfter * depth) return undefined;
    const unheard = [...waiting].some((device) => !this.#silent.has(device));
    const mayLive = this.#living.size > 0 || unheard;
    if (mayLive && nowMs - this.#sinceMs < longestMuteMs) return undefined;
    return `${this.#inRow} requests without an answer`;
  }
}
