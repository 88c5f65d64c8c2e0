import type { HistoryFile } from "./history-file.ts";
import { guessedGone, isoTime, type ReportDamage, reason } from "./recovery.ts";
import {
  type ChunkRow,
  chunkSamples,
  chunkStatistics,
  type HeadRow,
  type JournalRow,
  type OutageRow,
  type SeriesRow,
  type StateRow,
  seriesChecksum,
} from "./rows.ts";

interface Table {
  readonly name: string;
  readonly key: string;
  readonly columns: string;
}

const tables = {
  state: { name: "state", key: "id", columns: "id, committed, at, sealed" },
  series: { name: "series", key: "id", columns: "id, name, type, chunks, lates, points, sealed, crc" },
  outage: { name: "outage", key: "id", columns: "id, start, end" },
  journal: { name: "journal", key: "n", columns: "n, at, data" },
  head: { name: "head", key: "id", columns: "id, start, count, data" },
  chunk: { name: "chunk", key: "id", columns: "id, series, late, n, start, span, count, statistics, data" },
} as const satisfies Record<string, Table>;

/** No table has keys beyond this. */
const largestKey = 2 ** 40;

/**
 * Copies what can still be read of a file with a damaged structure into an empty one. Chunks whose
 * checksum does not hold stay behind, named; the journal and the heads are judged when the new file
 * is opened.
 */
export function salvage(from: HistoryFile, to: HistoryFile, report: ReportDamage): void {
  const series = new Map<number, SeriesRow>();
  const recount = new Set<number>();
  const take = (table: Table, write: () => void) => takeOver(table, write, report);
  to.transaction(() => {
    for (const { crc, ...row } of scan<SeriesRow & { crc: number }>(from, tables.series, report)) {
      const sound = crc === seriesChecksum(row);
      if (!sound) recount.add(row.id);
      series.set(row.id, sound ? row : { ...row, chunks: 0, lates: 0, points: 0, sealed: null });
    }
    for (const row of scan<ChunkRow & { data: Uint8Array }>(from, tables.chunk, report)) {
      if (!isWhole(row, report)) continue;
      take(tables.chunk, () => to.writeChunk(row));
      const known = series.get(row.series);
      if (!known) recount.add(row.series);
      const kept = known ?? lost(row.series, report);
      series.set(row.series, recount.has(row.series) ? counted(kept, row) : kept);
    }
    for (const row of series.values()) take(tables.series, () => to.writeSeries(row));
    takeGone(from, to, series.keys(), report);
    // What is counted anew goes on above what is gone.
    for (const { series: id, chunks, lates, points } of to.readGone()) {
      const row = recount.has(id) ? series.get(id) : undefined;
      if (!row) continue;
      const whole = { ...row, chunks: Math.max(row.chunks, chunks), lates: Math.max(row.lates, lates) };
      take(tables.series, () => to.writeSeries({ ...whole, points: row.points + points }));
    }
    for (const row of scan<OutageRow>(from, tables.outage, report)) take(tables.outage, () => to.writeOutage(row));
    for (const row of scan<HeadRow>(from, tables.head, report)) take(tables.head, () => to.writeHead(row));
    for (const row of scan<JournalRow>(from, tables.journal, report)) take(tables.journal, () => to.writeJournal(row));
    for (const row of scan<StateRow>(from, tables.state, report)) take(tables.state, () => to.writeState(row));
  });
}

/** A file in which retention took nothing out has no such rows. Of one that cannot be read: what is below the lowest number. */
function takeGone(from: HistoryFile, to: HistoryFile, series: Iterable<number>, report: ReportDamage): void {
  try {
    for (const { sound, ...row } of from.readGone())
      takeOver(tables.series, () => to.writeGone(sound ? row : guessedGone(to, row.series)), report);
  } catch (cause) {
    report(`what retention took out cannot be read: ${reason(cause)}`);
    for (const id of series) to.writeGone(guessedGone(to, id));
  }
}

/** A page of something else gives rows that fit no column: they stay behind. A fault of the disk comes through. */
function takeOver(table: Table, write: () => void, report: ReportDamage): void {
  try {
    write();
  } catch (cause) {
    const code = cause instanceof Error && "errcode" in cause ? Number(cause.errcode) & 0xff : undefined;
    // SQLITE_CONSTRAINT, SQLITE_MISMATCH, or a cell that is no whole number or text at all.
    if (code !== undefined && code !== 19 && code !== 20) throw cause;
    report(`a row of ${table.name} is left behind: ${reason(cause)}`);
  }
}

function isWhole(row: ChunkRow & { data: Uint8Array }, report: ReportDamage): boolean {
  try {
    chunkStatistics(row);
    chunkSamples(row, row.data);
    return true;
  } catch (cause) {
    const where = `chunk ${row.n} of series ${row.series} (${row.count} samples from ${isoTime(row.start)})`;
    report(`${where} is left behind: ${reason(cause)}`);
    return false;
  }
}

function lost(id: number, report: ReportDamage): SeriesRow {
  const name = `lost-series-${id}`;
  report(`series ${id} has lost its row; its history is kept under the name ${name}`);
  return { id, name, type: "double", chunks: 0, lates: 0, points: 0, sealed: null };
}

/** A row that was lost, or whose checksum does not hold, counts its chunks anew. */
function counted(row: SeriesRow, chunk: ChunkRow): SeriesRow {
  const points = row.points + chunk.count;
  if (chunk.late === 1) return { ...row, points, lates: Math.max(row.lates, chunk.n) };
  const sealed = Math.max(row.sealed ?? Number.NEGATIVE_INFINITY, chunk.start + chunk.span);
  return { ...row, points, chunks: Math.max(row.chunks, chunk.n), sealed };
}

/** Row by row, over places that cannot be read in growing steps. */
function* scan<Row>(file: HistoryFile, table: Table, report: ReportDamage): Generator<Row> {
  let after = -1;
  let step = 1;
  let trouble: string | undefined;
  // Under our names whatever the file's own definition calls them.
  const columns = table.columns.replaceAll(/\w+/g, "$& AS $&");
  while (after < largestKey) {
    try {
      const sql = `SELECT ${columns} FROM ${table.name} WHERE ${table.key} > ? ORDER BY ${table.key} LIMIT 1`;
      const row = file.db.prepare(sql).get(BigInt(after)) as Record<string, unknown> | undefined;
      if (!row) break;
      const key = Number(row[table.key]);
      // A page that is out of order would be gone round for ever.
      if (!(key > after)) throw new RangeError("a table is out of order");
      yield row as Row;
      after = key;
      step = 1;
    } catch (cause) {
      trouble ??= reason(cause);
      after += step;
      step *= 2;
    }
  }
  if (trouble) report(`rows of ${table.name} cannot be read: ${trouble}`);
}
