import { PlanciaError } from "../../core/errors.ts";

/** Primary result codes of https://www.sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_CANTOPEN = 14;
const SQLITE_NOTADB = 26;

/** The primary result code of an error of node:sqlite; undefined: not one of SQLite's. */
export function sqliteCode(error: unknown): number | undefined {
  const extended = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof extended === "number" ? extended & 0xff : undefined;
}

function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** True where the handle is not to be trusted any more and the file must be opened anew. */
export function needsReopening(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_IOERR || code === SQLITE_CORRUPT || code === SQLITE_NOTADB || code === SQLITE_CANTOPEN;
}

/** True where the content of the file does not hold together. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** What went wrong while working, in the catalogue's words; anything unknown is returned as it is (internal). */
export function workingError(error: unknown): unknown {
  const message = detailOf(error);
  if (message.includes("plancia: booking overlap"))
    return new PlanciaError("booking/overlap", "The machine is booked in that time");
  if (message.includes("plancia: last administrator")) {
    return new PlanciaError(
      "request/conflict",
      "The last enabled administrator can be neither disabled nor given another role",
    );
  }
  if (message.includes("plancia: final command")) return new PlanciaError("request/conflict", "The command is final");
  if (message.includes("booking_order"))
    return new PlanciaError("booking/refused", "A booking must end after it starts");
  if (message.includes("users.name_key")) return new PlanciaError("user/exists", "The name is taken");
  if (message.includes("organisations.id")) return new PlanciaError("organisation/exists", "The id is taken");
  if (message.includes("plancia: an own grant stays"))
    return new PlanciaError("request/conflict", "What comes with the role of the account is changed there");
  const why = unavailability(sqliteCode(error));
  return why ? new PlanciaError("store/unavailable", why, { retryAfterS: 2, cause: error }) : error;
}

function unavailability(code: number | undefined): string | undefined {
  switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "The records file is locked by another program";
    case SQLITE_FULL:
      return "The disk is full";
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return "The disk reports an error on the records file";
    case SQLITE_READONLY:
      return "The records file cannot be written";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "The records file is damaged";
    default:
      return undefined;
  }
}

/** What went wrong while opening `file`: one clear sentence with what to do. */
export function openingError(file: string, error: unknown): PlanciaError {
  if (error instanceof PlanciaError) return error;
  const code = sqliteCode(error);
  const more = { cause: error };
  if (code === SQLITE_BUSY || code === SQLITE_LOCKED) {
    return new PlanciaError("start/in-use", `${file} is locked by another program; end that one first`, more);
  }
  if (isDamage(error)) return damaged(file, detailOf(error));
  if (code === SQLITE_FULL)
    return new PlanciaError("start/read-only", `${file} cannot be written: the disk is full`, more);
  return new PlanciaError(
    "start/read-only",
    `${file} cannot be opened for writing (${detailOf(error)}); check the folder and its rights`,
    more,
  );
}

export function damaged(file: string, what: string): PlanciaError {
  return new PlanciaError(
    "start/damaged",
    `${file} is damaged (${what}); put back a backup with: plancia restore FILE`,
  );
}

export function newer(file: string): PlanciaError {
  return new PlanciaError(
    "start/damaged",
    `${file} was written by a newer version of Plancia; start that version, or put back an older backup`,
  );
}
