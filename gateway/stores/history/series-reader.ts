import { chunkLimits, type Head } from "../../core/history/head.ts";
import type { Piece } from "../../core/history/merge.ts";
import { lowerBound, noSamples, type Samples, sliceSamples } from "../../core/history/samples.ts";
import type { ChunkStatistics } from "../../core/history/statistics.ts";
import { Status } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import type { ChunkRange, HistoryFile } from "./history-file.ts";
import { isoTime, type ReportDamage, reason } from "./recovery.ts";
import { type ChunkRow, chunkSamples, chunkStatistics } from "./rows.ts";
import type { Series } from "./series.ts";

export interface LastSample {
  readonly timeMs: number;
  readonly value: Value;
  readonly status: number;
}

const pageRows = 256;
const lateRank = 2 ** 40;

/**
 * Reads one series as it was when the reader was made: chunks by id, heads by copy. Damaged and
 * missing chunks are reported and stand in the answer as a sample null, Bad_DataLost.
 */
export class SeriesReader {
  readonly #file: HistoryFile;
  readonly #series: Series;
  readonly #report: ReportDamage;
  readonly #maxId: number;
  readonly #heads: readonly [Samples, Samples];

  constructor(file: HistoryFile, series: Series, maxId: number, report: ReportDamage) {
    this.#file = file;
    this.#series = series;
    this.#maxId = maxId;
    this.#report = report;
    this.#heads = [copyOf(series.head), copyOf(series.late)];
  }

  /** Pieces that may hold samples of [startMs, endMs), ascending by start. */
  *pieces(startMs: number, endMs: number): Generator<Piece> {
    const inOrder = this.#inOrder(startMs, endMs);
    const late = this.#late(startMs, endMs);
    let a = inOrder.next();
    let b = late.next();
    while (!a.done || !b.done) {
      if (b.done || (!a.done && a.value.startMs <= b.value.startMs)) {
        if (!a.done) yield a.value;
        a = inOrder.next();
      } else {
        yield b.value;
        b = late.next();
      }
    }
  }

  /** The newest sample before `timeMs`. */
  before(timeMs: number): LastSample | undefined {
    const inOrder = lastBefore(this.#heads[0], timeMs) ?? this.#lastInChunk(this.#newestChunk(timeMs), timeMs);
    const late = lastBefore(this.#heads[1], timeMs);
    let best = late && late.timeMs >= (inOrder?.timeMs ?? Number.NEGATIVE_INFINITY) ? late : inOrder;
    for (const row of this.#lateBackwards(timeMs)) {
      // No late chunk spans more than this, so none before can reach further.
      if (best && row.start + chunkLimits.maxSpanMs < best.timeMs) break;
      if (best && row.start + row.span < best.timeMs) continue;
      const found = this.#lastInChunk(row, timeMs);
      if (found && (!best || found.timeMs > best.timeMs || (found.timeMs === best.timeMs && best !== late)))
        best = found;
    }
    return best;
  }

  #range(late: number, endMs: number): ChunkRange {
    return { series: this.#series.row.id, late, endMs: Math.ceil(endMs), maxId: this.#maxId };
  }

  #newestChunk(beforeMs: number): ChunkRow | undefined {
    return this.#file.chunksBefore(this.#range(0, beforeMs), Number.MIN_SAFE_INTEGER, 1)[0];
  }

  *#inOrder(startMs: number, endMs: number): Generator<Piece> {
    let row = this.#newestChunk(Math.min(startMs, endMs));
    if (row && row.start + row.span >= startMs) yield this.#piece(row, startMs);
    let before = row;
    for (row of this.#forwards(0, Math.ceil(startMs), endMs)) {
      // Retention may have gone on while this question was read.
      if (before && row.n > Math.max(before.n, this.#series.gone.chunks) + 1) yield this.#missing(before, row, startMs);
      yield this.#piece(row, startMs);
      before = row;
    }
    yield* headPiece(this.#heads[0], startMs, endMs, lateRank - 1);
  }

  *#late(startMs: number, endMs: number): Generator<Piece> {
    const chunks = this.#latePieces(startMs, endMs);
    const head = headPiece(this.#heads[1], startMs, endMs, 2 * lateRank).next();
    let waiting = head.done ? undefined : head.value;
    for (const piece of chunks) {
      if (waiting && waiting.startMs < piece.startMs) {
        yield waiting;
        waiting = undefined;
      }
      yield piece;
    }
    if (waiting) yield waiting;
  }

  *#latePieces(startMs: number, endMs: number): Generator<Piece> {
    for (const row of this.#forwards(1, Math.ceil(startMs) - chunkLimits.maxSpanMs, endMs)) {
      if (row.start + row.span >= startMs) yield this.#piece(row, startMs);
    }
  }

  *#forwards(late: number, fromStart: number, endMs: number): Generator<ChunkRow> {
    let after: readonly [number, number] = [fromStart, 0];
    for (;;) {
      const rows = this.#file.chunksFrom(this.#range(late, endMs), ...after, pageRows);
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < pageRows) return;
      after = [last.start, last.n];
    }
  }

  *#lateBackwards(beforeMs: number): Generator<ChunkRow> {
    let endMs = beforeMs;
    for (;;) {
      const rows = this.#file.chunksBefore(this.#range(1, endMs), Number.MIN_SAFE_INTEGER, pageRows);
      yield* rows;
      const last = rows.at(-1);
      if (!last || rows.length < pageRows) return;
      endMs = last.start;
    }
  }

  #piece(row: ChunkRow, windowStartMs: number): Piece {
    return {
      startMs: row.start,
      endMs: row.start + row.span,
      rank: row.n + row.late * lateRank,
      statistics: () => this.#statistics(row),
      load: () => this.#load(row) ?? this.#lost(row, Math.max(row.start, Math.ceil(windowStartMs))),
    };
  }

  #missing(before: ChunkRow, after: ChunkRow, windowStartMs: number): Piece {
    const from = before.start + before.span;
    const name = this.#series.row.name;
    this.#report(`chunks ${before.n + 1} to ${after.n - 1} of ${name} are missing (after ${isoTime(from)})`);
    const at = Math.min(after.start, Math.max(from + 1, Math.ceil(windowStartMs)));
    return { startMs: at, endMs: at, rank: before.n + 1, statistics: () => undefined, load: () => lostAt(at) };
  }

  /** Undefined makes the caller read the samples, which judge for themselves. */
  #statistics(row: ChunkRow): ChunkStatistics | undefined {
    try {
      return chunkStatistics(row);
    } catch (cause) {
      this.#report(`the statistics of chunk ${row.n} of ${this.#series.row.name} are damaged: ${reason(cause)}`);
      return undefined;
    }
  }

  /** Where retention has taken the chunk meanwhile, nothing is lost that should be there. */
  #lost(row: ChunkRow, timeMs: number): Samples {
    return this.#isGone(row) ? { ...lostAt(timeMs), statuses: [Status.Bad_NoData] } : lostAt(timeMs);
  }

  #isGone({ late, n }: ChunkRow): boolean {
    const { chunks, lates } = this.#series.gone;
    return n <= (late === 1 ? lates : chunks);
  }

  #load(row: ChunkRow): Samples | undefined {
    try {
      return chunkSamples(row, this.#file.readChunkData(row.id));
    } catch (cause) {
      if (this.#isGone(row)) return undefined;
      const where = `chunk ${row.n} of ${this.#series.row.name} (${row.count} samples from ${isoTime(row.start)})`;
      this.#report(`${where} is damaged: ${reason(cause)}`);
      return undefined;
    }
  }

  #lastInChunk(row: ChunkRow | undefined, timeMs: number): LastSample | undefined {
    return row && lastBefore(this.#load(row) ?? this.#lost(row, row.start), timeMs);
  }
}

function copyOf(head: Head): Samples {
  if (head.length === 0) return noSamples();
  return sliceSamples(head.samples, 0, head.length);
}

function lostAt(timeMs: number): Samples {
  return { times: [timeMs], values: [null], statuses: [Status.Bad_DataLost] };
}

function lastBefore(samples: Samples, timeMs: number): LastSample | undefined {
  const i = lowerBound(samples.times, timeMs) - 1;
  if (i < 0) return undefined;
  return {
    timeMs: samples.times[i] as number,
    value: samples.values[i] as Value,
    status: samples.statuses[i] as number,
  };
}

function* headPiece(head: Samples, startMs: number, endMs: number, rank: number): Generator<Piece> {
  const from = lowerBound(head.times, startMs);
  const to = lowerBound(head.times, endMs);
  if (from >= to) return;
  const samples = sliceSamples(head, from, to);
  const first = samples.times[0] as number;
  yield {
    startMs: first,
    endMs: samples.times.at(-1) as number,
    rank,
    statistics: () => undefined,
    load: () => samples,
  };
}
