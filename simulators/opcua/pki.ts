import { X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { TrustList } from "./trust-list.ts";

export interface Application {
  /** Stands in the certificate and in the server's description; clients compare the two. */
  readonly uri: string;
  readonly name: string;
  /** Where the server listens, beside localhost and the computer's name. */
  readonly host: string;
}

/** Whose certificates are accepted beside those in `trusted/certs`. */
export interface Trust {
  readonly anyone: boolean;
  readonly alsoTrusted: readonly string[];
}

export interface Pki {
  readonly store: TrustList;
  readonly certificateFile: string;
  readonly privateKeyFile: string;
  /** SHA-256 of the certificate, 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** Where a client's certificate (PEM or DER) has to be put to be accepted. */
  readonly trustedFolder: string;
  close(): Promise<void>;
}

const validDays = 3650;

/**
 * Opens the folder and makes a key of 2048 bits and a self-signed certificate where there is none yet, or
 * where it is for another application. Needs no openssl; about 0.2 s the first time.
 */
export async function openPki(where: string, application: Application, trust: Trust): Promise<Pki> {
  const folder = resolve(where);
  await mkdir(folder, { recursive: true });
  const store = new TrustList(folder, trust);
  await store.initialize();
  const certificateFile = join(folder, "own", "certs", "certificate.pem");
  if (!fits(certificateFile, application)) {
    const addresses = new Set(["127.0.0.1", application.host]);
    await store.createSelfSignedCertificate({
      outputFile: certificateFile,
      applicationUri: application.uri,
      subject: `/CN=${application.name}/O=Plancia simulators`,
      dns: ["localhost", hostname()],
      ip: [...addresses],
      startDate: new Date(Date.now() - 86_400_000),
      validity: validDays,
    });
  }
  return {
    store,
    certificateFile,
    privateKeyFile: store.privateKey,
    fingerprint: fingerprintOf(certificateFile),
    trustedFolder: join(folder, "trusted", "certs"),
    close: () => store.dispose(),
  };
}

/** Takes key and certificate away, so that the next `openPki` makes new ones. */
export async function forgetOwnCertificate(pki: Pki): Promise<void> {
  await rm(pki.certificateFile, { force: true });
  await rm(pki.privateKeyFile, { force: true });
}

function fingerprintOf(certificateFile: string): string {
  return new X509Certificate(readFileSync(certificateFile)).fingerprint256.replaceAll(":", "").toLowerCase();
}

function fits(certificateFile: string, application: Application): boolean {
  if (!existsSync(certificateFile)) return false;
  try {
    const certificate = new X509Certificate(readFileSync(certificateFile));
    const names = certificate.subjectAltName ?? "";
    return names.includes(`URI:${application.uri}`) && certificate.validToDate.getTime() > Date.now();
  } catch {
    // Half a file of a process that was killed: made anew.
    return false;
  }
}
