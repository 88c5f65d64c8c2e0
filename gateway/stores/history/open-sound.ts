import { copyFileSync, existsSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { PlanciaError } from "../../core/errors.ts";
import type { EngineReports } from "./engine.ts";
import { HistoryFile, isCorrupt } from "./history-file.ts";
import { type ReportDamage, reason } from "./recovery.ts";
import { salvage } from "./salvage.ts";
import { feedTable, goneTable, schema } from "./schema.ts";
import { verifyFile } from "./verify.ts";
import { checkWal } from "./wal-check.ts";

/** Up to here opening looks at every chunk (about a second), up to the second at every page; beyond only at what is small. */
const wholeCheckBytes = 8 * 1024 * 1024;
const structureCheckBytes = 128 * 1024 * 1024;
const smallTables = ["meta", "state", "series", "outage", "journal", "head"] as const;

/**
 * Opens the file in a state that may be written on. A file whose structure is damaged is not written
 * any more: what can be read of it goes into a new one, and it is set aside under another name, for
 * people to look at. `bounded`: what is looked at first depends on the size, so that opening does not take long.
 * @throws PlanciaError start/read-only, start/damaged (of a newer version).
 */
export function openSound(
  path: string,
  nowMs: number,
  reports: EngineReports,
  look: "bounded" | "everything" = "bounded",
): HistoryFile {
  const wal = checkWal(`${path}-wal`);
  if (wal) {
    reports.damage(wal);
    copyFileSync(`${path}-wal`, `${path}-wal.damaged-${stamp(nowMs)}`);
  }
  const file = openOrUndefined(path, reports.damage);
  const isDefined = look === "bounded" || !file || definitionsHold(file, reports.damage);
  if (file && isDefined && isSound(file, wal !== undefined || look === "everything", reports.damage)) return file;
  return replace(path, file, nowMs, reports);
}

function isSound(file: HistoryFile, everything: boolean, report: ReportDamage): boolean {
  const size = file.bytesOnDisk();
  if (everything || size <= wholeCheckBytes) return verifyFile(file, report).length === 0;
  const found = size <= structureCheckBytes ? file.check() : smallTables.flatMap((table) => file.check(table));
  for (const line of found) report(`the file's structure is damaged: ${line}`);
  return found.length === 0;
}

/** Tables whose definition reads otherwise than ours, a letter in another case too, answer under other names. */
function definitionsHold(file: HistoryFile, report: ReportDamage): boolean {
  const ours = new DatabaseSync(":memory:");
  ours.exec(schema);
  ours.exec(feedTable);
  ours.exec(goneTable);
  const known = new Set(definitionsOf(ours));
  ours.close();
  const strange = definitionsOf(file.db).filter((text) => !known.has(text));
  for (const text of strange) report(`a definition is damaged: ${text.slice(0, 40)}…`);
  return strange.length === 0;
}

function definitionsOf(db: DatabaseSync): string[] {
  const rows = db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL").all();
  return rows.map((row) => String(row["sql"]).replaceAll(/\s+/g, " "));
}

/** Undefined where the file is there but is no database that can be read. */
function openOrUndefined(path: string, report: ReportDamage): HistoryFile | undefined {
  try {
    return new HistoryFile(path);
  } catch (cause) {
    if (cause instanceof PlanciaError) throw cause;
    if (!isUnreadable(cause)) {
      throw new PlanciaError("start/read-only", `the history at ${path} cannot be opened: ${reason(cause)}`, { cause });
    }
    report(`the file cannot be read at all: ${reason(cause)}`);
    return undefined;
  }
}

/** Damage, or a sound database without our tables (SQLITE_ERROR, or our own complaint that it names no format). */
function isUnreadable(cause: unknown): boolean {
  return isCorrupt(cause) || !(cause instanceof Error && "errcode" in cause) || (Number(cause.errcode) & 0xff) === 1;
}

function replace(path: string, damaged: HistoryFile | undefined, nowMs: number, reports: EngineReports): HistoryFile {
  const fresh = `${path}.new`;
  for (const suffix of ["", "-wal", "-shm"]) rmSync(`${fresh}${suffix}`, { force: true });
  const rescued = new HistoryFile(fresh);
  try {
    if (damaged) salvage(damaged, rescued, reports.damage);
  } finally {
    // Closing folds the write-ahead log into the file.
    rescued.close();
    closeAnyway(damaged, reports);
  }
  const aside = `${path}.damaged-${stamp(nowMs)}`;
  for (const suffix of ["", "-wal"]) {
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${aside}${suffix}`);
  }
  rmSync(`${path}-shm`, { force: true });
  renameSync(fresh, path);
  reports.damage(`what could be read went into a new file; the damaged one is ${aside}`);
  return new HistoryFile(path);
}

function closeAnyway(file: HistoryFile | undefined, reports: EngineReports): void {
  try {
    file?.close();
  } catch (cause) {
    reports.warn(`the damaged file could not be closed: ${reason(cause)}`);
  }
}

function stamp(nowMs: number): string {
  return new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-");
}
