import type { BrowseEntry, CertificateEntry, OwnCertificateEntry, RevocationListEntry } from "../core/driver-port.ts";
import type { Place } from "./actions.ts";

/** A value as JSON carries it (CONTRACT): 64-bit integers, NaN and ±Inf as text, bytes as base64. */
export interface ReadValue {
  readonly tag: string;
  readonly value: number | boolean | string | null;
  readonly unit?: string | undefined;
  /** OPC UA status, 32 bits. */
  readonly status: number;
  /** RFC 3339. */
  readonly sourceTime: string;
  /** When the device was last known to stand by it; undefined: never. */
  readonly confirmedAt?: string | undefined;
}

export interface ReadAnswer {
  readonly values: readonly ReadValue[];
  /** What no tag has the name of, in words. */
  readonly missing: readonly string[];
}

/** What the devices must trust. */
export interface OwnCertificate extends OwnCertificateEntry {
  readonly driver: string;
}

/** Through the running gateway where there is one; else over a connection of a moment. */
export interface DeviceActions {
  /** @throws PlanciaError request/not-found, request/invalid, device/*. */
  browse(place: Place, device: string, path: string): Promise<readonly BrowseEntry[]>;
  read(place: Place, patterns: readonly string[]): Promise<ReadAnswer>;
  certificates(place: Place): Promise<readonly CertificateEntry[]>;
  /** Makes what there is not yet. */
  ownCertificates(place: Place): Promise<readonly OwnCertificate[]>;
  /** Renewed at once, or back to the one of before. @throws PlanciaError request/conflict, request/not-found. */
  changeOwn(place: Place, to: "new" | "before"): Promise<OwnCertificate>;
  /** @throws PlanciaError request/not-found, request/conflict. */
  trust(place: Place, which: string): Promise<CertificateEntry>;
  reject(place: Place, which: string): Promise<CertificateEntry>;
  /** A certificate from a file, in PEM or DER form. @throws PlanciaError request/invalid, request/not-found. */
  trustFile(place: Place, file: string, role: CertificateEntry["role"]): Promise<CertificateEntry>;
  revocations(place: Place): Promise<readonly RevocationListEntry[]>;
  /** A revocation list from a file, in PEM or DER form. @throws PlanciaError request/invalid, request/not-found. */
  addRevocations(place: Place, file: string): Promise<RevocationListEntry>;
}
