export type Numbered<Entry> = Entry & {
  /** From 1, without gaps. */
  readonly seq: number;
  /** Monotonic, ms since the process started. */
  readonly atMs: number;
};

const mostEntries = 10_000;

/** Remembers what came over the wire, newest 10,000; `count` counts all of it. */
export class NumberedLog<Entry extends object> {
  readonly #entries: Numbered<Entry>[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  record(entry: Entry): void {
    this.#count += 1;
    this.#entries.push({ seq: this.#count, atMs: performance.now(), ...entry });
    if (this.#entries.length > mostEntries) this.#entries.shift();
  }

  /** The entries after number `seq`, oldest first. */
  since(seq: number): readonly Numbered<Entry>[] {
    return this.#entries.filter((entry) => entry.seq > seq);
  }

  all(): readonly Numbered<Entry>[] {
    return [...this.#entries];
  }
}
