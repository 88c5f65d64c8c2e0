import type { JournalRows } from "../../core/history/journal-codec.ts";
import type { Samples } from "../../core/history/samples.ts";
import type { Value } from "../../core/value.ts";
import type { CommitTail } from "./commit-tail.ts";
import { type FeedPlace, writePlace } from "./feed-place.ts";
import type { HistoryFile } from "./history-file.ts";
import { type ReportDamage, reason } from "./recovery.ts";
import { type ChunkRow, chunkSamples, type JournalRow, journalRows, type StateRow } from "./rows.ts";
import type { Series } from "./series.ts";

/** Samples of one answer, columns of the same length; of `series` each sample names one by its index. */
export interface FeedRows {
  readonly series: readonly Series[];
  readonly indexes: number[];
  readonly times: number[];
  readonly statuses: number[];
  readonly values: Value[];
  readonly place: string;
  /** Samples on record that come after these. */
  readonly behind: number;
  /** Everything that was committed until then has been given, UTC ms; 0: not known. */
  readonly throughMs: number;
}

export interface FeedSources {
  readonly file: HistoryFile;
  readonly all: ReadonlyMap<number, Series>;
  readonly report: ReportDamage;
}

/** One answer to a forwarder, being filled. */
export class FeedPage {
  readonly #sources: FeedSources;
  readonly #tail: CommitTail;
  readonly #state: StateRow;
  readonly #series: Series[] = [];
  readonly #indexes = new Map<number, number>();
  readonly #columns = {
    indexes: [] as number[],
    times: [] as number[],
    statuses: [] as number[],
    values: [] as Value[],
  };
  #place: FeedPlace;

  constructor(sources: FeedSources, tail: CommitTail, from: FeedPlace, state: StateRow) {
    this.#sources = sources;
    this.#tail = tail;
    this.#place = from;
    this.#state = state;
  }

  rows(): FeedRows {
    return {
      series: this.#series,
      ...this.#columns,
      place: writePlace(this.#place),
      behind: this.#behind(),
      throughMs: this.#place.at,
    };
  }

  fill(limit: number): void {
    // A second time where the heads were gone through for a moment that the tail has left behind since.
    while (this.#isBehindTail() && !this.#isFull(limit)) this.#catchUp(limit);
    if (!this.#isBehindTail()) this.#follow(limit);
  }

  #isBehindTail(): boolean {
    return this.#place.heads !== undefined || !this.#tail.covers(this.#place.commit);
  }

  #isFull(limit: number): boolean {
    return this.#columns.times.length >= limit;
  }

  /** Commits in their order. */
  #follow(limit: number): void {
    for (const { row } of this.#tail.after(this.#place.commit)) {
      if (this.#isFull(limit)) break;
      this.#addCommit(row);
      this.#place = { ...this.#place, commit: row.n, at: row.at };
    }
    // Chunks hold nothing beyond what is sealed.
    if (this.#place.commit < this.#state.sealed) return;
    this.#place = { ...this.#place, chunk: this.#sources.file.newestChunkId(), points: this.#pointsInChunks() };
  }

  #addCommit(row: JournalRow): void {
    let rows: JournalRows;
    try {
      rows = journalRows(row);
    } catch (cause) {
      this.#sources.report(`commit ${row.n} cannot be forwarded: ${reason(cause)}`);
      return;
    }
    for (let i = 0; i < rows.values.length; i++) {
      const series = this.#sources.all.get(rows.series[i] as number);
      if (series) this.#add(series, rows.times[i] as number, rows.values[i] as Value, rows.statuses[i] as number);
    }
  }

  #catchUp(limit: number): void {
    while (!this.#isFull(limit)) {
      const row = this.#sources.file.chunksById(this.#place.chunk, 1)[0];
      if (!row) {
        this.#passHeads(limit);
        return;
      }
      this.#addChunk(row);
      this.#place = { ...this.#place, chunk: row.id, points: this.#place.points + row.count };
    }
  }

  #addChunk(row: ChunkRow): void {
    const series = this.#sources.all.get(row.series);
    if (!series) return;
    try {
      this.#addSamples(series, chunkSamples(row, this.#sources.file.readChunkData(row.id)));
    } catch (cause) {
      if (!(cause instanceof RangeError)) throw cause;
      this.#sources.report(`chunk ${row.n} of ${series.row.name} cannot be forwarded: ${reason(cause)}`);
    }
  }

  /** What is in no chunk, series by series. A fold meanwhile puts it into chunks, which come first with the next call. */
  #passHeads(limit: number): void {
    let pass = this.#place.heads ?? { commit: this.#state.committed, at: this.#state.at, series: 0 };
    for (const id of [...this.#sources.all.keys()].sort((a, b) => a - b)) {
      const series = this.#sources.all.get(id) as Series;
      if (id <= pass.series || series.head.length + series.late.length === 0) continue;
      if (this.#isFull(limit)) {
        this.#place = { ...this.#place, heads: pass };
        return;
      }
      this.#addSamples(series, series.head.samples);
      this.#addSamples(series, series.late.samples);
      pass = { ...pass, series: id };
    }
    this.#place = { ...this.#place, commit: pass.commit, at: pass.at, heads: undefined };
  }

  #addSamples(series: Series, { times, values, statuses }: Samples): void {
    for (let i = 0; i < times.length; i++)
      this.#add(series, times[i] as number, values[i] as Value, statuses[i] as number);
  }

  #add(series: Series, time: number, value: Value, status: number): void {
    const { indexes, times, statuses, values } = this.#columns;
    indexes.push(this.#indexOf(series));
    times.push(time);
    values.push(value);
    statuses.push(status);
  }

  #indexOf(series: Series): number {
    const known = this.#indexes.get(series.row.id);
    if (known !== undefined) return known;
    this.#indexes.set(series.row.id, this.#series.length);
    return this.#series.push(series) - 1;
  }

  #pointsInChunks(): number {
    let points = 0;
    for (const { row } of this.#sources.all.values()) points += row.points;
    return points;
  }

  #behind(): number {
    const { commit, heads, points } = this.#place;
    if (!this.#isBehindTail()) return this.#committedAfter(commit);
    const rest = Math.max(0, this.#pointsInChunks() - points) + this.#inHeads(heads?.series ?? 0);
    if (!heads) return rest;
    // What was committed since the pass began follows it.
    return rest + (this.#tail.covers(heads.commit) ? this.#committedAfter(heads.commit) : this.#inHeads(0));
  }

  #committedAfter(commit: number): number {
    return this.#tail.after(commit).reduce((sum, { count }) => sum + count, 0);
  }

  #inHeads(afterSeries: number): number {
    let count = 0;
    for (const { row, head, late } of this.#sources.all.values())
      if (row.id > afterSeries) count += head.length + late.length;
    return count;
  }
}
