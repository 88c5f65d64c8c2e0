import type { AuditWriter } from "../../core/audit-port.ts";
import type { Clock } from "../../core/clock.ts";
import type {
  CertificateDesk,
  CertificateEntry,
  OwnCertificateEntry,
  RevocationListEntry,
} from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { CertificateJudge } from "../../services/certificates.ts";
import type { FactorGate } from "../../services/factor-gate.ts";

/** A certificate that the press has presented, unknown until now. */
export const waiting: CertificateEntry = {
  fingerprint: "a1".repeat(32),
  state: "quarantine",
  role: "device",
  subject: "CN=press",
  issuer: "CN=press",
  applicationUri: "urn:press",
  hosts: ["press.example"],
  notBefore: Date.UTC(2026, 0, 1),
  notAfter: Date.UTC(2046, 0, 1),
  devices: ["plc"],
  endpoint: "opc.tcp://press.example:4840",
  reason: "unknown",
  lastSeen: Date.UTC(2026, 5, 1),
};

/** Made up, of nobody. */
const ownPem = `-----BEGIN CERTIFICATE-----
MIIBfDCCASGgAwIBAgIUEAzK5+pEcQvJstLGKT0NZL/7GEkwCgYIKoZIzj0EAwIw
EjEQMA4GA1UEAwwHUGxhbmNpYTAgFw0yNjExMjYyMzUyMjNaGA8yMTI2MTEwMjIz
NTIyM1owEjEQMA4GA1UEAwwHUGxhbmNpYTBZMBMGByqGSM49AgEGCCqGSM49AwEH
A0IABGswJAuz/3nrG8g3AqV3ZOOEDE/vyb8yu3/Ym2nu6fiYO1GViSVknl77eHkm
HrIIVOPKzQknXAjXH7jk2W3xMryjUzBRMB0GA1UdDgQWBBSwXwqI9j35zAbzimQF
OC9qrtl3XDAfBgNVHSMEGDAWgBSwXwqI9j35zAbzimQFOC9qrtl3XDAPBgNVHRMB
Af8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQCrFUy5O1137nlMDzLxg9fUsD/j
UtwY4wfBo0PESdd8ZAIhAPINd1H1D3fnbNr/eJ3J2B6oB8Nik+I6XDqgEEIsDpwa
-----END CERTIFICATE-----
`;

/** A trust list in memory, that knows `waiting`; "no PEM" is one that cannot be read. */
export class MemoryTrustList implements CertificateDesk {
  readonly entries = new Map<string, CertificateEntry>([[waiting.fingerprint, waiting]]);

  async list(): Promise<readonly CertificateEntry[]> {
    return [...this.entries.values()];
  }

  async find(_folder: string, which: string): Promise<CertificateEntry> {
    return this.entries.get(which) ?? waiting;
  }

  trust(_folder: string, which: string): Promise<CertificateEntry> {
    return this.#become(which, "trusted");
  }

  reject(_folder: string, which: string): Promise<CertificateEntry> {
    return this.#become(which, "rejected");
  }

  read(pem: string): Pick<CertificateEntry, "fingerprint" | "subject"> {
    if (pem === "no PEM") throw new PlanciaError("request/invalid", "this is no certificate in PEM form");
    return { fingerprint: "b2".repeat(32), subject: "CN=brought" };
  }

  async add(_folder: string, pem: string, role: CertificateEntry["role"]): Promise<CertificateEntry> {
    const brought = { ...waiting, ...this.read(pem), devices: [], state: "trusted", role } as const;
    this.entries.set(brought.fingerprint, brought);
    return brought;
  }

  readonly lists: RevocationListEntry[] = [];

  async revocations(): Promise<readonly RevocationListEntry[]> {
    return this.lists;
  }

  readRevocations(content: string | Uint8Array): RevocationListEntry {
    if (content === "no list") throw new PlanciaError("request/invalid", "this is no revocation list");
    const [thisUpdate, nextUpdate] = [Date.UTC(2026, 5, 1), Date.UTC(2026, 6, 1)];
    return { fingerprint: "d4".repeat(32), issuer: "CN=Plant CA", thisUpdate, nextUpdate, entries: 1 };
  }

  async addRevocations(_folder: string, content: string | Uint8Array): Promise<RevocationListEntry> {
    const list = this.readRevocations(content);
    this.lists.push(list);
    return list;
  }

  ownOne: OwnCertificateEntry = {
    ...{ pem: ownPem, fingerprint: "c3".repeat(32), file: "own.der", subject: "CN=Plancia", applicationUri: "urn:own" },
    ...{ notBefore: Date.UTC(2026, 0, 1), notAfter: Date.UTC(2036, 0, 1), kept: false, before: undefined },
  };

  async own(): Promise<OwnCertificateEntry> {
    return this.ownOne;
  }

  async ownEnds(): Promise<number> {
    return this.ownOne.notAfter;
  }

  async renewOwn(_folder: string, now: number): Promise<OwnCertificateEntry> {
    const { pem, fingerprint, notAfter } = this.ownOne;
    const before = { pem, fingerprint, notAfter };
    const renewed = { fingerprint: "c4".repeat(32), notBefore: now, notAfter: now + 3650 * 86_400_000 };
    this.ownOne = { ...this.ownOne, ...renewed, before, kept: false };
    return this.ownOne;
  }

  async goBackToOwn(): Promise<OwnCertificateEntry> {
    const { before, ...now } = this.ownOne;
    if (!before) throw new PlanciaError("request/conflict", "there is none of before");
    this.ownOne = { ...now, ...before, before: now, kept: true };
    return this.ownOne;
  }

  async #become(which: string, state: CertificateEntry["state"]): Promise<CertificateEntry> {
    const entry = { ...(this.entries.get(which) ?? waiting), state };
    this.entries.set(which, entry);
    return entry;
  }
}

interface JudgeParts {
  readonly warn?: (words: string) => void;
  readonly audit: Pick<AuditWriter, "append" | "note">;
  readonly clock: Clock;
  readonly gate?: FactorGate;
  readonly again?: (device: string, reason: string) => void;
}

/** The service over a list in memory, whose driver is called opcua. */
export function memoryJudge(
  { audit, clock, gate, again, warn }: JudgeParts,
  desk = new MemoryTrustList(),
): CertificateJudge {
  return new CertificateJudge({
    lists: async () => [{ driver: "opcua", desk, folder: "" }],
    renewBeforeMs: 30 * 86_400_000,
    warn: warn ?? (() => undefined),
    devices: { again: again ?? (() => undefined) },
    gate: gate ?? { assertFresh: () => undefined },
    audit,
    clock,
  });
}
