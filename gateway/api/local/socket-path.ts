import { createHash } from "node:crypto";
import { closeSync, constants, existsSync, openSync, realpathSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { PlanciaError } from "../../core/errors.ts";

export const socketName = "gateway.sock";

/** Bytes of a socket's path: sun_path without its end (Linux unix(7), 108; BSD and macOS 104). */
const longestPath = process.platform === "linux" ? 107 : 103;

/** Where the door of a data folder is. `release` once nobody listens or asks there any more; again does nothing. */
export interface SocketPath {
  readonly path: string;
  release(): void;
}

/**
 * The door lies in the data folder itself, so that who may write there may use it; on Windows it is a
 * named pipe whose name follows from the folder. A folder too deep for a socket's path is reached over
 * an open handle of it (Linux), or relative to where we stand. undefined: there is no such folder.
 * @throws PlanciaError start/config.
 */
export function socketPath(dataFolder: string): SocketPath | undefined {
  if (!existsSync(dataFolder)) return undefined;
  if (process.platform === "win32") return plain(pipeName(dataFolder));
  const absolute = join(resolve(dataFolder), socketName);
  const fitting = [absolute, relative(process.cwd(), absolute)].find((path) => Buffer.byteLength(path) <= longestPath);
  if (fitting !== undefined) return plain(fitting);
  if (process.platform === "linux") return throughHandle(dataFolder);
  throw new PlanciaError("start/config", `the data folder ${dataFolder} has too long a name for the command line`);
}

function plain(path: string): SocketPath {
  return { path, release: () => undefined };
}

function throughHandle(dataFolder: string): SocketPath {
  const handle = openSync(dataFolder, constants.O_RDONLY | constants.O_DIRECTORY);
  let open = true;
  const release = (): void => {
    if (open) closeSync(handle);
    open = false;
  };
  return { path: `/proc/self/fd/${handle}/${socketName}`, release };
}

function pipeName(dataFolder: string): string {
  const folder = realpathSync(dataFolder).toLowerCase();
  return `\\\\.\\pipe\\plancia-${createHash("sha256").update(folder).digest("hex").slice(0, 32)}`;
}
