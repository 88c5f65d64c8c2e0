import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { PlanciaError } from "../core/errors.ts";
import type { CheckedFile, PlacedFile } from "../services/configuration-desk.ts";
import type { KeptConfiguration } from "../services/configuration-versions.ts";

export interface Placing {
  /** The configuration file. */
  readonly config: string;
  readonly text: string;
  /** What must lie there; whatever lies there where not given. */
  readonly expected?: string | undefined;
  /** Reads and checks a file beside it, where `${file:…}` is the same as in it. */
  check(file: string): Promise<CheckedFile>;
  record(kept: KeptConfiguration): Promise<number>;
  version(n: number): Promise<{ readonly text: string; readonly leftOut: number } | undefined>;
}

/**
 * A valid text in the place of the configuration file: on the record first, in place at once or not at
 * all, and what lay there is kept beside. @throws PlanciaError start/read-only, request/conflict where somebody
 * else wrote the file while this text was checked, or what `record` throws.
 */
export async function placeConfiguration({
  config,
  text,
  expected,
  check,
  record,
  version,
}: Placing): Promise<PlacedFile> {
  const lay = textOf(config);
  if (expected !== undefined && lay !== expected) throw changedMeanwhile(config);
  if (lay === text) return { ok: true, n: undefined, before: undefined };
  const next = join(dirname(config), `.next-${process.pid}-${config.split(/[\\/]/).at(-1)}`);
  try {
    write(next, text, config);
    const checked = await check(next);
    if (!checked.ok) return checked;
    if (textOf(config) !== lay) throw changedMeanwhile(config);
    const n = await record(checked.kept);
    const last = await version(n - 1);
    // Recording takes its time, too: a version that was never in its place is on record then, and nothing is lost.
    if (textOf(config) !== lay) throw changedMeanwhile(config);
    const before = keepBefore(config, n, last);
    renameSync(next, config);
    syncFolder(dirname(config));
    return { ok: true, n, before };
  } catch (error) {
    throw readOnly(config, error);
  } finally {
    rmSync(next, { force: true });
  }
}

function changedMeanwhile(config: string): PlanciaError {
  return new PlanciaError("request/conflict", `${config} was changed by somebody else just now: look at it again`);
}

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

/** Else a power cut brings back the file of before, though the record says otherwise. */
function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** What lay there, unless the version before has every character of it. */
function keepBefore(
  config: string,
  n: number,
  last: { readonly text: string; readonly leftOut: number } | undefined,
): string | undefined {
  const before = textOf(config);
  if (before === undefined) return undefined;
  if (last?.text === before && last.leftOut === 0) return undefined;
  const kept = `${config}.before-${n}`;
  write(kept, before, config);
  return kept;
}

/** With the rights of the file that it stands for; where there is none, for this account alone. */
function write(file: string, text: string, like: string): void {
  const mode = existsSync(like) ? statSync(like).mode & 0o777 : 0o600;
  writeFileSync(file, text, { mode: 0o600, flush: true });
  chmodSync(file, mode);
}

function readOnly(file: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (error instanceof PlanciaError || !/^E(ACCES|PERM|ROFS|BUSY|NOENT|XDEV|NOSPC)$/.test(code ?? "")) return error;
  return new PlanciaError("start/read-only", `${file} cannot be replaced (${code})`, { cause: error });
}
