/** A bounded map that forgets: rows untouched for `keepMs` are gone, and when full the one untouched for longest goes. */
export class RecentTable<Row> {
  readonly #rows = new Map<string, { readonly row: Row; readonly atMs: number }>();
  readonly #limit: number;
  readonly #keepMs: number;
  #evictions = 0;

  constructor(limit: number, keepMs: number) {
    this.#limit = limit;
    this.#keepMs = keepMs;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Rows thrown out because the table was full. */
  get evictions(): number {
    return this.#evictions;
  }

  get(key: string, nowMs: number): Row | undefined {
    const entry = this.#rows.get(key);
    return entry !== undefined && nowMs - entry.atMs < this.#keepMs ? entry.row : undefined;
  }

  set(key: string, row: Row, nowMs: number): void {
    this.#rows.delete(key);
    this.#makeRoom(nowMs);
    this.#rows.set(key, { row, atMs: nowMs });
  }

  delete(key: string): void {
    this.#rows.delete(key);
  }

  /** A Map keeps the order of insertion, so the oldest row comes first. */
  #makeRoom(nowMs: number): void {
    for (const [key, entry] of this.#rows) {
      const tooOld = nowMs - entry.atMs >= this.#keepMs;
      if (!tooOld && this.#rows.size < this.#limit) return;
      if (!tooOld) this.#evictions++;
      this.#rows.delete(key);
    }
  }
}
