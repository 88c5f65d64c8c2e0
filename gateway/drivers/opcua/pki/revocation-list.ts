import "reflect-metadata";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { PemConverter, X509Crl } from "@peculiar/x509";
import type { RevocationListEntry } from "../../../core/driver-port.ts";
import { PlanciaError } from "../../../core/errors.ts";
import { day } from "./certificate.ts";
import { isWeaklySigned, type Link, maySign } from "./chain-certificate.ts";
import { pkiFolder, writeWhole } from "./files.ts";

/** What an authority takes back (RFC 5280 §5). */
export interface RevocationList {
  readonly crl: X509Crl;
  readonly fingerprint: string;
  /** Encoded. */
  readonly issuer: Buffer;
  /** Milliseconds UTC. */
  readonly thisUpdate: number;
  readonly nextUpdate: number;
  /** By serial number in hexadecimal digits without zeros before them. */
  readonly revoked: ReadonlyMap<string, string>;
}

/** Bytes: some 50,000 entries. */
const largest = 2_000_000;
/** Number and key of the authority: nothing else may be marked as to be obeyed (no deltas, no parts, no lists for others). */
const understood = new Set(["2.5.29.20", "2.5.29.35"]);
/** Delta list; part of a list. */
const partial = new Set(["2.5.29.27", "2.5.29.28"]);

/** From DER, PEM or base64. @throws PlanciaError request/invalid. */
export function readRevocationList(content: string | Uint8Array): RevocationList {
  if (content.length > largest * 1.4) throw invalid("this is larger than a revocation list may be here (2 MB)");
  let crl: X509Crl;
  try {
    crl = new X509Crl(derOf(content));
    return whole(crl);
  } catch (error) {
    if (error instanceof PlanciaError) throw error;
    throw new PlanciaError("request/invalid", "this is no revocation list in DER or PEM form", { cause: error });
  }
}

function derOf(content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = typeof content === "string" ? Buffer.from(content, "latin1") : Buffer.from(content);
  if (bytes[0] === 0x30 && typeof content !== "string") return Uint8Array.from(bytes);
  const text = bytes.toString("latin1");
  const blocks = text.includes("-----BEGIN") ? PemConverter.decodeWithHeaders(text) : undefined;
  if (blocks && blocks.length !== 1) throw invalid("there are several in this file: bring them one by one");
  if (blocks && blocks[0]?.type !== "X509 CRL")
    throw invalid("this is no revocation list, but something else in PEM form");
  return Uint8Array.from(blocks?.[0] ? Buffer.from(blocks[0].rawData) : Buffer.from(text, "base64"));
}

function whole(crl: X509Crl): RevocationList {
  if (!crl.nextUpdate) throw invalid("this revocation list does not say until when it holds");
  if (crl.extensions.some(({ critical, type }) => partial.has(type) || (critical && !understood.has(type)))) {
    throw invalid("this revocation list is only a part of one, or for other authorities: bring a whole one");
  }
  const revoked = new Map<string, string>();
  for (const { serialNumber, revocationDate, extensions } of crl.entries) {
    if (extensions.some(({ critical, type }) => critical && type !== "2.5.29.21")) {
      throw invalid("this revocation list speaks for other authorities: bring one of a single authority");
    }
    revoked.set(plainSerial(serialNumber), day(revocationDate.getTime()));
  }
  return {
    crl,
    fingerprint: createHash("sha256").update(Buffer.from(crl.rawData)).digest("hex"),
    issuer: Buffer.from(crl.issuerName.toArrayBuffer()),
    thisUpdate: crl.thisUpdate.getTime(),
    nextUpdate: crl.nextUpdate.getTime(),
    revoked,
  };
}

export async function isSignedBy(list: RevocationList, authority: Link): Promise<boolean> {
  if (!list.issuer.equals(authority.subject) || !maySign(authority.parsed, "cRLSign")) return false;
  if (isWeaklySigned(list.crl)) return false;
  return list.crl.verify({ publicKey: authority.parsed.publicKey }).catch(() => false);
}

/** The day since which it is revoked; undefined: it is not. */
export function revokedSince(list: RevocationList, { parsed }: Link): string | undefined {
  return list.revoked.get(plainSerial(parsed.serialNumber));
}

/**
 * Keeps it in place of the older one of this authority.
 * @param authorities those known here, trusted, stored or rejected.
 * @throws PlanciaError request/invalid, in words.
 */
export async function storeRevocationList(
  folder: string,
  list: RevocationList,
  authorities: readonly Link[],
  now: number,
): Promise<RevocationListEntry> {
  const named = authorities.filter(({ subject }) => subject.equals(list.issuer));
  if (named.length === 0) {
    throw invalid(`nobody here knows its authority ${list.crl.issuer}: bring its certificate first`);
  }
  const signer = await firstSigner(list, named);
  if (!signer) {
    const weak = isWeaklySigned(list.crl) ? "with an algorithm that is out of use" : "wrongly, or by another key";
    throw invalid(`this revocation list is not signed by ${list.crl.issuer}, but ${weak}`);
  }
  if (list.thisUpdate > now) throw invalid(`this revocation list holds only from ${day(list.thisUpdate)}`);
  if (list.nextUpdate < now) throw invalid(`this revocation list is too old: it ended on ${day(list.nextUpdate)}`);
  const file = join(pkiFolder(folder, "lists"), `${nameOf(signer)}.crl`);
  const before = await readStored(file);
  if (before && before !== "damaged" && before.thisUpdate > list.thisUpdate) {
    throw invalid(`this revocation list is older than the one that is there, of ${day(before.thisUpdate)}`);
  }
  await mkdir(pkiFolder(folder, "lists"), { recursive: true, mode: 0o700 });
  await writeWhole(file, Buffer.from(list.crl.rawData));
  return listEntry(list);
}

/** One list for each name and key of an authority: another key of the same name takes nobody's list away. */
function nameOf({ subject, certificate }: Link): string {
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return createHash("sha256").update(subject).update(key).digest("hex");
}

async function firstSigner(list: RevocationList, named: readonly Link[]): Promise<Link | undefined> {
  for (const authority of named) if (await isSignedBy(list, authority)) return authority;
  return undefined;
}

export function listEntry(list: RevocationList): RevocationListEntry {
  const { fingerprint, thisUpdate, nextUpdate, revoked, crl } = list;
  return { fingerprint, issuer: crl.issuer, thisUpdate, nextUpdate, entries: revoked.size };
}

/** Those on disk, and in words which of them cannot be read any more. */
export async function revocationLists(
  folder: string,
): Promise<{ readonly lists: readonly RevocationList[]; readonly damaged: string | undefined }> {
  const place = pkiFolder(folder, "lists");
  const names = await readdir(place).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw error;
  });
  const lists: RevocationList[] = [];
  let damaged: string | undefined;
  for (const name of names.filter((each) => /^[0-9a-f]{64}\.crl$/.test(each))) {
    const list = await readStored(join(place, name));
    if (list === "damaged") damaged = `the revocation list in ${join(place, name)} is damaged: bring it again`;
    else if (list) lists.push(list);
  }
  return { lists, damaged };
}

const parsed = new Map<string, { readonly stamp: string; readonly list: RevocationList }>();

/** Undefined where there is none. */
async function readStored(file: string): Promise<RevocationList | "damaged" | undefined> {
  try {
    const { mtimeMs, size, ino } = await stat(file);
    const stamp = `${mtimeMs} ${size} ${ino}`;
    const known = parsed.get(file);
    if (known?.stamp === stamp) return known.list;
    const list = readRevocationList(await readFile(file));
    parsed.set(file, { stamp, list });
    return list;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    if (error instanceof PlanciaError) return "damaged";
    throw error;
  }
}

function plainSerial(digits: string): string {
  return digits.toLowerCase().replace(/^0+(?=.)/, "");
}

function invalid(words: string): PlanciaError {
  return new PlanciaError("request/invalid", words);
}
