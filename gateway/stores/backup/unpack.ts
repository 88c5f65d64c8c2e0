import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { Parser, type ReadEntry } from "tar";
import { type ErrorCode, PlanciaError } from "../../core/errors.ts";
import { largestManifest, type Manifest, readManifest } from "./manifest.ts";
import { manifestName, wrongPath } from "./names.ts";

/** What tar adds to a file at most: its header, an extended header, padding. */
const overheadBytes = 4096;
/** The manifest, and the zeros at the end of an archive. */
const frameBytes = 1024 * 1024;

/**
 * Unpacks a backup into an empty folder. Nothing of the archive is believed: only plain files with
 * names that a backup has are written, each new, none through a link, no more than the manifest
 * announced and `freeBytes` allows; owners and modes in it are ignored.
 * @throws PlanciaError request/invalid for what is no whole and harmless backup, request/not-found,
 * store/unavailable.
 */
export async function unpack(file: string, folder: string, freeBytes: number): Promise<Manifest> {
  const unpacking = new Unpacking(folder, freeBytes);
  try {
    await pipeline(createReadStream(file), createGunzip(), (chunks: AsyncIterable<Buffer>) => unpacking.take(chunks));
    return unpacking.finish();
  } catch (error) {
    throw unpackError(file, error);
  } finally {
    await unpacking.settled();
  }
}

class Unpacking {
  readonly #folder: string;
  readonly #freeBytes: number;
  readonly #parser = new Parser({ strict: true, filter: () => true });
  readonly #failure = Promise.withResolvers<never>();
  #writing: Promise<void> = Promise.resolve();
  #manifest: Manifest | undefined;
  #seenBytes = 0;
  #files = 0;
  #bytes = 0;

  constructor(folder: string, freeBytes: number) {
    this.#folder = folder;
    this.#freeBytes = freeBytes;
    this.#failure.promise.catch(() => undefined);
    this.#parser.on("entry", (entry: ReadEntry) => this.#entry(entry));
    this.#parser.on("ignoredEntry", (entry: ReadEntry) => this.#refuse(entry.path, "it is no plain file"));
    this.#parser.on("error", (error: unknown) => this.#failure.reject(error));
  }

  /** The whole of the uncompressed archive. */
  async take(chunks: AsyncIterable<Buffer>): Promise<void> {
    for await (const chunk of chunks) {
      this.#seenBytes += chunk.length;
      if (this.#seenBytes > this.#mostBytes()) throw invalid("it holds more than it says");
      const goesOn = this.#parser.write(chunk);
      await this.#orFailure(goesOn ? Promise.resolve() : new Promise((drained) => this.#once("drain", drained)));
    }
    const ended = new Promise((end) => this.#once("end", end));
    this.#parser.end();
    await this.#orFailure(ended);
    await this.#orFailure(this.#writing);
  }

  finish(): Manifest {
    const manifest = this.#manifest;
    if (!manifest) throw invalid("this is no backup of Plancia");
    if (this.#files !== manifest.files || this.#bytes !== manifest.bytes) throw invalid("it is not whole");
    return manifest;
  }

  /** No file is being written any more. */
  async settled(): Promise<void> {
    await this.#writing.catch(() => undefined);
  }

  #once(event: "drain" | "end", then: (value: unknown) => void): void {
    this.#parser.once(event, () => then(undefined));
  }

  #orFailure(work: Promise<unknown>): Promise<unknown> {
    // The failure first: it counts where both are settled.
    return Promise.race([this.#failure.promise, work]);
  }

  #mostBytes(): number {
    const { files = 0, bytes = 0 } = this.#manifest ?? {};
    return bytes + (files + 1) * overheadBytes + frameBytes;
  }

  #entry(entry: ReadEntry): void {
    const wrong = wrongPath(entry.path) ?? this.#wrongEntry(entry);
    if (wrong !== undefined) this.#refuse(entry.path, wrong);
    else if (this.#manifest === undefined) this.#readManifest(entry);
    else this.#takeFile(entry);
  }

  #takeFile(entry: ReadEntry): void {
    this.#files++;
    this.#bytes += entry.size;
    // One after the other: the parser waits while nobody reads an entry.
    this.#writing = this.#writing.then(() => this.#write(entry));
    this.#writing.catch((error: unknown) => this.#failure.reject(error));
  }

  #wrongEntry(entry: ReadEntry): string | undefined {
    if (entry.type !== "File" && entry.type !== "OldFile") return "it is no plain file";
    const manifest = this.#manifest;
    const isManifest = entry.path === manifestName;
    if (manifest === undefined) return isManifest && entry.size <= largestManifest ? undefined : "this is no backup";
    if (isManifest) return "it comes twice";
    const isMore = this.#files + 1 > manifest.files || this.#bytes + entry.size > manifest.bytes;
    return isMore ? "it is more than the backup says that it holds" : undefined;
  }

  #readManifest(entry: ReadEntry): void {
    const chunks: Buffer[] = [];
    entry.on("data", (chunk: Buffer) => void chunks.push(chunk));
    entry.on("end", () => {
      try {
        const manifest = readManifest(Buffer.concat(chunks).toString("utf8"));
        if (manifest.bytes > this.#freeBytes) throw noSpace(manifest.bytes);
        this.#manifest = manifest;
      } catch (error) {
        this.#failure.reject(error);
      }
    });
  }

  async #write(entry: ReadEntry): Promise<void> {
    const path = join(this.#folder, entry.path);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await pipeline(
      Readable.from(entry, { objectMode: false }),
      createWriteStream(path, { flags: "wx", mode: 0o600, flush: true }),
    );
  }

  #refuse(path: string, why: string): void {
    this.#failure.reject(invalid(`${JSON.stringify(path.slice(0, 200))}: ${why}`));
  }
}

function invalid(why: string): PlanciaError {
  return new PlanciaError("request/invalid", why);
}

function noSpace(bytes: number): PlanciaError {
  return new PlanciaError("store/unavailable", `it needs ${Math.ceil(bytes / 1024 / 1024)} MiB of free space`);
}

function unpackError(file: string, error: unknown): PlanciaError {
  const code = (error as NodeJS.ErrnoException).code ?? "";
  if (code === "ENOENT") return new PlanciaError("request/not-found", `there is no file ${file}`, { cause: error });
  const why = error instanceof Error ? error.message : String(error);
  const wrap = (as: ErrorCode, words: string) =>
    new PlanciaError(as, `${file} was not restored: ${words}`, { cause: error });
  if (error instanceof PlanciaError) return wrap(error.code, why);
  if (["ENOSPC", "EIO", "EROFS", "EACCES"].includes(code)) return wrap("store/unavailable", why);
  return wrap("request/invalid", `this is no whole backup of Plancia (${why})`);
}
