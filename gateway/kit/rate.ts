const kept = 6;

/** How fast a counter grows, from a few looks at it. One that has begun anew is measured anew. */
export class Rate {
  readonly #looks: { readonly atMs: number; readonly count: number }[] = [];

  look(atMs: number, count: number): void {
    if (count < (this.#looks.at(-1)?.count ?? 0)) this.#looks.length = 0;
    this.#looks.push({ atMs, count });
    if (this.#looks.length > kept) this.#looks.shift();
  }

  reset(): void {
    this.#looks.length = 0;
  }

  /** Over the last six looks; undefined before the second. */
  get perS(): number | undefined {
    const [first, last] = [this.#looks[0], this.#looks.at(-1)];
    if (!first || !last || last.atMs <= first.atMs) return undefined;
    return ((last.count - first.count) * 1000) / (last.atMs - first.atMs);
  }
}
