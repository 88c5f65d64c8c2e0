import { createPrivateKey, generateKeyPair, type KeyObject, randomBytes, type X509Certificate } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { PlanciaError } from "../../../core/errors.ts";
import { factsOf, fingerprintOf, readCertificate } from "./certificate.ts";
import { pkiFolder, readIfThere, writeWhole } from "./files.ts";
import { takingTurns } from "./turns.ts";

/** The gateway as an OPC UA application (Part 6 §6.2.2). */
export interface OwnIdentity {
  readonly applicationUri: string;
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  /** The certificate in DER form, as most servers want it for their trust list. */
  readonly file: string;
}

const keyBits = 2048;
const dayMs = 86_400_000;
const validMs = 3650 * dayMs;

/** One after the other in one folder: a renewal and a connection read and write the same files. */
const inTurn = takingTurns();

/**
 * The application certificate of this gateway, made at first start: its URI stays, since servers know it by that.
 * The key is readable for the owner of the process only.
 * @throws PlanciaError start/damaged where certificate and key do not belong together.
 */
export function ownIdentity(folder: string): Promise<OwnIdentity> {
  return inTurn(folder, () => readOrMake(folder));
}

/** The one before the last renewal, or the one that was gone back from; undefined: there is none that can be used. */
export async function ownIdentityBefore(folder: string): Promise<OwnIdentity | undefined> {
  return readPair(join(pkiFolder(folder, "own"), "before")).catch(() => undefined);
}

/** When it ends, ms UTC; undefined: none was made yet. */
export function ownEnds(folder: string): Promise<number | undefined> {
  return inTurn(folder, async () => {
    const own = pkiFolder(folder, "own");
    if ((await readIfThere(join(own, "certificate.pem"))) === undefined) return undefined;
    return factsOf((await readOrMake(folder)).certificate).notAfter;
  });
}

/** Whether a person went back to the one that is in use: it is not renewed by itself before its end. */
export async function isKept(folder: string): Promise<boolean> {
  const { certificate } = await ownIdentity(folder);
  const kept = await readIfThere(join(pkiFolder(folder, "own"), "kept"));
  return kept?.trim() === fingerprintOf(certificate);
}

/** A new certificate with a new key for the same application; the one until now is kept beside it. */
export function renewOwn(folder: string, now: number): Promise<OwnIdentity> {
  return inTurn(folder, async () => {
    const own = pkiFolder(folder, "own");
    const { applicationUri } = await readOrMake(folder);
    const made = await makePair(applicationUri, now);
    await rm(join(own, "kept"), { force: true });
    return exchange(own, made);
  });
}

/** The one before and the one until now change places. @throws PlanciaError request/conflict where there is none. */
export function goBackToOwn(folder: string, now: number): Promise<OwnIdentity> {
  return inTurn(folder, async () => {
    const own = pkiFolder(folder, "own");
    await readOrMake(folder);
    const before = await readPair(join(own, "before")).catch(() => undefined);
    if (!before) throw new PlanciaError("request/conflict", "there is no own certificate of before to go back to");
    const { fingerprint, notAfter } = factsOf(before.certificate);
    if (notAfter < now) throw new PlanciaError("request/conflict", "the own certificate of before has expired");
    await writeWhole(join(own, "kept"), `${fingerprint}\n`);
    const key = before.key.export({ type: "pkcs8", format: "pem" });
    return exchange(own, { key: key.toString(), certificate: before.certificate.toString() });
  });
}

/** Both as PEM. */
interface Pair {
  readonly key: string;
  readonly certificate: string;
}

async function readOrMake(folder: string): Promise<OwnIdentity> {
  const own = pkiFolder(folder, "own");
  await finish(own);
  if ((await readIfThere(join(own, "certificate.pem"))) === undefined) {
    const uri = `urn:${hostname()}:plancia:${randomBytes(4).toString("hex")}`;
    await writePair(own, await makePair(uri, Date.now()));
  }
  return readPair(own);
}

async function readPair(place: string): Promise<OwnIdentity> {
  const certificate = readCertificate((await readIfThere(join(place, "certificate.pem"))) ?? "");
  const key = createPrivateKey((await readIfThere(join(place, "key.pem"))) ?? "");
  const { applicationUri } = factsOf(certificate);
  if (!certificate.checkPrivateKey(key) || applicationUri === undefined) {
    throw new PlanciaError("start/damaged", `certificate.pem and key.pem in ${place} do not belong together`);
  }
  return { applicationUri, certificate, key, file: join(place, "certificate.der") };
}

/** Written whole beside the one in use first: what a kill interrupts is finished by whoever reads next. */
async function exchange(own: string, next: Pair): Promise<OwnIdentity> {
  await rm(join(own, "next"), { recursive: true, force: true });
  await writePair(join(own, "next"), next);
  await finish(own);
  return readPair(own);
}

async function finish(own: string): Promise<void> {
  const place = join(own, "next");
  if ((await readIfThere(join(place, "certificate.pem"))) === undefined) return;
  const next = await pairIn(place);
  const now = await readPair(own).catch(() => undefined);
  if (next && now && now.certificate.toString() !== next.certificate) {
    await rm(join(own, "before"), { recursive: true, force: true });
    const key = now.key.export({ type: "pkcs8", format: "pem" });
    await writePair(join(own, "before"), { key: key.toString(), certificate: now.certificate.toString() });
  }
  if (next) await writePair(own, next);
  await rm(place, { recursive: true, force: true });
}

async function pairIn(place: string): Promise<Pair | undefined> {
  const read = await readPair(place).catch(() => undefined);
  if (!read) return undefined;
  const key = read.key.export({ type: "pkcs8", format: "pem" }).toString();
  return { key, certificate: read.certificate.toString() };
}

/** Key first, certificate last: where the certificate is there, all of it is. */
async function writePair(place: string, { key, certificate }: Pair): Promise<void> {
  await mkdir(place, { recursive: true, mode: 0o700 });
  await writeWhole(join(place, "key.pem"), key, 0o600);
  await writeWhole(join(place, "certificate.der"), readCertificate(certificate).raw);
  await writeWhole(join(place, "certificate.pem"), certificate);
}

async function makePair(applicationUri: string, now: number): Promise<Pair> {
  const { privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: keyBits });
  const host = hostname();
  // Loaded only when one is made: it is the heaviest part of what the driver can need.
  const { CertificatePurpose, createSelfSignedCertificate } = await import("node-opcua-crypto");
  const signingKey = await crypto.subtle.importKey(
    "pkcs8",
    privateKey.export({ type: "pkcs8", format: "der" }),
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    true,
    ["sign"],
  );
  const { cert } = await createSelfSignedCertificate({
    privateKey: signingKey,
    subject: `CN=Plancia@${host.replaceAll(/[^A-Za-z0-9.-]/g, "-")}`,
    dns: [host],
    applicationUri,
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + validMs),
    purpose: CertificatePurpose.ForApplication,
  });
  const key = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return { key, certificate: readCertificate(cert).toString() };
}
