import { z } from "zod";
import { AuditRow } from "./administration.ts";
import { Instant } from "./scalars.ts";

export const AuditPage = z.object({ items: z.array(AuditRow), next: z.string().optional() });
export type AuditPage = z.infer<typeof AuditPage>;

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** All of it together; `from` is part of the time, `to` is not. */
export const AuditFilterParameters = z.strictObject({
  action: z.string().max(100).optional(),
  class: z.enum(["intervention", "sign-in", "administration", "system"]).optional(),
  equipment: z.string().max(200).optional(),
  who: z.string().max(100).optional(),
  from: time.optional(),
  to: time.optional(),
  /** Anywhere in an entry. */
  text: z.string().min(2).max(200).optional(),
});

export const AuditParameters = AuditFilterParameters.extend({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  next: z.string().max(200).optional(),
});

export const AuditExportParameters = AuditFilterParameters.extend({
  format: z.enum(["jsonl", "csv"]).default("jsonl"),
});

/** The head of the chain as it was signed: docs/audit.md. */
export const Anchor = z.object({
  format: z.string(),
  gateway: z.string(),
  count: z.number(),
  hash: z.string(),
  at: Instant,
  reason: z.enum(["day", "shutdown", "asked", "export"]),
  key: z.string(),
  signature: z.string(),
});
export type Anchor = z.infer<typeof Anchor>;

/** Newest first; `publicKey` as PEM. */
export const AnchorPage = z.object({ publicKey: z.string(), items: z.array(Anchor), next: z.string().optional() });
export type AnchorPage = z.infer<typeof AnchorPage>;

export const AuditVerified = z.object({
  ok: z.boolean(),
  entries: z.number(),
  /** Anchors that were found in the chain. */
  anchors: z.number().optional(),
  head: z.string().optional(),
  brokenAt: z.number().optional(),
  why: z.string().optional(),
});
export type AuditVerified = z.infer<typeof AuditVerified>;
