import { randomBytes } from "node:crypto";
import {
  closeSync,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";

/** From which every secret key of this installation is derived; 32 random bytes, made at the first start. */
export type InstallationKey = Uint8Array;

const keyLength = 32;
const shape = /^plancia-key-1 ([A-Za-z0-9_-]{43})$/;

/** A key that somebody keeps outside of the data folder: its file, or its text out of the environment. */
export type GivenKey = { readonly file: string } | { readonly text: string };

/** Fewer different bytes among 32 do not come from a random source, ever. */
const leastDifferent = 16;

/**
 * The key that was given. It is never made in passing: without the right one second factors do not
 * open. The file may be read by its group, as mounted secrets are, and by nobody else.
 * @throws PlanciaError start/unsafe.
 */
export function givenKey(given: GivenKey): InstallationKey {
  const said = "file" in given ? `The key file ${given.file}` : "The key in PLANCIA_KEY";
  const key = "file" in given ? readGiven(given.file) : keyOf(given.text.trim());
  if (typeof key !== "string") {
    if (new Set(key).size >= leastDifferent) return key;
    throw new PlanciaError("start/unsafe", `${said} is not random: make one with plancia key FILE`);
  }
  const because = {
    missing: "is not there: put your copy back, or for a new gateway make one with plancia key FILE",
    damaged: "is damaged, or no key: put your copy back",
    "readable by others": "can be read by everybody: chmod 600 it if nobody can have read it",
  }[key];
  throw new PlanciaError("start/unsafe", `${said} ${because}`);
}

function readGiven(file: string): InstallationKey | Wrong {
  try {
    return readKey(file, 0o007);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlanciaError("start/unsafe", `The key file ${file} cannot be read (${why})`, { cause });
  }
}

/** Makes a new key file, mode 0600, where there is none. @throws PlanciaError request/conflict, start/read-only. */
export function makeKeyFile(file: string): void {
  if (existsSync(file)) throw new PlanciaError("request/conflict", `${file} is there already and was not touched`);
  try {
    makeKey(file);
  } catch (cause) {
    if (cause instanceof PlanciaError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlanciaError("start/read-only", `The key file ${file} cannot be written (${why})`, { cause });
  }
}

/**
 * Reads the key file, or makes it with mode 0600. One that others could have read, or that is damaged,
 * is for a person to decide about: with a new key every second factor would have to be set up anew.
 * @throws PlanciaError start/read-only, start/unsafe.
 */
export function loadInstallationKey(file: string, log: Log): InstallationKey {
  try {
    const found = readKey(file);
    if (typeof found !== "string") return found;
    if (found !== "missing") throw notToBeUsed(file, found);
    const key = makeKey(file);
    log.info({ file }, "a key file was made; keep a copy of it apart from the backups, second factors hang on it");
    return key;
  } catch (cause) {
    if (cause instanceof PlanciaError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlanciaError("start/read-only", `The key file ${file} cannot be read or written (${why})`, { cause });
  }
}

/** The key of the key file, or undefined where there is none: none is made. @throws PlanciaError start/read-only, start/unsafe. */
export function storedInstallationKey(file: string): InstallationKey | undefined {
  let found: InstallationKey | Wrong;
  try {
    found = readKey(file);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlanciaError("start/read-only", `The key file ${file} cannot be read (${why})`, { cause });
  }
  if (found === "missing") return undefined;
  if (typeof found === "string") throw notToBeUsed(file, found);
  return found;
}

function notToBeUsed(file: string, why: "damaged" | "readable by others"): PlanciaError {
  const otherwise = "or delete it: a new one is made, and second factors are set up anew (plancia user reset-factor)";
  const detail =
    why === "damaged"
      ? `The key file ${file} is damaged: put your copy of it back, ${otherwise}`
      : `The key file ${file} can be read by others: chmod 600 it if nobody can have read it, ${otherwise}`;
  return new PlanciaError("start/unsafe", detail);
}

type Wrong = "missing" | "damaged" | "readable by others";

/** The key, or what is wrong with the file. @param closed bits of the mode that must not be set. */
function readKey(file: string, closed = 0o077): InstallationKey | Wrong {
  let handle: number;
  try {
    handle = openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "missing";
    throw error;
  }
  try {
    // Windows knows no such modes: there the folder's own rights protect the file.
    if (process.platform !== "win32" && (fstatSync(handle).mode & closed) !== 0) return "readable by others";
    const text = readFileSync(handle, "utf8");
    return text.endsWith("\n") ? keyOf(text.slice(0, -1)) : "damaged";
  } finally {
    closeSync(handle);
  }
}

function keyOf(text: string): InstallationKey | "damaged" {
  const found = shape.exec(text)?.[1];
  return found === undefined ? "damaged" : new Uint8Array(Buffer.from(found, "base64url"));
}

/** Written whole under another name and linked into place, so that of two starters one wins and both use its key. */
function makeKey(file: string): InstallationKey {
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.${randomBytes(4).toString("hex")}`;
  try {
    const handle = openSync(draft, "wx", 0o600);
    fchmodSync(handle, 0o600);
    writeSync(handle, `plancia-key-1 ${randomBytes(keyLength).toString("base64url")}\n`);
    fsyncSync(handle);
    closeSync(handle);
    linkUnlessThere(draft, file);
  } finally {
    rmSync(draft, { force: true });
  }
  const key = readKey(file);
  if (typeof key === "string")
    throw new PlanciaError("start/read-only", `The key file ${file} is ${key} right after it was made`);
  return key;
}

function linkUnlessThere(draft: string, file: string): void {
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}
