import type { JournalRow } from "./rows.ts";

export interface TailCommit {
  readonly row: JournalRow;
  /** Samples in it. */
  readonly count: number;
}

/**
 * The newest commits, packed as they stand in the journal, and kept in memory for one fold longer than
 * there: a forwarder that is seconds behind must not have to look for them among the chunks.
 */
export class CommitTail {
  #commits: TailCommit[] = [];
  /** Every commit above this one is here. */
  #floor: number;
  #sealed: number;

  /** @param commits those that are not folded, ascending. */
  constructor(sealed: number, commits: readonly TailCommit[]) {
    this.#commits = [...commits];
    this.#floor = sealed;
    this.#sealed = sealed;
  }

  add(commit: TailCommit): void {
    this.#commits.push(commit);
  }

  /** The journal was folded up to `sealed`: what the fold before this one took is let go. */
  folded(sealed: number): void {
    this.#floor = this.#sealed;
    this.#sealed = sealed;
    this.#commits = this.#commits.slice(this.#above(this.#floor));
  }

  /** Whether everything that was committed after `commit` is here. */
  covers(commit: number): boolean {
    return commit >= this.#floor;
  }

  after(commit: number): readonly TailCommit[] {
    return this.#commits.slice(this.#above(commit));
  }

  #above(commit: number): number {
    let low = 0;
    let high = this.#commits.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#commits[middle] as TailCommit).row.n <= commit) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
