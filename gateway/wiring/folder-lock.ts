import { existsSync } from "node:fs";
import { PlanciaError } from "../core/errors.ts";
import { type DataFolder, openDataFolder } from "../stores/folder/data-folder.ts";

/**
 * Holds the data folder as a gateway would, so that none starts meanwhile. For what is done where no
 * gateway answered. @throws PlanciaError start/in-use, start/read-only.
 */
export async function underLock<T>(dataFolder: string, use: (folder: DataFolder) => Promise<T>): Promise<T> {
  const folder = locked(dataFolder);
  try {
    return await use(folder);
  } finally {
    folder.release();
  }
}

function locked(dataFolder: string): DataFolder {
  try {
    return openDataFolder(dataFolder);
  } catch (cause) {
    if (!(cause instanceof PlanciaError) || cause.code !== "start/in-use") throw cause;
    const detail = `the data folder ${dataFolder} is held by a gateway that does not answer here (it may be starting; its log says more), or by another command`;
    throw new PlanciaError("start/in-use", detail, { cause });
  }
}

/** @throws PlanciaError request/not-found. */
export function assertDataFolder(dataFolder: string): void {
  if (!existsSync(dataFolder))
    throw new PlanciaError("request/not-found", `there is no data folder ${dataFolder}; --data names another`);
}
