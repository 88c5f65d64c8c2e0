import { copyFile, mkdir, mkdtemp, readdir, rm, stat, statfs, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { PlanciaError } from "../../core/errors.ts";
import { type FolderFile, filesOf } from "./folder-files.ts";
import { backupFormat, type Manifest } from "./manifest.ts";
import { besidePart, configurationFolder, dataPart, manifestName, wrongPath } from "./names.ts";
import { packed } from "./pack.ts";
import { snapshotDatabase } from "./snapshot.ts";

export interface BackupSettings {
  readonly dataFolder: string;
  /** The configuration file; left out where there is none. */
  readonly configuration: string;
  /** What it is not whole without, by the path from its folder; what is not there is left out. */
  readonly beside?: readonly { readonly path: string; readonly file: string }[];
  readonly version: string;
  readonly gateway: string;
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** What stays free on the disk of the data folder while the copies lie there. */
const reserveBytes = 64 * 1024 * 1024;
const stagingPrefix = ".backup-";

/**
 * A gzipped tar of the data folder (the key file, the lock and the socket left out) and of the
 * configuration with its templates and tables. The databases are copied first, each as it is at one moment, so that neither a
 * writing gateway nor a slow reader of the archive matters; that takes their size again on the disk.
 * One at a time for each data folder, under its lock or by the gateway that has it. Ending the
 * iteration early removes the copies too. @throws PlanciaError store/unavailable, start/damaged;
 * what the signal was aborted with.
 */
export async function* createBackup(settings: BackupSettings): AsyncGenerator<Uint8Array> {
  const { dataFolder, signal } = settings;
  await removeStaging(dataFolder);
  const files = await filesOf(dataFolder);
  await checkSpace(dataFolder, files);
  const staging = await mkdtemp(join(dataFolder, stagingPrefix));
  try {
    const contents = await stage(staging, files, settings);
    for await (const chunk of packed(staging, [manifestName, ...contents])) {
      signal.throwIfAborted();
      yield chunk;
    }
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** What a killed backup left behind. */
export async function removeStaging(dataFolder: string): Promise<void> {
  const left = (await readdir(dataFolder)).filter((name) => name.startsWith(stagingPrefix));
  for (const name of left) await rm(join(dataFolder, name), { recursive: true, force: true });
}

async function checkSpace(dataFolder: string, files: readonly FolderFile[]): Promise<void> {
  const needed = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const { bavail, bsize } = await statfs(dataFolder);
  if (bavail * bsize >= needed + reserveBytes) return;
  const mib = Math.ceil((needed + reserveBytes) / 1024 / 1024);
  throw new PlanciaError("store/unavailable", `a backup needs ${mib} MiB free beside the data folder ${dataFolder}`);
}

/**
 * Plain files first: the history's mark of its newest commit may be older than the history beside it,
 * never younger. @returns the paths in the archive.
 */
async function stage(staging: string, files: readonly FolderFile[], settings: BackupSettings): Promise<string[]> {
  const contents: string[] = [];
  for (const file of files.toSorted((a, b) => Number(a.isDatabase) - Number(b.isDatabase))) {
    settings.signal.throwIfAborted();
    const path = `${dataPart}/${file.path}`;
    const wrong = wrongPath(path);
    if (wrong !== undefined)
      throw new PlanciaError("store/unavailable", `${file.path} in ${settings.dataFolder} cannot be packed: ${wrong}`);
    const from = join(settings.dataFolder, file.path);
    const to = join(staging, path);
    await mkdir(dirname(to), { recursive: true });
    if (file.isDatabase) await snapshotDatabase(from, to, settings.signal);
    else if (!(await copied(from, to))) continue;
    contents.push(path);
  }
  const configuration = `${configurationFolder}/${basename(settings.configuration)}`;
  await mkdir(join(staging, configurationFolder));
  if (wrongPath(configuration) === undefined && (await copied(settings.configuration, join(staging, configuration))))
    contents.push(configuration);
  for (const { path, file } of settings.beside ?? []) {
    const to = `${besidePart}/${path}`;
    if (wrongPath(to) !== undefined) continue;
    await mkdir(dirname(join(staging, to)), { recursive: true });
    if (await copied(file, join(staging, to))) contents.push(to);
  }
  await writeManifest(staging, contents, settings);
  return contents;
}

/** False where the file has gone. */
async function copied(from: string, to: string): Promise<boolean> {
  try {
    await copyFile(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function writeManifest(staging: string, contents: readonly string[], settings: BackupSettings): Promise<void> {
  const { version, gateway, nowMs } = settings;
  let bytes = 0;
  for (const path of contents) bytes += (await stat(join(staging, path))).size;
  const manifest: Manifest = {
    product: "plancia",
    format: backupFormat,
    version,
    gateway,
    createdAt: new Date(nowMs).toISOString(),
    files: contents.length,
    bytes,
  };
  await writeFile(join(staging, manifestName), `${JSON.stringify(manifest, undefined, 2)}\n`);
}
