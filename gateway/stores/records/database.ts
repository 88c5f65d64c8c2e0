import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { Kysely } from "kysely";
import { Migrator } from "kysely/migration";
import { PlanciaError } from "../../core/errors.ts";
import { migrationProvider } from "./migrations.ts";
import type { Schema } from "./schema.ts";
import { nodeSqliteDialect } from "./sqlite-dialect.ts";
import { damaged, newer, openingError } from "./sqlite-errors.ts";

export type RecordsDatabase = Kysely<Schema>;

/** The same file in two hands: `database` is for transactions that are wider than one call. */
export interface OpenDatabase {
  readonly db: RecordsDatabase;
  readonly database: DatabaseSync;
}

/** How long one statement waits for another process's lock, ms. Well below the time-out of a call. */
export const busyTimeoutMs = 2_000;

/** Up to this size the whole file is checked when it is opened (about 0.1 s); larger ones by `audit verify`. Bytes. */
const checkedSize = 64 * 1024 * 1024;

/** So often it is tried where another process makes or migrates the same file just then, and the pause between, ms. */
const openings = 5;
const pauseMs = 200;

/**
 * Opens or creates the records file and brings it to today's schema. Safe when two processes do it
 * at once: SQLite answers some of what happens then with "busy" at once, whatever time-out is set.
 * @throws PlanciaError start/read-only, start/in-use, start/damaged.
 */
export async function openDatabase(file: string): Promise<OpenDatabase> {
  for (let left = openings - 1; ; left--) {
    try {
      return await openOnce(file);
    } catch (error) {
      if (left === 0 || !(error instanceof PlanciaError && error.code === "start/in-use")) throw error;
      await sleep(pauseMs);
    }
  }
}

async function openOnce(file: string): Promise<OpenDatabase> {
  let database: DatabaseSync | undefined;
  try {
    makeFolder(dirname(file));
    database = new DatabaseSync(file, { timeout: busyTimeoutMs, enableForeignKeyConstraints: true });
    prepare(database, file);
    const db = new Kysely<Schema>({ dialect: nodeSqliteDialect(database) });
    await migrate(db, file);
    return { db, database };
  } catch (error) {
    if (database?.isOpen) database.close();
    throw openingError(file, error);
  }
}

/** Level by level: the recursive option of mkdir never returns where a file system answers ENOENT for good. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another process may have been first.
    if (!existsSync(folder)) throw error;
  }
}

function prepare(database: DatabaseSync, file: string): void {
  database.exec("PRAGMA journal_mode = WAL");
  // R5: intent and audit are on the disk when the promise resolves.
  database.exec("PRAGMA synchronous = FULL");
  database.exec(`PRAGMA journal_size_limit = ${checkedSize}`);
  if (statSync(file).size > checkedSize) return;
  const [row] = database.prepare("PRAGMA quick_check(1)").all();
  const answer = String(row?.quick_check);
  if (answer !== "ok") throw damaged(file, answer.split("\n").at(-1) ?? answer);
}

async function migrate(db: RecordsDatabase, file: string): Promise<void> {
  const migrator = new Migrator({ db, provider: migrationProvider });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const unknownMigration = error instanceof Error && error.message.startsWith("corrupted migrations");
  throw unknownMigration ? newer(file) : error;
}
