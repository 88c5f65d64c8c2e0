import { randomBytes } from "node:crypto";
import { statSync } from "node:fs";
import { type FileHandle, link, open, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { PlanciaError } from "../core/errors.ts";

export type Existing = "replace" | "refuse";

/** @throws PlanciaError request/conflict where it exists and must not be replaced, as no folder and no device may. */
export function assertMayWrite(file: string, existing: Existing): void {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there && !there.isFile()) throw new PlanciaError("request/conflict", `${file} is no plain file`);
  if (there && existing === "refuse") throw taken(file);
}

/**
 * Writes the whole file or nothing: under another name beside it, on the disk before it gets its own,
 * for this account only. @throws PlanciaError request/conflict, store/unavailable; what the chunks throw.
 */
export async function writeWhole(
  file: string,
  chunks: AsyncIterable<string | Uint8Array>,
  existing: Existing,
): Promise<number> {
  assertMayWrite(file, existing);
  const draft = `${file}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    const bytes = await fill(draft, chunks);
    if (existing === "replace") await rename(draft, file);
    else await place(draft, file);
    await syncFolder(dirname(resolve(file)));
    return bytes;
  } catch (error) {
    throw writeError(file, error);
  } finally {
    await rm(draft, { force: true });
  }
}

async function fill(draft: string, chunks: AsyncIterable<string | Uint8Array>): Promise<number> {
  await using handle = await open(draft, "wx", 0o600);
  let bytes = 0;
  for await (const chunk of chunks) bytes += await write(handle, chunk);
  await handle.sync();
  return bytes;
}

async function write(handle: FileHandle, chunk: string | Uint8Array): Promise<number> {
  const content = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
  let written = 0;
  while (written < content.length) written += (await handle.write(content, written)).bytesWritten;
  return written;
}

/** A link never replaces what somebody else put there meanwhile; where a disk knows no links, a rename has to do. */
async function place(draft: string, file: string): Promise<void> {
  try {
    await link(draft, file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw taken(file);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "ENOSYS" && code !== "EOPNOTSUPP") throw error;
    assertMayWrite(file, "refuse");
    await rename(draft, file);
  }
}

async function syncFolder(folder: string): Promise<void> {
  if (process.platform === "win32") return;
  await using handle = await open(folder, "r");
  await handle.sync();
}

function taken(file: string): PlanciaError {
  return new PlanciaError("request/conflict", `${file} exists already; --force replaces it`);
}

function writeError(file: string, error: unknown): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (error instanceof PlanciaError || syscall === undefined) return error;
  const why = code === "ENOSPC" ? "the disk is full" : code === "ENOENT" ? "there is no such folder" : code;
  return new PlanciaError("store/unavailable", `${file} cannot be written: ${why}`, { cause: error });
}
