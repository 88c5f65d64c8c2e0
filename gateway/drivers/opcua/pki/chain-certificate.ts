import "reflect-metadata";
import type { X509Certificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  X509Certificate as ParsedCertificate,
  type X509Crl,
} from "@peculiar/x509";
import { factsOf } from "./certificate.ts";

/** A certificate as a link of a chain. */
export interface Link {
  readonly certificate: X509Certificate;
  readonly parsed: ParsedCertificate;
  readonly fingerprint: string;
  /** For people. */
  readonly name: string;
  /** Names as they are encoded, so that no spelling passes for another. */
  readonly subject: Buffer;
  readonly issuer: Buffer;
}

/** @throws Error where it cannot be read to the end. */
export function linkOf(certificate: X509Certificate): Link {
  const parsed = new ParsedCertificate(certificate.raw);
  const { fingerprint, subject } = factsOf(certificate);
  return {
    certificate,
    parsed,
    fingerprint,
    name: subject,
    subject: Buffer.from(parsed.subjectName.toArrayBuffer()),
    issuer: Buffer.from(parsed.issuerName.toArrayBuffer()),
  };
}

/**
 * Whether two are the same to their issuer. A fingerprint is not enough to keep one out: its owner can write the
 * same signature in another way, and has another fingerprint.
 */
export function isSameIssue(a: Link, b: Link): boolean {
  return a.issuer.equals(b.issuer) && serialOf(a) === serialOf(b);
}

function serialOf({ parsed }: Link): bigint {
  return BigInt(`0x${parsed.serialNumber}`);
}

export function hasSameKey(a: Link, b: Link): boolean {
  return a.certificate.publicKey.equals(b.certificate.publicKey);
}

export function isSelfIssued({ subject, issuer }: Link): boolean {
  return subject.equals(issuer);
}

/** Part 6 §6.2.2: keyUsage may be missing in authorities that plants make with openssl; present, it counts. */
export function isAuthority({ certificate, parsed }: Link): boolean {
  return (
    certificate.ca && parsed.getExtension(BasicConstraintsExtension)?.ca === true && maySign(parsed, "keyCertSign")
  );
}

export function maySign(parsed: ParsedCertificate, what: "keyCertSign" | "cRLSign"): boolean {
  const usage = parsed.getExtension(KeyUsagesExtension);
  return usage === null || (usage.usages & KeyUsageFlags[what]) !== 0;
}

/** How many authorities may follow below it; undefined: as many as there are. */
export function pathLengthOf({ parsed }: Link): number | undefined {
  return parsed.getExtension(BasicConstraintsExtension)?.pathLength;
}

/** Why an application certificate cannot be that of a server, although an authority issued it. */
export function unfitAsServer({ certificate, parsed }: Link): string | undefined {
  if (certificate.ca || parsed.getExtension(BasicConstraintsExtension)?.ca)
    return "it is the certificate of an authority";
  const usage = parsed.getExtension(KeyUsagesExtension);
  if (usage !== null && (usage.usages & KeyUsageFlags.digitalSignature) === 0) return "it is not made for signing";
  const purposes = parsed.getExtension(ExtendedKeyUsageExtension)?.usages.map(String);
  if (purposes && !purposes.includes(ExtendedKeyUsage.serverAuth)) return "it is not made for a server";
  return undefined;
}

/** Basic constraints, key usage, extended key usage, alternative names, policies: nothing else is obeyed here. */
const understood = new Set(["2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17", "2.5.29.32"]);
const nameConstraints = "2.5.29.30";

/** RFC 5280 §4.2: what must be obeyed and cannot be, refuses; a limit on names also where it is not marked so. */
export function notUnderstood({ parsed }: Link): string | undefined {
  const types = parsed.extensions.map(({ type }) => type);
  const twice = types.find((type, at) => types.indexOf(type) !== at);
  if (twice) return `has the extension ${twice} twice`;
  if (types.includes(nameConstraints)) return "limits the names it stands for, which is not obeyed here (2.5.29.30)";
  const strange = parsed.extensions.find(({ critical, type }) => critical && !understood.has(type))?.type;
  return strange && `demands what is not understood here (${strange})`;
}

const hashes = new Set(["SHA-256", "SHA-384", "SHA-512"]);
const leastRsaBits = 2048;
const curves = new Set([
  "prime256v1",
  "secp384r1",
  "secp521r1",
  "brainpoolP256r1",
  "brainpoolP384r1",
  "brainpoolP512r1",
]);

/** Part 4 §6.1.3, Security Policy Check: a signature that can be forged proves no issuer. */
export function isWeaklySigned({
  signatureAlgorithm,
}: Pick<ParsedCertificate | X509Crl, "signatureAlgorithm">): boolean {
  const { name, hash } = signatureAlgorithm as { readonly name?: string; readonly hash?: { readonly name: string } };
  return name !== "Ed25519" && !hashes.has(hash?.name ?? "");
}

export function hasWeakKey({ certificate }: Link): boolean {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
  if (type === "rsa" || type === "rsa-pss") return (details?.modulusLength ?? 0) < leastRsaBits;
  if (type === "ec") return !curves.has(details?.namedCurve ?? "");
  return type !== "ed25519";
}
