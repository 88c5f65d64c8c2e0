import { createHash, type X509Certificate } from "node:crypto";
import { mkdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { CertificateEntry } from "../../../core/driver-port.ts";
import { PlanciaError } from "../../../core/errors.ts";
import { type CertificateFacts, factsOf, fingerprintOf, readCertificate } from "./certificate.ts";
import { hasWeakKey, isAuthority, linkOf } from "./chain-certificate.ts";
import {
  fingerprintsIn,
  type Place,
  pkiFolder,
  places,
  readIfThere,
  readNote,
  readPem,
  remove,
  removePem,
  stateAt,
  store,
  storeNote,
  writeWhole,
} from "./files.ts";
import { takingTurns } from "./turns.ts";

/** Certificates kept; beyond that the oldest goes, so that nobody can fill the disk. */
const limits = { quarantine: 100, issued: 1000 };
/** Devices that are noted with one certificate, the latest: as many as a gateway may have, so that a rejection reaches each. */
const devicesLimit = 1000;

/**
 * What counts where one certificate lies in several places: a device showed it, or the process died, in the
 * middle of a decision.
 */
const byWeight: readonly Place[] = ["rejected", "trusted", "authorities", "issuers", "issued", "quarantine"];

/** Where the list has a certificate; undefined: never seen. Trust is the file in `trusted` or `authorities`, nothing else. */
export async function placeOf(folder: string, fingerprint: string): Promise<Place | undefined> {
  for (const place of byWeight) {
    if ((await readPem(folder, place, fingerprint)) !== undefined) return place;
  }
  return undefined;
}

/** What lies in which folder, without a look at what speaks against it. */
export async function listCertificates(folder: string): Promise<readonly PlacedEntry[]> {
  const entries: PlacedEntry[] = [];
  const known = new Set<string>();
  for (const place of byWeight) {
    for (const fingerprint of await fingerprintsIn(folder, place)) {
      const entry = known.has(fingerprint) ? undefined : await entryOf(folder, place, fingerprint);
      if (entry) entries.push({ ...entry, place });
      known.add(fingerprint);
    }
  }
  return entries.sort((a, b) => places.indexOf(a.place) - places.indexOf(b.place));
}

export type PlacedEntry = CertificateEntry & { readonly place: Place };

/** Puts an unknown certificate aside with the reason, for a person to judge; one that was judged meanwhile stays where it is. */
export function quarantine(
  folder: string,
  pem: string,
  seen: { readonly device: string; readonly endpoint: string; readonly reason: string; readonly at: number },
): Promise<void> {
  return inTurn(folder, async () => {
    const { fingerprint } = factsOf(readCertificate(pem));
    const place = (await placeOf(folder, fingerprint)) ?? "quarantine";
    // One that an authority vouched for keeps its place: who shows it at a wrong address takes nothing from its owner.
    if (place !== "quarantine" && place !== "issued") return;
    const before = await readNote(folder, place, fingerprint);
    if (place === "issued") return storeNote(folder, place, fingerprint, { ...before, reason: seen.reason });
    await store(folder, "quarantine", fingerprint, pem, {
      devices: [...new Set([...before.devices, seen.device])].slice(-devicesLimit),
      endpoint: seen.endpoint,
      reason: seen.reason,
      lastSeen: seen.at,
    });
    await dropOldest(folder, "quarantine", fingerprint);
  });
}

/** Where it is looked for first when it is to become this. */
const orders = {
  trusted: ["quarantine", "rejected", "issued", "trusted"],
  rejected: ["quarantine", "trusted", "issued", "rejected"],
} as const;

export async function findCertificate(
  folder: string,
  which: string,
  wanted: keyof typeof orders,
): Promise<CertificateEntry> {
  const { place, fingerprint } = await find(folder, which, orders[wanted]);
  return theEntry(folder, place, fingerprint);
}

export function trust(folder: string, which: string): Promise<CertificateEntry> {
  return inTurn(folder, async () => {
    const found = await find(folder, which, orders.trusted);
    const { place, fingerprint } = found;
    if (place === "authorities" || place === "issuers") return theEntry(folder, place, fingerprint);
    assertOfDevice(readCertificate((await readPem(folder, place, fingerprint)) ?? ""));
    return moveTo(folder, found, "trusted");
  });
}

export function reject(folder: string, which: string): Promise<CertificateEntry> {
  return inTurn(folder, async () => moveTo(folder, await find(folder, which, orders.rejected), "rejected"));
}

/** @throws PlanciaError request/invalid. */
export function factsOfPem(pem: string): CertificateFacts {
  try {
    return factsOf(readCertificate(pem));
  } catch (error) {
    throw new PlanciaError("request/invalid", "this is no certificate in PEM form", { cause: error });
  }
}

/** To what a certificate from a person's hand is brought. */
export type Brought = "trusted" | "authorities" | "issuers";

/** @throws PlanciaError request/invalid where it is not of that kind. */
export function add(folder: string, pem: string, place: Brought = "trusted"): Promise<CertificateEntry> {
  return inTurn(folder, async () => {
    const { fingerprint } = factsOfPem(pem);
    const certificate = readCertificate(pem);
    if (place === "trusted") assertOfDevice(certificate);
    else assertAuthority(certificate, pem);
    const before = await placeOf(folder, fingerprint);
    // What completes a chain is not to take trust away by being brought once more.
    if (before === "authorities" && place === "issuers") return theEntry(folder, before, fingerprint);
    if (before !== undefined) return moveTo(folder, { place: before, fingerprint }, place);
    await store(folder, place, fingerprint, certificate.toString(), { devices: [] });
    return theEntry(folder, place, fingerprint);
  });
}

/** A certificate that signs others and names no application is trusted as what it is, or not at all. */
function assertOfDevice(certificate: X509Certificate): void {
  if (!certificate.ca || factsOf(certificate).applicationUri !== undefined) return;
  throw new PlanciaError(
    "request/invalid",
    "this is the certificate of an authority, not of a device: bring its file as an authority (plancia trust --authority FILE)",
  );
}

function assertAuthority(certificate: X509Certificate, pem: string): void {
  if ((pem.match(/-----BEGIN/g) ?? []).length > 1) {
    throw new PlanciaError("request/invalid", "there are several certificates in this file: bring them one by one");
  }
  const link = linkOfAuthority(certificate);
  if (!link || !isAuthority(link)) {
    throw new PlanciaError("request/invalid", "this is no certificate of an authority (CA): it may sign for nobody");
  }
  if (hasWeakKey(link)) throw new PlanciaError("request/invalid", "the key of this authority is too weak");
}

function linkOfAuthority(certificate: X509Certificate) {
  try {
    return linkOf(certificate);
  } catch {
    return undefined;
  }
}

/** Accepted through an authority: with which device and where, and what came behind it, so that it can be judged again. */
export function rememberIssued(
  folder: string,
  chain: readonly X509Certificate[],
  seen: { readonly endpoint: string; readonly device: string; readonly authority: string; readonly at: number },
): Promise<void> {
  return inTurn(folder, async () => {
    const [leaf] = chain;
    if (!leaf) return;
    const fingerprint = fingerprintOf(leaf);
    const place = (await placeOf(folder, fingerprint)) ?? "issued";
    if (place !== "issued" && place !== "quarantine") return;
    const { devices } = await readNote(folder, place, fingerprint);
    const { device, endpoint, authority, at } = seen;
    const noted = [...devices.filter((each) => each !== device), device].slice(-devicesLimit);
    const pem = chain.map((each) => each.toString()).join("");
    await store(folder, "issued", fingerprint, pem, { devices: noted, endpoint, authority, lastSeen: at });
    await remove(folder, "quarantine", fingerprint);
    await dropOldest(folder, "issued", fingerprint);
    await noteSeen(folder, endpoint, fingerprint);
  });
}

/** The certificate with which an endpoint was last connected; another one there is told as an exchange. */
export async function lastTrustedAt(folder: string, endpoint: string): Promise<string | undefined> {
  const text = await readIfThere(seenFile(folder, endpoint));
  return /^[0-9a-f]{64}(?=\n)/.exec(text ?? "")?.[0];
}

/** A trusted certificate was presented: with which device and where, for whoever judges it again. */
export function rememberTrusted(folder: string, endpoint: string, fingerprint: string, device: string): Promise<void> {
  return inTurn(folder, async () => {
    await noteDevice(folder, fingerprint, device, endpoint);
    await noteSeen(folder, endpoint, fingerprint);
  });
}

async function noteSeen(folder: string, endpoint: string, fingerprint: string): Promise<void> {
  if ((await lastTrustedAt(folder, endpoint)) === fingerprint) return;
  await mkdir(pkiFolder(folder, "seen"), { recursive: true, mode: 0o700 });
  await writeWhole(seenFile(folder, endpoint), `${fingerprint}\n${endpoint}\n`);
}

async function noteDevice(folder: string, fingerprint: string, device: string, endpoint: string): Promise<void> {
  const before = await readNote(folder, "trusted", fingerprint);
  if (before.devices.includes(device) && before.endpoint === endpoint) return;
  const devices = [...before.devices.filter((each) => each !== device), device].slice(-devicesLimit);
  await storeNote(folder, "trusted", fingerprint, { ...before, devices, endpoint });
}

function seenFile(folder: string, endpoint: string): string {
  return join(pkiFolder(folder, "seen"), createHash("sha256").update(endpoint).digest("hex").slice(0, 32));
}

async function entryOf(folder: string, place: Place, fingerprint: string): Promise<CertificateEntry | undefined> {
  const pem = await readPem(folder, place, fingerprint);
  if (pem === undefined) return undefined;
  const note = await readNote(folder, place, fingerprint);
  try {
    const certificate = readCertificate(pem);
    const facts = factsOf(certificate);
    const { endpoint, reason, lastSeen, authority } = note;
    const state = stateAt(place);
    const role = roleOf(place, certificate);
    return { ...facts, fingerprint, state, role, devices: note.devices, endpoint, reason, lastSeen, authority };
  } catch {
    // Somebody put a file there that is no certificate: it trusts nothing and shows nothing.
    return undefined;
  }
}

function roleOf(place: Place, certificate: X509Certificate): CertificateEntry["role"] {
  if (place === "authorities") return "authority";
  if (place === "issuers") return "issuer";
  return certificate.ca && factsOf(certificate).applicationUri === undefined ? "authority" : "device";
}

/** Of a fingerprint. A second certificate with the same 32 bits is made in minutes, with the same 64 in no useful time. */
const leastDigits = 16;

async function find(
  folder: string,
  which: string,
  order: readonly Place[],
): Promise<{ place: Place; fingerprint: string }> {
  const digits = which.replaceAll(":", "").toLowerCase();
  const isFingerprint = digits.length >= leastDigits && /^[0-9a-f]{1,64}$/.test(digits);
  const entries = await listCertificates(folder);
  const byFingerprint = isFingerprint ? entries.filter(({ fingerprint }) => fingerprint.startsWith(digits)) : [];
  if (byFingerprint.length > 0) return only(byFingerprint, which);
  for (const place of order) {
    const presented = entries.filter((entry) => entry.place === place && entry.devices.includes(which));
    if (presented.length > 0) return only(presented, which);
  }
  if (/^[0-9a-f]{4,}$/.test(digits) && digits.length < leastDigits) {
    const detail = `${which} has ${digits.length} digits of a fingerprint; compare and give ${leastDigits} at least, better all 64`;
    throw new PlanciaError("request/invalid", detail);
  }
  throw new PlanciaError("request/not-found", `no certificate of ${which} is known; has it been connected yet?`);
}

function only(found: readonly PlacedEntry[], which: string): PlacedEntry {
  const [first, ...others] = found;
  if (first && others.length === 0) return first;
  const list = found.map(({ fingerprint }) => fingerprint).join(", ");
  throw new PlanciaError("request/conflict", `several certificates of ${which} are known, name one: ${list}`);
}

async function moveTo(
  folder: string,
  from: { readonly place: Place; readonly fingerprint: string },
  place: Place,
): Promise<CertificateEntry> {
  const { fingerprint } = from;
  const others = places.filter((each) => each !== place);
  if (from.place !== place) {
    const pem = await readPem(folder, from.place, fingerprint);
    if (pem === undefined) throw new PlanciaError("request/not-found", `${fingerprint} was judged meanwhile`);
    // The way out of trust must hold even when the process dies between the two steps. And who connects on it
    // is noted before it asks for the last time: read after trust has ended, no device is missing.
    if (place === "rejected") for (const other of others) await removePem(folder, other, fingerprint);
    const { devices, endpoint, lastSeen } = await readNote(folder, from.place, fingerprint);
    await store(folder, place, fingerprint, readCertificate(pem).toString(), { devices, endpoint, lastSeen });
  }
  for (const other of others) await remove(folder, other, fingerprint);
  return theEntry(folder, place, fingerprint);
}

async function theEntry(folder: string, place: Place, fingerprint: string): Promise<CertificateEntry> {
  const entry = await entryOf(folder, place, fingerprint);
  if (entry === undefined) throw new PlanciaError("request/not-found", `${fingerprint} was taken away meanwhile`);
  return entry;
}

/** One after the other in one folder: two devices that connect and a person who decides read and write the same files. */
const inTurn = takingTurns();

async function dropOldest(folder: string, place: keyof typeof limits, keep: string): Promise<void> {
  const all = await fingerprintsIn(folder, place);
  if (all.length <= limits[place]) return;
  const ages = await Promise.all(
    all
      .filter((fingerprint) => fingerprint !== keep)
      .map(async (fingerprint) => {
        const { mtimeMs } = await stat(join(pkiFolder(folder, place), `${fingerprint}.pem`));
        return { fingerprint, mtimeMs };
      }),
  );
  ages.sort((a, b) => a.mtimeMs - b.mtimeMs);
  for (const { fingerprint } of ages.slice(0, all.length - limits[place])) {
    await remove(folder, place, fingerprint);
  }
}
