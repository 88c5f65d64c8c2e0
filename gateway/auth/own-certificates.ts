import { createPrivateKey, X509Certificate } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type { Seals } from "../core/access/credentials-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { createAuthority, createLeaf, type KeyAndCertificate } from "./own-authority.ts";

const dayMs = 24 * 3_600_000;
const plainShape = /^(-----BEGIN PRIVATE KEY-----.+?-----END PRIVATE KEY-----)\s+(.+)$/s;
const sealedShape = /^plancia-sealed-key (s1\.[A-Za-z0-9_-]+)\s+(.+)$/s;
/** A leaf is made anew so long before it ends. */
export const renewLeafBeforeMs = 30 * dayMs;
/** And the authority, which then has to be installed anew: said a year before. */
export const renewAuthorityBeforeMs = 30 * dayMs;
export const warnAuthorityBeforeMs = 365 * dayMs;

export interface OwnCertificates {
  readonly authority: { readonly pem: string; readonly fingerprint: string; readonly endsAtMs: number };
  readonly leaf: KeyAndCertificate & { readonly endsAtMs: number };
}

export interface OwnCertificatesSettings {
  /** The folder of the key file: never in a backup. */
  readonly folder: string;
  /** Under the installation's key: no private key lies in a file as it is. */
  readonly seals: Seals;
  /** What people read of the authority. */
  readonly name: string;
  /** Host names and addresses by which browsers reach the gateway. */
  readonly names: readonly string[];
  readonly log: Log;
}

/**
 * The private authority of this gateway and its certificate, made where they are missing, damaged, near
 * their end, or the certificate is for other names. Files have mode 0600 and are replaced whole; keys of
 * before they were sealed are sealed.
 * @throws PlanciaError start/read-only, start/unsafe where the authority was sealed under another key.
 */
export async function ownCertificates(settings: OwnCertificatesSettings, nowMs: number): Promise<OwnCertificates> {
  const { folder, name, names, log, seals } = settings;
  const files = new PairFiles(folder, seals);
  try {
    mkdirSync(folder, { recursive: true });
    let authority = files.read("ca");
    if (authority === "sealed under another key") throw otherKey(join(folder, "ca.pem"));
    if (!authority || endOf(authority) - nowMs < renewAuthorityBeforeMs) {
      authority = await createAuthority(name, nowMs);
      files.write("ca", authority);
      log.warn({ fingerprint: fingerprintOf(authority.cert) }, "a new certificate authority: browsers must trust it");
    } else if (endOf(authority) - nowMs < warnAuthorityBeforeMs) {
      log.warn({ ends: new Date(endOf(authority)).toISOString() }, "the certificate authority ends within a year");
    }
    let leaf = files.read("server");
    if (typeof leaf !== "object" || !isGood(leaf, authority, names, nowMs)) {
      leaf = await createLeaf(authority, names, nowMs);
      files.write("server", leaf);
      log.info({ names, ends: new Date(endOf(leaf)).toISOString() }, "a new certificate of the gateway");
    }
    const { cert: pem } = authority;
    return {
      authority: { pem, fingerprint: fingerprintOf(pem), endsAtMs: endOf(authority) },
      // The chain: browsers that trust the authority need nothing else.
      leaf: { key: leaf.key, cert: `${leaf.cert}\n${pem}\n`, endsAtMs: endOf(leaf) },
    };
  } catch (cause) {
    if (cause instanceof PlanciaError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PlanciaError("start/read-only", `The certificates in ${folder} cannot be read or written (${why})`, {
      cause,
    });
  }
}

/** `AB:CD:…`, SHA-256 of the certificate as browsers show it. */
export function fingerprintOf(pem: string): string {
  return new X509Certificate(pem).fingerprint256;
}

function isGood(leaf: KeyAndCertificate, authority: KeyAndCertificate, names: readonly string[], nowMs: number) {
  const certificate = new X509Certificate(leaf.cert);
  const signer = new X509Certificate(authority.cert);
  if (!certificate.checkIssued(signer) || !certificate.verify(signer.publicKey)) return false;
  if (endOf(leaf) - nowMs < renewLeafBeforeMs || Date.parse(certificate.validFrom) > nowMs) return false;
  return names.every((name) => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined);
}

function endOf({ cert }: KeyAndCertificate): number {
  return Date.parse(new X509Certificate(cert).validTo);
}

function otherKey(file: string): PlanciaError {
  return new PlanciaError(
    "start/unsafe",
    `The private authority in ${file} is sealed under another key: start with the key file that belongs to it, or delete it: a new authority is made, which every browser must trust anew`,
  );
}

/** One file for key and certificate, so that no kill leaves a key beside another one's certificate. */
class PairFiles {
  readonly #folder: string;
  readonly #seals: Seals;

  constructor(folder: string, seals: Seals) {
    this.#folder = folder;
    this.#seals = seals;
  }

  /** undefined: missing, damaged, or a key that is not the certificate's. */
  read(name: string): KeyAndCertificate | "sealed under another key" | undefined {
    const text = this.#text(name);
    const [, plain, itsCert] = plainShape.exec(text) ?? [];
    if (plain !== undefined) {
      const pair = pairOf(plain, itsCert);
      if (pair) this.write(name, pair);
      return pair;
    }
    const [, sealed, cert] = sealedShape.exec(text) ?? [];
    if (sealed === undefined) return undefined;
    const key = this.#seals.open(sealed, boundTo(name));
    return key === undefined ? "sealed under another key" : pairOf(key, cert);
  }

  write(name: string, { key, cert }: KeyAndCertificate): void {
    const file = this.#file(name);
    const draft = `${file}.tmp`;
    const sealed = this.#seals.seal(key.trim(), boundTo(name));
    writeFileSync(draft, `plancia-sealed-key ${sealed}\n${cert.trim()}\n`, { mode: 0o600, flush: true });
    chmodSync(draft, 0o600);
    renameSync(draft, file);
  }

  #file(name: string): string {
    return join(this.#folder, `${name}.pem`);
  }

  #text(name: string): string {
    try {
      return readFileSync(this.#file(name), "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
      throw error;
    }
  }
}

function boundTo(name: string): string {
  return `own certificate ${name}`;
}

function pairOf(key: string, cert: string | undefined): KeyAndCertificate | undefined {
  return cert !== undefined && isPair(key, cert) ? { key, cert: cert.trim() } : undefined;
}

function isPair(key: string, cert: string): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
  } catch {
    // Whatever is wrong with it: another is made.
    return false;
  }
}
