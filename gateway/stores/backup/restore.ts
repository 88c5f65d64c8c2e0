import { existsSync } from "node:fs";
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm, statfs } from "node:fs/promises";
import { join, relative } from "node:path";
import { PlanciaError } from "../../core/errors.ts";
import type { Manifest } from "./manifest.ts";
import { besidePart, configurationFolder, dataPart, staysHere } from "./names.ts";
import { unpack } from "./unpack.ts";

export interface RestoreSettings {
  readonly file: string;
  /** Its lock is held by the caller. */
  readonly dataFolder: string;
  readonly nowMs: number;
  /** A file without which it is no data folder. */
  readonly needed: string;
  /** Called with the unpacked data folder before anything takes effect; what it throws ends the restore. */
  prepare(unpacked: string, manifest: Manifest): Promise<void>;
}

export interface Restored {
  readonly manifest: Manifest;
  /** Where what was in the data folder lies now; undefined: nothing was. */
  readonly aside: string | undefined;
  readonly configuration: { readonly name: string; readonly content: Buffer } | undefined;
  /** Its templates and tables, by the path from its folder. */
  readonly beside: readonly { readonly path: string; readonly content: Buffer }[];
}

const reserveBytes = 64 * 1024 * 1024;
/** There while the contents of the folder are exchanged. */
const exchanging = ".restoring";
const stagingPrefix = ".restore-";

/** What is in the data folder and would make way. */
export async function contentsOf(dataFolder: string): Promise<readonly string[]> {
  if (!existsSync(dataFolder)) return [];
  return (await readdir(dataFolder)).filter((name) => !staysHere(name));
}

/** A restore that was killed in the middle leaves a mixture, on which no gateway must run. @throws PlanciaError start/damaged. */
export function assertNoHalfRestore(dataFolder: string): void {
  if (!existsSync(join(dataFolder, exchanging))) return;
  const detail = `a restore into ${dataFolder} was interrupted; run it again: plancia restore FILE --force`;
  throw new PlanciaError("start/damaged", detail);
}

/**
 * Puts a backup in the place of what is in the data folder, which is moved aside within it (the folder
 * may be a mount point). The key file of this machine stays, if it has one. Up to the exchange
 * nothing has changed, whatever fails. @throws PlanciaError as `unpack` and `prepare`.
 */
export async function restoreBackup(settings: RestoreSettings): Promise<Restored> {
  const { dataFolder, file } = settings;
  for (const name of await readdir(dataFolder))
    if (name.startsWith(stagingPrefix)) await rm(join(dataFolder, name), { recursive: true, force: true });
  const staging = await mkdtemp(join(dataFolder, stagingPrefix));
  try {
    const { bavail, bsize } = await statfs(dataFolder);
    const manifest = await unpack(file, staging, bavail * bsize - reserveBytes);
    if (!existsSync(join(staging, dataPart, settings.needed)))
      throw new PlanciaError("request/invalid", `${file} was not restored: it holds no ${settings.needed}`);
    await settings.prepare(join(staging, dataPart), manifest);
    const configuration = await configurationIn(staging);
    const beside = await besideIn(staging);
    return { manifest, configuration, beside, aside: await exchange(settings, staging) };
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function configurationIn(staging: string): Promise<Restored["configuration"]> {
  const folder = join(staging, configurationFolder);
  const [name] = existsSync(folder) ? await readdir(folder) : [];
  return name === undefined ? undefined : { name, content: await readFile(join(folder, name)) };
}

async function besideIn(staging: string): Promise<Restored["beside"]> {
  const folder = join(staging, besidePart);
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.sort().map(async (file) => ({
      path: relative(folder, file).replaceAll("\\", "/"),
      content: await readFile(file),
    })),
  );
}

async function exchange({ dataFolder, nowMs }: RestoreSettings, staging: string): Promise<string | undefined> {
  const half = join(dataFolder, exchanging);
  await rm(half, { recursive: true, force: true });
  await rename(staging, half);
  await sync(dataFolder);
  const old = await contentsOf(dataFolder);
  const aside = `before-restore-${new Date(nowMs).toISOString().replaceAll(/[:.]/g, "-")}`;
  if (old.length > 0) await mkdir(join(dataFolder, aside), { mode: 0o700 });
  for (const name of old) await rename(join(dataFolder, name), join(dataFolder, aside, name));
  for (const name of await readdir(join(half, dataPart)))
    await rename(join(half, dataPart, name), join(dataFolder, name));
  await sync(dataFolder);
  await rm(half, { recursive: true, force: true });
  return old.length > 0 ? join(dataFolder, aside) : undefined;
}

/** Names are on the disk when it returns; Windows knows no such thing. */
async function sync(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}
