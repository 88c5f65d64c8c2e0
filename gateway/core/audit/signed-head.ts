import { canonicalJson } from "./canonical.ts";
import type { ChainHead } from "./chain.ts";

export const headReasons = ["day", "shutdown", "asked", "export"] as const;
export type HeadReason = (typeof headReasons)[number];

/** How long a chain is and how it ends, signed: kept elsewhere it shows a cut and a rebuild. */
export interface SignedHead extends ChainHead {
  readonly format: typeof headFormat;
  readonly gateway: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly reason: HeadReason;
  /** Public Ed25519 key, 32 bytes in base64url: whom it says to be signed by. */
  readonly key: string;
  /** Ed25519 over the canonical JSON (RFC 8785) of all of the above, base64url. */
  readonly signature: string;
}

export const headFormat = "plancia-audit-head-1";

/** Signs with the installation's audit key (Ed25519, RFC 8032). Implemented in `auth/`. */
export interface HeadSigner {
  /** Public key, 32 bytes in base64url. */
  readonly key: string;
  /** The same as PEM (RFC 8410). */
  readonly pem: string;
  /** base64url. */
  sign(text: string): string;
}

/** Whether `signature` over `text` is that of the public key (base64url). Never throws. */
export type CheckSignature = (key: string, text: string, signature: string) => boolean;

export function signedHead(
  signer: HeadSigner,
  { count, hash, gateway, atMs, reason }: ChainHead & { gateway: string; atMs: number; reason: HeadReason },
): SignedHead {
  const at = new Date(atMs).toISOString();
  const head = { format: headFormat, gateway, count, hash, at, reason, key: signer.key } as const;
  return { ...head, signature: signer.sign(canonicalJson(head)) };
}

/** What is wrong with it, by the key that the reader trusts; undefined: nothing. */
export function headFault(check: CheckSignature, trusted: string, head: SignedHead): string | undefined {
  const { signature, ...signed } = head;
  if (head.key !== trusted) return `it is signed by another key, ${head.key}`;
  if (!check(trusted, canonicalJson(signed), signature)) return "its signature does not fit";
  return undefined;
}

/** A head from outside, as an object or as its JSON; undefined: it is none. */
export function readHead(from: unknown): SignedHead | undefined {
  const value = typeof from === "string" ? parsed(from) : from;
  if (typeof value !== "object" || value === null) return undefined;
  const { format, gateway, count, hash, at, reason, key, signature } = value as Partial<SignedHead>;
  const texts = [gateway, hash, at, key, signature].every((text) => typeof text === "string");
  const known = format === headFormat && headReasons.includes(reason as HeadReason);
  if (!texts || !known || !Number.isSafeInteger(count) || (count as number) < 0) return undefined;
  if (!/^[0-9a-f]{64}$/.test(hash as string)) return undefined;
  return { format, gateway, count, hash, at, reason, key, signature } as SignedHead;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Whatever it is: no head.
    return undefined;
  }
}

/** The calendar day at the site, `2026-11-26`. @param zone IANA. */
export function dayIn(zone: string, atMs: number): string {
  const options = { timeZone: zone, year: "numeric", month: "2-digit", day: "2-digit" } as const;
  return new Intl.DateTimeFormat("en-CA", options).format(atMs);
}

/** One a day at the site; also after a clock that went back. */
export function dayAnchorDue(zone: string, lastMs: number | undefined, nowMs: number): boolean {
  return lastMs === undefined || dayIn(zone, lastMs) !== dayIn(zone, nowMs);
}
