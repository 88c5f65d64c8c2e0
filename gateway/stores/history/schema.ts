/**
 * Format of the file. A newer one is refused, an older one migrated before anything is read. A file is of format 1 until
 * retention takes out the first chunk: an older program would take what is gone for lost.
 */
export const formatVersion = 2;
const firstFormat = 1;

/** `PRAGMA application_id`: "PLNC". */
export const applicationId = 0x504c4e43;

/** README.md says what stands in the columns. */
export const schema = `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    committed INTEGER NOT NULL, at INTEGER NOT NULL, sealed INTEGER NOT NULL, crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE series (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL,
    chunks INTEGER NOT NULL, lates INTEGER NOT NULL, points INTEGER NOT NULL, sealed INTEGER, crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE outage (id INTEGER PRIMARY KEY, start INTEGER NOT NULL, end INTEGER NOT NULL, crc INTEGER NOT NULL) STRICT;
  CREATE TABLE journal (n INTEGER PRIMARY KEY, at INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
  CREATE TABLE head (
    id INTEGER PRIMARY KEY, start INTEGER NOT NULL, count INTEGER NOT NULL, data BLOB NOT NULL
  ) STRICT;
  CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, series INTEGER NOT NULL, late INTEGER NOT NULL, n INTEGER NOT NULL,
    start INTEGER NOT NULL, span INTEGER NOT NULL, count INTEGER NOT NULL,
    statistics BLOB NOT NULL, data BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX chunk_by_time ON chunk (series, late, start, n);
  INSERT INTO meta VALUES ('format', ${firstFormat});
`;

/** Where forwarders stand; only where there was one, and an older program does not miss it. */
export const feedTable = `
  CREATE TABLE IF NOT EXISTS feed (name TEXT PRIMARY KEY, place TEXT NOT NULL, crc INTEGER NOT NULL) STRICT, WITHOUT ROWID
`;

/** What retention took out, by series; only where it did (format 2). */
export const goneTable = `
  CREATE TABLE IF NOT EXISTS gone (
    series INTEGER PRIMARY KEY, chunks INTEGER NOT NULL, lates INTEGER NOT NULL, points INTEGER NOT NULL, crc INTEGER NOT NULL
  ) STRICT
`;

export const tables = ["meta", "state", "series", "outage", "journal", "head", "chunk"] as const;
