import { accessSync, chmodSync, constants, existsSync, mkdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { PlanciaError } from "../../core/errors.ts";

/** The one folder that a gateway writes to, held by this process until `release`. */
export interface DataFolder {
  readonly path: string;
  readonly records: string;
  readonly history: string;
  readonly keys: string;
  driver(name: string): string;
  release(): void;
}

/**
 * Makes the folder and takes its lock. The lock is the operating system's on an SQLite file, so it
 * ends with the process whatever ends that: no stale lock file after kill -9 (F39).
 * @throws PlanciaError start/read-only, start/in-use.
 */
export function openDataFolder(path: string): DataFolder {
  makeFolder(path);
  const lock = takeLock(path);
  return { ...dataPaths(path), release: () => lock.close() };
}

/** Where things lie, without taking the lock: for the command line beside a running gateway. */
export function dataPaths(path: string): Omit<DataFolder, "release"> {
  return {
    path,
    records: join(path, "records.db"),
    history: join(path, "history"),
    keys: join(path, "keys"),
    driver: (name) => join(path, "drivers", name),
  };
}

export function makeFolder(path: string): void {
  try {
    makeStepByStep(resolve(path));
    accessSync(path, constants.W_OK);
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? "";
    throw new PlanciaError(
      "start/read-only",
      `the data folder ${path} cannot be written (${code}); give another with --data`,
      {
        cause,
      },
    );
  }
}

/** Not `recursive`: on some file systems (/proc) Node then never comes back. */
function makeStepByStep(path: string): void {
  if (existsSync(path)) return;
  const parent = dirname(path);
  if (parent !== path) makeStepByStep(parent);
  mkdirSync(path, { mode: 0o700 });
}

function takeLock(path: string): DatabaseSync {
  const file = join(path, "gateway.lock");
  try {
    const lock = new DatabaseSync(file, { timeout: 0 });
    lock.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE");
    chmodSync(file, 0o600);
    return lock;
  } catch (cause) {
    const busy = /locked|busy/.test(String(cause));
    if (busy) {
      throw new PlanciaError(
        "start/in-use",
        `another gateway runs on the data folder ${path}; end it or give another with --data`,
        {
          cause,
        },
      );
    }
    throw new PlanciaError("start/read-only", `the data folder ${path} cannot be written; give another with --data`, {
      cause,
    });
  }
}
