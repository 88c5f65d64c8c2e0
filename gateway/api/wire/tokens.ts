import { z } from "zod";
import { tokenPermissions } from "../../core/access/policy.ts";
import { Instant } from "./scalars.ts";

/** A program's token. Its secret is told once, when it is made. */
export const TokenView = z.object({
  id: z.string(),
  name: z.string(),
  owner: z.object({ id: z.string(), name: z.string() }),
  permissions: z.array(z.enum(tokenPermissions)),
  /** `*`: every machine of its owner. */
  equipment: z.array(z.string()),
  /** From which it is good; empty: any. */
  addresses: z.array(z.string()),
  /** Neither revoked nor expired. */
  good: z.boolean(),
  createdAt: Instant,
  expiresAt: Instant,
  revokedAt: Instant.optional(),
  lastUsedAt: Instant.optional(),
  lastUsedFrom: z.string().optional(),
});
export type TokenView = z.infer<typeof TokenView>;
export const TokenList = z.object({ items: z.array(TokenView) });
export type TokenList = z.infer<typeof TokenList>;

export const MakeToken = z.strictObject({
  name: z.string().min(1).max(60),
  permissions: z.array(z.enum(tokenPermissions)).min(1).max(tokenPermissions.length),
  /** Ids of machines, or `*` alone. */
  equipment: z.array(z.string().min(1).max(200)).min(1).max(200),
  /** Addresses and networks (CIDR); empty: any. */
  addresses: z.array(z.string().min(1).max(60)).max(20).default([]),
  /** Within a year. */
  expiresAt: Instant,
});
export type MakeToken = z.infer<typeof MakeToken>;

/** `text` goes into `Authorization: Bearer`. Shown this once. */
export const MadeToken = z.object({ token: TokenView, text: z.string() });
export type MadeToken = z.infer<typeof MadeToken>;
