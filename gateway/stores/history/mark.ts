import { closeSync, existsSync, openSync, readFileSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

export const markName = "history.mark";

/**
 * A second witness of the newest commit, in a file of its own, 12 bytes: a write-ahead log that was
 * cut between two records, or left behind when somebody copied the file alone, is else a whole
 * history that ends earlier. Written after every commit and not synchronised: it may be older than
 * the history after a power cut, which means nothing; that it is younger means loss.
 */
export class Mark {
  readonly #handle: number;

  constructor(path: string) {
    this.#handle = openSync(path, existsSync(path) ? "r+" : "w+");
  }

  write(committed: number): void {
    const bytes = new DataView(new ArrayBuffer(12));
    bytes.setFloat64(0, committed, true);
    bytes.setUint32(8, crc32(new Uint8Array(bytes.buffer, 0, 8)), true);
    writeSync(this.#handle, bytes, 0, 12, 0);
  }

  close(): void {
    closeSync(this.#handle);
  }
}

/** The commit that was marked last; 0 where there is no mark, or none that holds. */
export function readMark(path: string): number {
  if (!existsSync(path)) return 0;
  const bytes = Uint8Array.from(readFileSync(path));
  if (bytes.length !== 12) return 0;
  const view = new DataView(bytes.buffer);
  return view.getUint32(8, true) === crc32(bytes.subarray(0, 8)) ? view.getFloat64(0, true) : 0;
}
