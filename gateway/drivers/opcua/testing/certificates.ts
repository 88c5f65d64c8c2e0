import { generateKeyPairSync } from "node:crypto";
import { CertificatePurpose, createSelfSignedCertificate } from "node-opcua-crypto";

const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
/** Of every certificate made here. */
export const privateKeyOfAll = privateKey;
const day = 86_400_000;

/** "Today" of the tests. */
export const now = Date.UTC(2026, 5, 1);

export interface WantedCertificate {
  readonly uri?: string;
  readonly dns?: string[];
  readonly ip?: string[];
  readonly notBefore?: number;
  readonly notAfter?: number;
}

/** A self-signed application certificate as PEM, valid around `now` unless told otherwise. */
export async function makeCertificate(wanted: WantedCertificate = {}): Promise<string> {
  const key = await crypto.subtle.importKey(
    "pkcs8",
    privateKey.export({ type: "pkcs8", format: "der" }),
    { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
    true,
    ["sign"],
  );
  const { cert } = await createSelfSignedCertificate({
    privateKey: key,
    subject: "CN=Press",
    dns: wanted.dns ?? ["press.example"],
    ip: wanted.ip ?? ["192.0.2.20"],
    applicationUri: wanted.uri ?? "urn:press",
    notBefore: new Date(wanted.notBefore ?? now - day),
    notAfter: new Date(wanted.notAfter ?? now + 365 * day),
    purpose: CertificatePurpose.ForApplication,
  });
  return cert;
}
