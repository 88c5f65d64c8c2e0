import { type ChunkLimits, chunkLimits, type Head } from "../../core/history/head.ts";
import type { Samples } from "../../core/history/samples.ts";
import type { HistoryFile } from "./history-file.ts";
import { headRow, newChunk, type SeriesRow, type StateRow } from "./rows.ts";
import type { Series } from "./series.ts";

/** When the journal is folded into chunks and heads; it bounds the time that opening takes. */
export const journalLimits = { samples: 100_000, bytes: 8 * 1024 * 1024, ageMs: 60_000 } as const;

interface SeriesPlan {
  readonly series: Series;
  readonly row: SeriesRow;
  readonly rests: readonly { readonly head: Head; readonly rest: Samples }[];
}

/**
 * One transaction: full heads become chunks, the others rows of their own, and the journal that held
 * them goes. Memory changes only after the disk did. @returns the new state. @throws SQLite errors.
 */
export function checkpoint(
  file: HistoryFile,
  all: Iterable<Series>,
  state: StateRow,
  limits: ChunkLimits = chunkLimits,
): StateRow {
  const next: StateRow = { ...state, sealed: state.committed };
  const plans: SeriesPlan[] = [];
  file.transaction(() => {
    for (const series of all) {
      if (series.head.dirty || series.late.dirty) plans.push(writeSeries(file, series, limits));
    }
    file.pruneJournal(next.sealed);
    file.writeState(next);
  });
  for (const plan of plans) {
    plan.series.row = plan.row;
    for (const { head, rest } of plan.rests) head.replace(rest);
  }
  return next;
}

function writeSeries(file: HistoryFile, series: Series, limits: ChunkLimits): SeriesPlan {
  let row = series.row;
  const rests: { head: Head; rest: Samples }[] = [];
  for (const [late, head] of [series.head, series.late].entries()) {
    if (!head.dirty) continue;
    const { full, rest } = head.split(limits);
    for (const samples of full) row = writeChunk(file, row, late, samples);
    if (rest.times.length > 0) file.writeHead(headRow(row.id, late, rest));
    else file.deleteHead(row.id * 2 + late);
    rests.push({ head, rest });
  }
  if (row !== series.row) file.writeSeries(row);
  return { series, row, rests };
}

function writeChunk(file: HistoryFile, row: SeriesRow, late: number, samples: Samples): SeriesRow {
  const n = (late === 1 ? row.lates : row.chunks) + 1;
  file.writeChunk(newChunk(row.id, late, n, samples));
  const points = row.points + samples.times.length;
  return late === 1
    ? { ...row, lates: n, points }
    : { ...row, chunks: n, points, sealed: samples.times.at(-1) as number };
}
