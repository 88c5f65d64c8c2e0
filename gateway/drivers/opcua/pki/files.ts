import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CertificateEntry } from "../../../core/driver-port.ts";

/**
 * Folders with certificates. `trusted`: of servers, each by itself; `authorities`: what they sign is believed;
 * `issuers`: complete chains and are trusted by nothing; `issued`: accepted through an authority, no ground for trust.
 */
export const places = ["trusted", "authorities", "issuers", "issued", "quarantine", "rejected"] as const;
export type Place = (typeof places)[number];

export function stateAt(place: Place): CertificateEntry["state"] {
  return place === "quarantine" || place === "rejected" ? place : "trusted";
}

/** What is known of a certificate besides itself; lies beside it as JSON. */
export interface CertificateNote {
  readonly devices: readonly string[];
  readonly endpoint?: string | undefined;
  readonly reason?: string | undefined;
  readonly lastSeen?: number | undefined;
  /** Whom it was accepted through. */
  readonly authority?: string | undefined;
}

export function pkiFolder(folder: string, part: Place | "own" | "seen" | "lists"): string {
  return join(folder, "pki", part);
}

/** Writes the whole file or nothing, so that a kill leaves no half a certificate. */
export async function writeWhole(path: string, content: string | Uint8Array, mode = 0o644): Promise<void> {
  const draft = `${path}.${randomUUID().slice(0, 8)}.tmp`;
  try {
    await writeFile(draft, content, { mode, flag: "wx", flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The text of a file; undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** Fingerprints in one part of the trust list; other files there are left alone. */
export async function fingerprintsIn(folder: string, place: Place): Promise<readonly string[]> {
  try {
    const names = await readdir(pkiFolder(folder, place));
    return names.flatMap((name) => /^([0-9a-f]{64})\.pem$/.exec(name)?.[1] ?? []).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

export async function readPem(folder: string, place: Place, fingerprint: string): Promise<string | undefined> {
  return readIfThere(join(pkiFolder(folder, place), `${fingerprint}.pem`));
}

export async function readNote(folder: string, place: Place, fingerprint: string): Promise<CertificateNote> {
  const text = await readIfThere(join(pkiFolder(folder, place), `${fingerprint}.json`));
  try {
    const note = JSON.parse(text ?? "{}") as Partial<CertificateNote>;
    return { ...note, devices: Array.isArray(note.devices) ? note.devices.map(String) : [] };
  } catch {
    // A note is a help for people, never a ground for trust: a damaged one is as good as none.
    return { devices: [] };
  }
}

export async function store(
  folder: string,
  place: Place,
  fingerprint: string,
  pem: string,
  note: CertificateNote,
): Promise<void> {
  await mkdir(pkiFolder(folder, place), { recursive: true, mode: 0o700 });
  await storeNote(folder, place, fingerprint, note);
  await writeWhole(join(pkiFolder(folder, place), `${fingerprint}.pem`), pem);
}

export async function storeNote(
  folder: string,
  place: Place,
  fingerprint: string,
  note: CertificateNote,
): Promise<void> {
  await writeWhole(join(pkiFolder(folder, place), `${fingerprint}.json`), `${JSON.stringify(note, undefined, 2)}\n`);
}

export async function remove(folder: string, place: Place, fingerprint: string): Promise<void> {
  await removePem(folder, place, fingerprint);
  await rm(join(pkiFolder(folder, place), `${fingerprint}.json`), { force: true });
}

export async function removePem(folder: string, place: Place, fingerprint: string): Promise<void> {
  await rm(join(pkiFolder(folder, place), `${fingerprint}.pem`), { force: true });
}
