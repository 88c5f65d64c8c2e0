import { z } from "zod";
import { Instant } from "./scalars.ts";

/** SHA-256 of the certificate, all 64 hexadecimal digits: what was compared is what is decided on. */
export const Fingerprint = z.string().regex(/^[0-9a-fA-F]{64}$/, "64 hexadecimal digits");

export const CertificateView = z.object({
  driver: z.string(),
  fingerprint: z.string(),
  /** `quarantine`: unknown until now, refused, waits for a person. `rejected`: a person said no. */
  state: z.enum(["trusted", "quarantine", "rejected"]),
  /** `authority`: the certificates that it issues are trusted. `issuer`: completes chains, trusted by nothing. */
  role: z.enum(["device", "authority", "issuer"]),
  subject: z.string(),
  issuer: z.string(),
  applicationUri: z.string().optional(),
  /** DNS names and IP addresses that it is made for. */
  hosts: z.array(z.string()),
  notBefore: Instant,
  notAfter: Instant,
  /** Devices that presented it. */
  devices: z.array(z.string()),
  /** Where it was last seen. */
  endpoint: z.string().optional(),
  /** Why it was refused, in English. */
  reason: z.string().optional(),
  lastSeen: Instant.optional(),
  /** The authority through which a device's certificate is trusted; absent: it is trusted itself, or not. */
  authority: z.string().optional(),
  /** What was taken back since it was trusted, in English: revoked, its authority is trusted no more. */
  against: z.string().optional(),
});
export type CertificateView = z.infer<typeof CertificateView>;

export const OwnCertificateView = z.object({
  driver: z.string(),
  fingerprint: z.string(),
  pem: z.string(),
  subject: z.string(),
  applicationUri: z.string(),
  notBefore: Instant,
  notAfter: Instant,
  /** From then on the gateway renews it by itself. */
  renewsAt: Instant,
  /** The one that was in use before: offered where a device refuses this one, until its own end. */
  before: z.object({ fingerprint: z.string(), notAfter: Instant }).optional(),
  /** A person went back to this one. */
  kept: z.boolean(),
});
export type OwnCertificateView = z.infer<typeof OwnCertificateView>;

/** What an authority has revoked. From `nextUpdate` on a newer list is needed. */
export const RevocationListView = z.object({
  driver: z.string(),
  fingerprint: z.string(),
  issuer: z.string(),
  thisUpdate: Instant,
  nextUpdate: Instant,
  entries: z.int(),
});
export type RevocationListView = z.infer<typeof RevocationListView>;

/** `own`: the gateway's, which the devices must trust. */
export const CertificateList = z.object({
  items: z.array(CertificateView),
  own: z.array(OwnCertificateView),
  revocations: z.array(RevocationListView),
});
export type CertificateList = z.infer<typeof CertificateList>;

export const DecideCertificate = z.strictObject({ state: z.enum(["trusted", "rejected"]) });

/** One certificate in PEM form, before any device has presented it. */
export const BringCertificate = z.strictObject({
  driver: z.string().max(40),
  pem: z.string().min(1).max(20_000),
  /** As what it is taken. An authority's word counts for every certificate that it issues. */
  role: z.enum(["device", "authority", "issuer"]).default("device"),
});

/** `new`: renewed at once. `before`: back to the one that was in use before. */
export const ChangeOwnCertificate = z.strictObject({ use: z.enum(["new", "before"]) });

export const OwnCertificateForm = z.strictObject({
  form: z.enum(["der", "pem"]).default("der"),
  which: z.enum(["current", "before"]).default("current"),
});

/** A revocation list as PEM, or DER as base64. */
export const BringRevocations = z.strictObject({
  driver: z.string().max(40),
  list: z.string().min(1).max(700_000),
});
