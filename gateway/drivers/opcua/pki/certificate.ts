import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { hostname } from "node:os";

/** What a person or a check wants to know of a certificate. Times in milliseconds UTC. */
export interface CertificateFacts {
  readonly fingerprint: string;
  readonly subject: string;
  readonly issuer: string;
  readonly applicationUri: string | undefined;
  readonly hosts: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
}

/** Reads PEM or DER. @throws Error where it is no certificate. */
export function readCertificate(source: string | Uint8Array): X509Certificate {
  return new X509Certificate(typeof source === "string" ? source : Buffer.from(source));
}

/** SHA-256, 64 small hexadecimal digits. */
export function fingerprintOf(certificate: X509Certificate): string {
  return certificate.fingerprint256.replaceAll(":", "").toLowerCase();
}

export function factsOf(certificate: X509Certificate): CertificateFacts {
  const names = [...alternativeNames(certificate.subjectAltName ?? "")];
  return {
    fingerprint: fingerprintOf(certificate),
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    applicationUri: names.find(({ kind }) => kind === "URI")?.value,
    hosts: names.filter(({ kind }) => kind !== "URI").map(({ value }) => value),
    notBefore: certificate.validFromDate.getTime(),
    notAfter: certificate.validToDate.getTime(),
  };
}

/** Servers send the certificate alone or followed by its issuers (Part 6 §6.2.6): the first one. */
export function firstOfChain(der: Uint8Array): Uint8Array {
  if (der.length < 4 || der[0] !== 0x30 || (der[1] ?? 0) < 0x81 || (der[1] ?? 0) > 0x84) return der;
  const lengthBytes = (der[1] ?? 0) & 0x7f;
  let length = 0;
  for (let i = 0; i < lengthBytes; i++) length = length * 256 + (der[2 + i] ?? 0);
  return der.subarray(0, 2 + lengthBytes + length);
}

/** Whether it is made for the host of an endpoint. On loopback this computer's names are one. */
export function isMadeFor(certificate: X509Certificate, host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, "");
  const names = isLoopback(plain) ? ["localhost", "127.0.0.1", "::1", hostname(), plain] : [plain];
  return names.some((name) =>
    isIP(name) !== 0
      ? certificate.checkIP(name) !== undefined
      : certificate.checkHost(name, { subject: "never", wildcards: false }) !== undefined,
  );
}

function isLoopback(host: string): boolean {
  return host.toLowerCase() === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** Names with a comma or a quote come quoted as JSON text, so that they cannot pass for several. */
function* alternativeNames(text: string): Iterable<{ kind: string; value: string }> {
  for (const [, kind = "", value = ""] of text.matchAll(/(URI|DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)) {
    yield { kind, value: value.startsWith('"') ? String(JSON.parse(value)) : value };
  }
}

function oneLine(name: string): string {
  return name.replaceAll("\n", ", ");
}

export function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
