import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

/** PEM. */
export interface KeyAndCertificate {
  readonly key: string;
  readonly cert: string;
}

const dayMs = 24 * 3_600_000;
/** People install it once, by hand. */
export const authorityDays = 3650;
/** Short, since it is renewed without anybody; browsers take up to 825 days of an installed authority. */
export const leafDays = 90;
/** A clock that is a little behind must not find it not yet valid. */
const earlierMs = dayMs;

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** A new private certificate authority that signs leaves and no further authority. */
export async function createAuthority(name: string, nowMs: number): Promise<KeyAndCertificate> {
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const cert = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }, { O: ["Plancia"] }],
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(nowMs - earlierMs),
    notAfter: new Date(nowMs + authorityDays * dayMs),
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { key: await pemOf(keys.privateKey), cert: cert.toString("pem") };
}

/**
 * A certificate of the gateway for these host names and addresses. It never outlives its authority.
 * @param names at least one.
 */
export async function createLeaf(
  authority: KeyAndCertificate,
  names: readonly string[],
  nowMs: number,
): Promise<KeyAndCertificate> {
  const issuer = new X509Certificate(authority.cert);
  const raw = PemConverter.decodeFirst(authority.key);
  const signingKey = await crypto.subtle.importKey("pkcs8", raw, algorithm, false, ["sign"]);
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const cert = await X509CertificateGenerator.create({
    subject: [{ CN: [names[0] ?? "plancia"] }],
    issuer: issuer.subject,
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: algorithm,
    notBefore: new Date(Math.max(nowMs - earlierMs, issuer.notBefore.getTime())),
    notAfter: new Date(Math.min(nowMs + leafDays * dayMs, issuer.notAfter.getTime())),
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(names.map((value) => ({ type: isIP(value) ? "ip" : "dns", value }))),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return { key: await pemOf(keys.privateKey), cert: cert.toString("pem") };
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  return PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY");
}
