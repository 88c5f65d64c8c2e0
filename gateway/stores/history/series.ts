import { Head } from "../../core/history/head.ts";
import type { GoneRow, SeriesRow } from "./rows.ts";

/** One series as the worker holds it: its row, and the samples that are not in a chunk yet. */
export interface Series {
  row: SeriesRow;
  gone: GoneRow;
  readonly head: Head;
  /** Samples older than what is sealed. */
  readonly late: Head;
}

export function newSeries(row: SeriesRow): Series {
  const gone = { series: row.id, chunks: 0, lates: 0, points: 0 };
  return { row, gone, head: new Head(), late: new Head() };
}

/** The head that a sample of this time belongs to. */
export function headFor(series: Series, timeMs: number): Head {
  return series.row.sealed !== null && timeMs < series.row.sealed ? series.late : series.head;
}
