import { z } from "zod";
import { PlanciaError } from "../../core/errors.ts";

/** Raised when an older program would misread the archive. */
export const backupFormat = 1;

/** The first file of every backup. */
export interface Manifest {
  readonly product: "plancia";
  readonly format: number;
  /** Of the program that made it. */
  readonly version: string;
  readonly gateway: string;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Files and bytes besides this one, so that a backup that was cut off shows. */
  readonly files: number;
  readonly bytes: number;
}

export const largestManifest = 64 * 1024;

const shape = z.object({
  product: z.literal("plancia"),
  format: z.int().min(1),
  version: z.string().max(100),
  gateway: z.string().max(200),
  createdAt: z.iso.datetime(),
  files: z.int().min(0).max(1_000_000),
  bytes: z.int().min(0),
});

/** @throws PlanciaError request/invalid. */
export function readManifest(text: string): Manifest {
  const read = shape.safeParse(jsonOf(text));
  if (!read.success) throw new PlanciaError("request/invalid", "this is no backup of Plancia");
  if (read.data.format > backupFormat) {
    const detail = `the backup was made by a newer version (${read.data.version}, format ${read.data.format}): restore it with that one`;
    throw new PlanciaError("request/invalid", detail);
  }
  return read.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
