import { backup, DatabaseSync } from "node:sqlite";
import { PlanciaError } from "../../core/errors.ts";

/** 4 MiB at a time; in between the copy can be given up. */
const pagesAtOnce = 1000;
/** How long it waits for a lock of another process. */
const busyTimeoutMs = 5000;

/**
 * Copies an SQLite database as it is at this moment, whoever writes to it meanwhile: the reading
 * transaction keeps that moment, and in WAL mode holds up no writer. The file itself must never be
 * opened by other means in a process that has the database open: closing it would drop SQLite's
 * locks (POSIX). @throws PlanciaError start/damaged, store/unavailable.
 */
export async function snapshotDatabase(from: string, to: string, signal: AbortSignal): Promise<void> {
  let source: DatabaseSync | undefined;
  try {
    source = new DatabaseSync(from, { readOnly: true, timeout: busyTimeoutMs });
    source.exec("BEGIN");
    source.prepare("SELECT count(*) FROM sqlite_schema").get();
    await backup(source, to, { rate: pagesAtOnce, progress: () => signal.throwIfAborted() });
  } catch (cause) {
    signal.throwIfAborted();
    throw snapshotError(from, cause);
  } finally {
    if (source?.isOpen) source.close();
  }
}

/** https://www.sqlite.org/rescode.html: 11 CORRUPT and 26 NOTADB are damage, the rest passes. */
function snapshotError(file: string, cause: unknown): PlanciaError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const primary = Number((cause as { errcode?: number } | undefined)?.errcode ?? 0) & 0xff;
  const code = primary === 11 || primary === 26 ? "start/damaged" : "store/unavailable";
  return new PlanciaError(code, `${file} cannot be copied: ${why}`, { cause });
}
