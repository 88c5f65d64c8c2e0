import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { PlanciaError } from "../../core/errors.ts";
import {
  type ChunkRow,
  type FeedRow,
  feedChecksum,
  type GoneRow,
  goneChecksum,
  type HeadRow,
  type JournalRow,
  type NewChunk,
  type OutageRow,
  outageChecksum,
  type SeriesRow,
  type StateRow,
  seriesChecksum,
  stateChecksum,
} from "./rows.ts";
import { applicationId, feedTable, formatVersion, goneTable, schema } from "./schema.ts";

export const fileName = "history.db";

/** Another process that looks at the file (backup, `history verify`) may hold it for moments. */
const busyTimeoutMs = 2000;

/** A stored row may bear a checksum that does not hold; who reads it decides. */
export type Checked<Row> = Row & { readonly sound: boolean };

/**
 * The SQLite file: statements and transactions, nothing of what they mean. Synchronous, hence only
 * for the worker. Integers are bound as BigInt: node:sqlite binds numbers as REAL (STACK).
 */
export class HistoryFile {
  readonly path: string;
  readonly db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  /** Opens or creates. @throws PlanciaError start/read-only, start/damaged; an SQLite error where the file is no database. */
  constructor(path: string) {
    this.path = path;
    const isNew = !existsSync(path) || statSync(path).size === 0;
    this.db = openDatabase(path);
    try {
      this.#settle(isNew);
    } catch (cause) {
      this.db.close();
      throw cause;
    }
  }

  #settle(isNew: boolean): void {
    if (isNew) this.db.exec(`PRAGMA auto_vacuum = INCREMENTAL; PRAGMA application_id = ${applicationId}`);
    this.db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -8192");
    this.db.exec("PRAGMA journal_size_limit = 16777216; PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY");
    // A file that was cut off before its first transaction was through has no tables yet.
    if (this.#get("SELECT 1 FROM sqlite_schema LIMIT 1") === undefined) this.transaction(() => this.db.exec(schema));
    const format = this.#get("SELECT value FROM meta WHERE key = 'format'")?.["value"];
    if (typeof format !== "number") throw new Error("the file names no format");
    if (format > formatVersion) {
      const detail = `${this.path} was written by a newer version (format ${format}, this one knows ${formatVersion}): update Plancia, or give another data folder`;
      throw new PlanciaError("start/damaged", detail);
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) {
      statement = this.db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  #run(sql: string, ...cells: readonly (number | string | null | Uint8Array)[]): number {
    return Number(this.#prepare(sql).run(...cells.map(bound)).lastInsertRowid);
  }

  #all<Row>(sql: string, ...cells: readonly (number | string)[]): Row[] {
    return this.#prepare(sql).all(...cells.map(bound)) as Row[];
  }

  #get(sql: string, ...cells: readonly number[]): Record<string, unknown> | undefined {
    return this.#prepare(sql).get(...cells.map(bound));
  }

  /** All of it or nothing. The error of `work` or of the disk comes through. */
  transaction(work: () => void): void {
    this.db.exec("BEGIN IMMEDIATE");
    try {
      work();
      this.db.exec("COMMIT");
    } catch (cause) {
      // SQLite has rolled back by itself after some errors of the disk.
      if (this.db.isTransaction) this.db.exec("ROLLBACK");
      throw cause;
    }
  }

  readState(): Checked<StateRow> | undefined {
    const row = this.#all<StateRow & { crc: number }>("SELECT committed, at, sealed, crc FROM state WHERE id = 1")[0];
    return row && { ...row, sound: row.crc === stateChecksum(row) };
  }

  writeState(row: StateRow): void {
    const sql = "INSERT OR REPLACE INTO state (id, committed, at, sealed, crc) VALUES (1, ?, ?, ?, ?)";
    this.#run(sql, row.committed, row.at, row.sealed, stateChecksum(row));
  }

  readSeries(): Checked<SeriesRow>[] {
    const sql = "SELECT id, name, type, chunks, lates, points, sealed, crc FROM series ORDER BY id";
    return this.#all<SeriesRow & { crc: number }>(sql).map((row) => ({
      ...row,
      sound: row.crc === seriesChecksum(row),
    }));
  }

  writeSeries(row: SeriesRow): void {
    const cells = [row.id, row.name, row.type, row.chunks, row.lates, row.points, row.sealed, seriesChecksum(row)];
    this.#run(
      "INSERT OR REPLACE INTO series (id, name, type, chunks, lates, points, sealed, crc) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
      ...cells,
    );
  }

  readGone(): Checked<GoneRow>[] {
    if (!this.#has("gone")) return [];
    const sql = "SELECT series, chunks, lates, points, crc FROM gone ORDER BY series";
    return this.#all<GoneRow & { crc: number }>(sql).map((row) => ({ ...row, sound: row.crc === goneChecksum(row) }));
  }

  /** The file is of format 2 from then on. To be called in a transaction. */
  writeGone(row: GoneRow): void {
    this.db.exec(goneTable);
    this.#run("UPDATE meta SET value = ? WHERE key = 'format' AND value < ?", formatVersion, formatVersion);
    this.#run(
      "INSERT OR REPLACE INTO gone (series, chunks, lates, points, crc) VALUES (?, ?, ?, ?, ?)",
      ...[row.series, row.chunks, row.lates, row.points, goneChecksum(row)],
    );
  }

  #has(table: string): boolean {
    const sql = "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = ?";
    return this.#all(sql, table).length > 0;
  }

  readOutages(limit: number): Checked<OutageRow>[] {
    const sql = "SELECT start, end, crc FROM outage ORDER BY id DESC LIMIT ?";
    return this.#all<OutageRow & { crc: number }>(sql, limit).map((row) => ({
      ...row,
      sound: row.crc === outageChecksum(row),
    }));
  }

  writeOutage(row: OutageRow): void {
    this.#run("INSERT INTO outage (start, end, crc) VALUES (?, ?, ?)", row.start, row.end, outageChecksum(row));
  }

  /** Sequence numbers and times of the journal, without the blobs. */
  journalIndex(): { readonly n: number; readonly at: number }[] {
    return this.#all("SELECT n, at FROM journal ORDER BY n");
  }

  readJournal(n: number): JournalRow | undefined {
    return this.#all<JournalRow>("SELECT n, at, data FROM journal WHERE n = ?", n)[0];
  }

  writeJournal(row: JournalRow): void {
    this.#run("INSERT INTO journal (n, at, data) VALUES (?, ?, ?)", row.n, row.at, row.data);
  }

  readJournalAfter(n: number): JournalRow[] {
    return this.#all("SELECT n, at, data FROM journal WHERE n > ? ORDER BY n", n);
  }

  pruneJournal(through: number): void {
    this.#run("DELETE FROM journal WHERE n <= ?", through);
  }

  readHeads(): HeadRow[] {
    return this.#all("SELECT id, start, count, data FROM head ORDER BY id");
  }

  writeHead(row: HeadRow): void {
    this.#run(
      "INSERT OR REPLACE INTO head (id, start, count, data) VALUES (?, ?, ?, ?)",
      row.id,
      row.start,
      row.count,
      row.data,
    );
  }

  deleteHead(id: number): void {
    this.#run("DELETE FROM head WHERE id = ?", id);
  }

  writeChunk(chunk: NewChunk): void {
    const { series, late, n, start, span, count, statistics, data } = chunk;
    const sql =
      "INSERT INTO chunk (series, late, n, start, span, count, statistics, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
    this.#run(sql, series, late, n, start, span, count, statistics, data);
  }

  /** Ids only grow: what was there at a moment is what has no greater id. */
  newestChunkId(): number {
    return Number(this.#get("SELECT max(id) AS id FROM chunk")?.["id"] ?? 0);
  }

  /** Ascending by start and number, beginning after (`afterStart`, `afterN`), starts below `endMs`. */
  chunksFrom(range: ChunkRange, afterStart: number, afterN: number, limit: number): ChunkRow[] {
    const sql = `SELECT id, series, late, n, start, span, count, statistics FROM chunk
      WHERE series = ? AND late = ? AND (start, n) > (?, ?) AND start < ? AND id <= ? ORDER BY start, n LIMIT ?`;
    return this.#all(sql, range.series, range.late, afterStart, afterN, range.endMs, range.maxId, limit);
  }

  /** Descending by start and number, starts below `range.endMs`. */
  chunksBefore(range: ChunkRange, fromStart: number, limit: number): ChunkRow[] {
    const sql = `SELECT id, series, late, n, start, span, count, statistics FROM chunk
      WHERE series = ? AND late = ? AND start >= ? AND start < ? AND id <= ? ORDER BY start DESC, n DESC LIMIT ?`;
    return this.#all(sql, range.series, range.late, fromStart, range.endMs, range.maxId, limit);
  }

  /** In the order of the table, not of the index: for looking at everything. */
  chunksById(afterId: number, limit: number): ChunkRow[] {
    const sql =
      "SELECT id, series, late, n, start, span, count, statistics FROM chunk WHERE id > ? ORDER BY id LIMIT ?";
    return this.#all(sql, afterId, limit);
  }

  /** In the order of the table, without the samples. */
  chunkSizes(afterId: number, limit: number): SizedChunk[] {
    return this.#all(`SELECT ${sizedColumns} FROM chunk WHERE id > ? ORDER BY id LIMIT ?`, afterId, limit);
  }

  /** The oldest chunks in order of time of a series. */
  oldestChunks(series: number, limit: number): SizedChunk[] {
    const sql = `SELECT ${sizedColumns} FROM chunk WHERE series = ? AND late = 0 ORDER BY start, n LIMIT ?`;
    return this.#all(sql, series, limit);
  }

  /** The chunk of late samples with the lowest number. */
  firstLateChunk(series: number): SizedChunk | undefined {
    const sql = `SELECT ${sizedColumns} FROM chunk WHERE series = ? AND late = 1 ORDER BY n LIMIT 1`;
    return this.#all<SizedChunk>(sql, series)[0];
  }

  /** Lowest number of the chunks that are there; undefined: none is. */
  firstNumber(series: number, late: number): number | undefined {
    const row = this.#get("SELECT min(n) AS n FROM chunk WHERE series = ? AND late = ?", series, late);
    return typeof row?.["n"] === "number" ? row["n"] : undefined;
  }

  readChunkData(id: number): Uint8Array {
    const data = this.#get("SELECT data FROM chunk WHERE id = ?", id)?.["data"];
    if (!(data instanceof Uint8Array)) throw new RangeError("the row is gone");
    return data;
  }

  deleteChunk(id: number): void {
    this.#run("DELETE FROM chunk WHERE id = ?", id);
  }

  replaceStatistics(id: number, statistics: Uint8Array): void {
    this.#run("UPDATE chunk SET statistics = ? WHERE id = ?", statistics, id);
  }

  /** Those whose checksum does not hold. @returns how many. */
  dropUnsoundOutages(): number {
    const rows = this.#all<OutageRow & { id: number; crc: number }>("SELECT id, start, end, crc FROM outage");
    const unsound = rows.filter((row) => row.crc !== outageChecksum(row));
    for (const { id } of unsound) this.#run("DELETE FROM outage WHERE id = ?", id);
    return unsound.length;
  }

  /** Those whose checksum does not hold. @returns of which forwarders. */
  dropUnsoundPlaces(): string[] {
    if (!this.#has("feed")) return [];
    const rows = this.#all<FeedRow & { crc: number }>("SELECT name, place, crc FROM feed");
    const unsound = rows.filter((row) => row.crc !== feedChecksum(row)).map(({ name }) => name);
    for (const name of unsound) this.#run("DELETE FROM feed WHERE name = ?", name);
    return unsound;
  }

  /** The place of a forwarder; undefined where it has none. */
  readPlace(name: string): Checked<FeedRow> | undefined {
    if (this.#get("SELECT 1 FROM sqlite_schema WHERE name = 'feed'") === undefined) return undefined;
    const row = this.#all<FeedRow & { crc: number }>("SELECT name, place, crc FROM feed WHERE name = ?", name)[0];
    return row && { ...row, sound: row.crc === feedChecksum(row) };
  }

  /** The table is made by the first forwarder that there is. */
  writePlace(row: FeedRow): void {
    this.db.exec(feedTable);
    this.#run(
      "INSERT OR REPLACE INTO feed (name, place, crc) VALUES (?, ?, ?)",
      row.name,
      row.place,
      feedChecksum(row),
    );
  }

  /** What SQLite itself finds wrong; empty: nothing. `table` undefined: all of the file, its indexes too. */
  check(table?: string): string[] {
    const pragma = table === undefined ? "PRAGMA integrity_check(20)" : `PRAGMA quick_check('${table}')`;
    try {
      const found = this.db.prepare(pragma).all();
      return found.map((row) => String(Object.values(row)[0])).filter((line) => line !== "ok");
    } catch (cause) {
      // Of a file that ends before its log says so the check itself is refused.
      if (!isCorrupt(cause)) throw cause;
      return [(cause as Error).message];
    }
  }

  /** Bytes of the pages in use, and of those that are free for what comes. */
  pageBytes(): { readonly used: number; readonly free: number; readonly page: number } {
    const [all, free, page] = ["page_count", "freelist_count", "page_size"].map((name) =>
      Number(this.#get(`PRAGMA ${name}`)?.[name] ?? 0),
    ) as [number, number, number];
    return { used: (all - free) * page, free: free * page, page };
  }

  /** Gives up to so many free pages back to the file system. */
  vacuum(pages: number): void {
    this.db.exec(`PRAGMA incremental_vacuum(${Math.floor(pages)})`);
  }

  /** Bytes of the file and its write-ahead log. */
  bytesOnDisk(): number {
    return sizeOf(this.path) + sizeOf(`${this.path}-wal`);
  }

  close(): void {
    this.#statements.clear();
    if (this.db.isOpen) this.db.close();
  }
}

export interface SizedChunk extends Omit<ChunkRow, "statistics"> {
  /** Of its blobs. */
  readonly bytes: number;
}

const sizedColumns = "id, series, late, n, start, span, count, length(statistics) + length(data) AS bytes";

export interface ChunkRange {
  readonly series: number;
  readonly late: number;
  readonly endMs: number;
  readonly maxId: number;
}

/** SQLITE_CORRUPT (11), SQLITE_NOTADB (26); the low byte is the primary code. */
export function isCorrupt(cause: unknown): boolean {
  if (!(cause instanceof Error) || !("errcode" in cause)) return false;
  const primary = Number(cause.errcode) & 0xff;
  return primary === 11 || primary === 26;
}

/** Whole numbers as BigInt, so that SQLite keeps them as integers. */
function bound(cell: number | string | null | Uint8Array): SQLInputValue {
  return typeof cell === "number" ? BigInt(cell) : cell;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function openDatabase(path: string): DatabaseSync {
  try {
    mkdirSync(join(path, ".."), { recursive: true });
    const db = new DatabaseSync(path, { timeout: busyTimeoutMs });
    return db;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlanciaError("start/read-only", `the history cannot be opened at ${path}: ${why}`, { cause });
  }
}
