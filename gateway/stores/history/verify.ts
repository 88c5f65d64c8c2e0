import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileName, HistoryFile } from "./history-file.ts";
import { isoTime, type ReportDamage, reason, recover } from "./recovery.ts";
import { type ChunkRow, chunkSamples, chunkStatistics } from "./rows.ts";

const pageRows = 500;

/**
 * Looks at a whole history in one reading transaction and changes nothing; a gateway may be writing
 * on it meanwhile. @returns every damaged place in words; empty: all holds. @throws PlanciaError
 * start/read-only, start/damaged; an SQLite error where the file cannot be read at all.
 */
export function verifyHistory(folder: string): string[] {
  const path = join(folder, fileName);
  if (!existsSync(path)) return [];
  const found: string[] = [];
  const file = new HistoryFile(path);
  try {
    file.db.exec("BEGIN");
    const structure = verifyFile(file, (text) => found.push(text));
    if (structure.length === 0) recover(file, 0, (text) => found.push(text));
    file.db.exec("ROLLBACK");
  } finally {
    file.close();
  }
  return found;
}

/**
 * Looks at every page and every chunk: SQLite's own check, checksums, and that no number of a series'
 * chunks is missing. Reports each damaged place. @returns what SQLite finds wrong with its structure.
 */
export function verifyFile(file: HistoryFile, report: ReportDamage): string[] {
  const structure = file.check();
  for (const line of structure) report(`the file's structure is damaged: ${line}`);
  if (structure.length === 0) verifyChunks(file, report);
  return structure;
}

function verifyChunks(file: HistoryFile, report: ReportDamage): void {
  const names = new Map(file.readSeries().map((row) => [row.id, row]));
  // An unsound one is told by whoever reads the series.
  const gone = new Map(file.readGone().flatMap((row) => (row.sound ? [[row.series, row]] : [])));
  const found = new Map<string, number>();
  let after = Number.MIN_SAFE_INTEGER;
  for (;;) {
    const rows = file.chunksById(after, pageRows);
    for (const row of rows) {
      verifyChunk(file, row, names.get(row.series)?.name ?? `series ${row.series}, which has no row`, report);
      const key = `${row.series}/${row.late}`;
      found.set(key, (found.get(key) ?? 0) + 1);
    }
    const last = rows.at(-1);
    if (!last) break;
    after = last.id;
  }
  for (const row of names.values()) {
    const taken = gone.get(row.id);
    for (const [late, written, out] of [
      [0, row.chunks, taken?.chunks ?? 0],
      [1, row.lates, taken?.lates ?? 0],
    ] as const) {
      const count = found.get(`${row.id}/${late}`) ?? 0;
      const kept = out === 0 ? "" : `, ${out} of them were taken out by age or size`;
      if (count !== written - out)
        report(`${row.name} has ${count} ${late === 1 ? "late chunks" : "chunks"}, ${written} were written${kept}`);
    }
  }
}

function verifyChunk(file: HistoryFile, row: ChunkRow, name: string, report: ReportDamage): void {
  try {
    chunkStatistics(row);
    chunkSamples(row, file.readChunkData(row.id));
  } catch (cause) {
    report(`chunk ${row.n} of ${name} (${row.count} samples from ${isoTime(row.start)}) is damaged: ${reason(cause)}`);
  }
}
