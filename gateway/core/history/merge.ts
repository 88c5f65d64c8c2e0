import { lowerBound, type Samples, sliceSamples } from "./samples.ts";
import type { ChunkStatistics } from "./statistics.ts";

/** A stretch of one series' samples, packed or in memory. */
export interface Piece {
  readonly startMs: number;
  readonly endMs: number;
  /** Of samples at the same time those of the lower rank come first: they were written first. */
  readonly rank: number;
  /** Undefined where overviews must read the samples. */
  statistics(): ChunkStatistics | undefined;
  load(): Samples;
}

/** A piece that nothing overlaps, untouched; or samples in order. */
export type Run = { readonly piece: Piece } | { readonly samples: Samples };

interface Cursor {
  readonly samples: Samples;
  readonly rank: number;
  at: number;
}

/**
 * Brings overlapping pieces (late samples are kept apart) into one order of time. The pieces come
 * ascending by start. Opens a piece only when its turn has come.
 */
export function* mergePieces(pieces: Iterator<Piece>): Generator<Run> {
  const open: Cursor[] = [];
  let next = take(pieces);
  while (next || open.length > 0) {
    if (next && open.length === 0) {
      const piece: Piece = next;
      next = take(pieces);
      if (!next || next.startMs > piece.endMs) yield { piece };
      else open.push({ samples: piece.load(), rank: piece.rank, at: 0 });
      continue;
    }
    const first = earliest(open);
    if (next && next.startMs <= timeAt(first)) {
      open.push({ samples: next.load(), rank: next.rank, at: 0 });
      next = take(pieces);
      continue;
    }
    yield { samples: advance(first, open, next) };
  }
}

function take(pieces: Iterator<Piece>): Piece | undefined {
  const result = pieces.next();
  return result.done ? undefined : result.value;
}

const timeAt = (cursor: Cursor): number => cursor.samples.times[cursor.at] as number;

/** The open cursor whose turn it is: least time, then least rank. */
function earliest(open: readonly Cursor[]): Cursor {
  let first = open[0] as Cursor;
  for (const cursor of open) {
    if (timeAt(cursor) < timeAt(first) || (timeAt(cursor) === timeAt(first) && cursor.rank < first.rank))
      first = cursor;
  }
  return first;
}

/** Takes from `first` all that comes before any other has its turn, and closes it when it is used up. */
function advance(first: Cursor, open: Cursor[], next: Piece | undefined): Samples {
  let until = next?.startMs ?? Number.POSITIVE_INFINITY;
  let untilRank = next?.rank ?? Number.POSITIVE_INFINITY;
  for (const cursor of open) {
    if (cursor === first) continue;
    const time = timeAt(cursor);
    if (time < until || (time === until && cursor.rank < untilRank)) {
      until = time;
      untilRank = cursor.rank;
    }
  }
  const from = first.at;
  // An equal time still belongs to us when we were written first.
  const limit = first.rank < untilRank ? until + 1 : until;
  first.at = Math.max(from + 1, lowerBound(first.samples.times, limit));
  if (first.at >= first.samples.times.length) open.splice(open.indexOf(first), 1);
  return sliceSamples(first.samples, from, first.at);
}
