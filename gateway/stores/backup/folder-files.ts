import { readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { databaseFile, passing, staysHere } from "./names.ts";

/** One file of the data folder that belongs into a backup; `path` with `/`, from the folder. */
export interface FolderFile {
  readonly path: string;
  readonly bytes: number;
  readonly isDatabase: boolean;
}

/**
 * All files that belong into a backup. A link is followed, since operators lay the history on another
 * disk; a folder is visited once, wherever links lead. Sockets and devices are left out, and so is
 * what goes while one looks.
 */
export async function filesOf(dataFolder: string): Promise<readonly FolderFile[]> {
  const visited = new Set<string>();
  const found: FolderFile[] = [];
  const walk = async (under: string): Promise<void> => {
    const folder = join(dataFolder, under);
    const real = await realpath(folder);
    if (visited.has(real)) return;
    visited.add(real);
    for (const name of (await readdir(folder)).sort()) {
      if ((under === "" && staysHere(name)) || passing.test(name)) continue;
      const path = under === "" ? name : `${under}/${name}`;
      const facts = await factsOf(join(dataFolder, path));
      if (facts?.isDirectory()) await walk(path);
      else if (facts?.isFile()) found.push({ path, bytes: facts.size, isDatabase: databaseFile.test(name) });
    }
  };
  await walk("");
  return found;
}

async function factsOf(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
