import "reflect-metadata";
import { type webcrypto, X509Certificate } from "node:crypto";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  X509CrlGenerator,
  type X509CrlReason,
} from "@peculiar/x509";
import { now } from "./certificates.ts";

const day = 86_400_000;
const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const makeKeys = () => crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);

export interface WantedIssue {
  readonly name?: string;
  readonly serial?: string;
  readonly notBefore?: number;
  readonly notAfter?: number;
  readonly hash?: string;
  readonly extensions?: readonly Extension[];
}
export interface WantedServer extends WantedIssue {
  readonly uri?: string;
  readonly ip?: string;
  readonly purposes?: readonly string[];
  readonly usage?: number;
  /** Basic constraints say that it is an authority. */
  readonly ca?: boolean;
}
export interface WantedAuthority extends WantedIssue {
  readonly ca?: boolean;
  readonly pathLength?: number;
  readonly usage?: number;
  /** Takes another's key: the same authority under a new certificate. */
  readonly keys?: webcrypto.CryptoKeyPair;
}
export interface WantedList {
  readonly thisUpdate?: number;
  /** Undefined under its name: the list says no end. */
  readonly nextUpdate?: number | undefined;
  readonly revoked?: readonly string[];
  readonly name?: string;
  readonly hash?: string;
  readonly reason?: X509CrlReason;
  readonly extensions?: readonly Extension[];
  readonly entryExtensions?: readonly Extension[];
}

let serials = 0x1000;

/** An authority made up for a test; every wish makes it wrong in one way. */
export class TestAuthority {
  readonly name: string;
  readonly pem: string;
  readonly keys: webcrypto.CryptoKeyPair;

  private constructor(name: string, pem: string, keys: webcrypto.CryptoKeyPair) {
    this.name = name;
    this.pem = pem;
    this.keys = keys;
  }

  static async root(wanted: WantedAuthority = {}): Promise<TestAuthority> {
    return TestAuthority.#make({ name: "CN=Plant Root", ...wanted }, undefined);
  }

  async below(wanted: WantedAuthority = {}): Promise<TestAuthority> {
    return TestAuthority.#make({ name: "CN=Plant Line", ...wanted }, this);
  }

  get der(): Buffer {
    return new X509Certificate(this.pem).raw;
  }

  static async #make(wanted: WantedAuthority & { name: string }, issuer: TestAuthority | undefined) {
    const keys = wanted.keys ?? (await makeKeys());
    const extensions = [
      ...(wanted.ca === false ? [] : [new BasicConstraintsExtension(true, wanted.pathLength, true)]),
      new KeyUsagesExtension(wanted.usage ?? KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      ...(wanted.extensions ?? []),
    ];
    const signer = issuer ?? { name: wanted.name, keys };
    return new TestAuthority(wanted.name, await sign(wanted, wanted.name, keys.publicKey, signer, extensions), keys);
  }

  /** The application certificate of the press, as PEM. */
  async issue(wanted: WantedServer = {}): Promise<string> {
    const { publicKey } = await makeKeys();
    return sign(wanted, wanted.name ?? "CN=Press", publicKey, this, [
      new BasicConstraintsExtension(wanted.ca ?? false, undefined, true),
      new KeyUsagesExtension(wanted.usage ?? KeyUsageFlags.digitalSignature | KeyUsageFlags.keyEncipherment, true),
      new ExtendedKeyUsageExtension([...(wanted.purposes ?? ["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"])]),
      new SubjectAlternativeNameExtension([
        { type: "url", value: wanted.uri ?? "urn:press" },
        { type: "ip", value: wanted.ip ?? "192.0.2.20" },
      ]),
      await AuthorityKeyIdentifierExtension.create(this.keys.publicKey),
      ...(wanted.extensions ?? []),
    ]);
  }

  /** What it revoked: DER. */
  async list(wanted: WantedList = {}): Promise<Buffer> {
    const nextUpdate = "nextUpdate" in wanted ? wanted.nextUpdate : now + 30 * day;
    const crl = await X509CrlGenerator.create({
      issuer: wanted.name ?? this.name,
      thisUpdate: new Date(wanted.thisUpdate ?? now - day),
      ...(nextUpdate === undefined ? {} : { nextUpdate: new Date(nextUpdate) }),
      signingAlgorithm: { ...algorithm, hash: wanted.hash ?? "SHA-256" },
      signingKey: this.keys.privateKey,
      extensions: [...(wanted.extensions ?? [])],
      entries: (wanted.revoked ?? []).map((serialNumber) => ({
        serialNumber,
        revocationDate: new Date(now - 2 * day),
        ...(wanted.reason === undefined ? {} : { reason: wanted.reason }),
        extensions: [...(wanted.entryExtensions ?? [])],
      })),
    });
    return Buffer.from(crl.rawData);
  }
}

async function sign(
  wanted: WantedIssue,
  subject: string,
  publicKey: webcrypto.CryptoKey,
  issuer: Pick<TestAuthority, "name" | "keys">,
  extensions: Extension[],
): Promise<string> {
  const cert = await X509CertificateGenerator.create({
    serialNumber: wanted.serial ?? (serials++).toString(16),
    subject,
    issuer: issuer.name,
    publicKey,
    signingKey: issuer.keys.privateKey,
    signingAlgorithm: { ...algorithm, hash: wanted.hash ?? "SHA-256" },
    notBefore: new Date(wanted.notBefore ?? now - day),
    notAfter: new Date(wanted.notAfter ?? now + 365 * day),
    extensions,
  });
  return cert.toString("pem");
}

/** An extension of this kind with nothing that anybody here reads. */
export function strangeExtension(type: string, critical: boolean): Extension {
  return new Extension(type, critical, new Uint8Array([0x30, 0x00]));
}

export function derOf(...pems: readonly string[]): Buffer {
  return Buffer.concat(pems.map((pem) => new X509Certificate(pem).raw));
}

export function serialOf(pem: string): string {
  return new X509Certificate(pem).serialNumber;
}
export { KeyUsageFlags } from "@peculiar/x509";
