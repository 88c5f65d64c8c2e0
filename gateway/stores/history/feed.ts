import { ByteReader } from "../../core/history/bytes.ts";
import { CommitTail, type TailCommit } from "./commit-tail.ts";
import { FeedPage, type FeedRows, type FeedSources } from "./feed-page.ts";
import { type FeedPlace, feedStart, readPlace, within, writePlace } from "./feed-place.ts";
import { FrameKind, unseal } from "./frame.ts";
import { reason } from "./recovery.ts";
import type { JournalRow, StateRow } from "./rows.ts";

/**
 * The record as forwarders read it, each from a place of its own. Who keeps up is given the commits in
 * their order. Who was away longer than the last fold is given the chunks that were made since, in the order in
 * which they were written, then what is in no chunk yet, then the commits again. Nothing is left out; some of it
 * may come twice then, a series' samples of the same time always in their order.
 */
export class Feeds {
  readonly #sources: FeedSources;
  readonly #tail: CommitTail;
  readonly #places = new Map<string, FeedPlace>();
  readonly #unsaved = new Set<string>();

  /** Reads the places; one that cannot be right is begun anew and reported. @throws SQLite errors. */
  constructor(names: readonly string[], state: StateRow, sources: FeedSources) {
    this.#sources = sources;
    const rows = sources.file.readJournalAfter(state.sealed);
    this.#tail = new CommitTail(
      state.sealed,
      rows.flatMap((row) => counted(row) ?? []),
    );
    const newestChunk = sources.file.newestChunkId();
    for (const name of names) this.#places.set(name, within(this.#stored(name), state, newestChunk));
  }

  #stored(name: string): FeedPlace {
    const row = this.#sources.file.readPlace(name);
    if (!row) return feedStart;
    try {
      if (!row.sound) throw new RangeError("its checksum does not hold");
      return readPlace(row.place);
    } catch (cause) {
      this.#sources.report(`the place of forwarder ${name} is damaged, it begins anew: ${reason(cause)}`);
      return feedStart;
    }
  }

  committed(row: JournalRow, count: number): void {
    this.#tail.add({ row, count });
  }

  folded(sealed: number): void {
    this.#tail.folded(sealed);
  }

  /** Everything up to `place` has been delivered. With the next commit that is durable. */
  advance(name: string, place: string, state: StateRow): void {
    const known = this.#places.get(name);
    if (!known || writePlace(known) === place) return;
    this.#places.set(name, within(readPlace(place), state, this.#sources.file.newestChunkId()));
    this.#unsaved.add(name);
  }

  /** To be called inside of a transaction. @returns what to call when that is through. */
  save(): () => void {
    const names = [...this.#unsaved];
    for (const name of names)
      this.#sources.file.writePlace({ name, place: writePlace(this.#places.get(name) ?? feedStart) });
    return () => {
      for (const name of names) this.#unsaved.delete(name);
    };
  }

  /** Every forwarder has what is in chunks up to this one; Infinity: nobody forwards. */
  get sentThrough(): number {
    return Math.min(...[...this.#places.values()].map(({ chunk }) => chunk));
  }

  get hasUnsaved(): boolean {
    return this.#unsaved.size > 0;
  }

  /** What comes after the place of `name`: at least `limit` samples where there are as many, and one commit, chunk or series more at most. */
  read(name: string, limit: number, state: StateRow): FeedRows {
    const from = this.#places.get(name) ?? feedStart;
    const page = new FeedPage(this.#sources, this.#tail, from, state);
    page.fill(limit);
    return page.rows();
  }
}

/** undefined where the record is damaged, which was reported when the file was opened. */
function counted(row: JournalRow): TailCommit | undefined {
  try {
    return { row, count: new ByteReader(unseal(FrameKind.journal, [row.n, row.at], row.data)).varint() };
  } catch (cause) {
    if (cause instanceof RangeError) return undefined;
    throw cause;
  }
}
