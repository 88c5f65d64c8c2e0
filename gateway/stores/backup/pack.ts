import { pipeline, Readable } from "node:stream";
import { createGzip, constants as zlib } from "node:zlib";
import { create } from "tar";

/**
 * A gzipped tar of these files, in this order, without owners and absolute paths. Compressed by
 * zlib's threads, not by tar itself, which would do it in the gateway's own; quick rather than
 * small, since most of a history is compressed already.
 */
export function packed(folder: string, files: readonly string[]): AsyncIterable<Uint8Array> {
  const pack = create({ cwd: folder, portable: true, strict: true }, [...files]);
  const gzip = createGzip({ level: zlib.Z_BEST_SPEED });
  // An error of the source ends the iteration over `gzip` with it.
  pipeline(Readable.from(pack, { objectMode: false }), gzip, () => undefined);
  return gzip;
}
