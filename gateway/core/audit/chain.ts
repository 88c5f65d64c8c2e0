import type { AuditEntry } from "../records-port.ts";
import { canonicalJson } from "./canonical.ts";

/**
 * The audit's hash chain. It covers digests of entries, not the entries: a body can be erased by
 * class (interventions 5 years, sign-ins 12 months) and the chain still verifies. All hashes are
 * SHA-256 in small hex letters, of UTF-8 where they are of text.
 *
 *   version 1:  digest_n = SHA-256(canonical JSON of entry n)
 *   version 2:  commitment_n = SHA-256(salt_n as 32 hex letters, then the canonical JSON of entry n)
 *               digest_n = SHA-256(canonical JSON of {action, at, class, commitment: commitment_n, v: 2})
 *   both:       hash_n = SHA-256(bytes of hash_{n-1}, then bytes of digest_n),  hash_0 = 32 zero bytes
 *
 * The salt is erased with the body. Without it nobody can find out what was erased by trying out
 * addresses and names, which version 1 would have allowed.
 */
export type Sha256 = (content: string | Uint8Array) => string;

export const firstHash = "0".repeat(64);

/** The body as it is stored and digested. */
export function entryBody(entry: AuditEntry): string {
  return canonicalJson(entry);
}

/** @param salt 16 random bytes, hex. */
export function commitmentOf(sha256: Sha256, salt: string, body: string): string {
  return sha256(salt + body);
}

/** What of an entry is never erased: when, of which class and of which kind. */
export interface EntryCover {
  readonly at: number;
  readonly class: string;
  readonly action: string;
}

/** Version 2. */
export function coverDigest(sha256: Sha256, { at, class: group, action }: EntryCover, commitment: string): string {
  return sha256(canonicalJson({ action, at, class: group, commitment, v: 2 }));
}

export function linkHash(sha256: Sha256, hashBefore: string, digest: string): string {
  return sha256(hexBytes(hashBefore + digest));
}

function hexBytes(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}

/** One entry as it lies in the store; `body` undefined: erased, and `salt` with it. */
export interface ChainLink {
  readonly n: number;
  readonly version: number;
  readonly class: string;
  /** UTC ms and kind; undefined: an entry of version 1 whose body was erased before they were kept apart. */
  readonly at: number | undefined;
  readonly action: string | undefined;
  readonly body: string | undefined;
  /** Version 2 alone. */
  readonly salt: string | undefined;
  readonly commitment: string | undefined;
  readonly digest: string;
  readonly hash: string;
}

export interface ChainHead {
  readonly count: number;
  readonly hash: string;
}

export interface ChainBreak {
  readonly brokenAt: number;
  readonly why: string;
}

/** Walks a chain from entry 1 on. Feed `take` in order, then `end` with the stored head; the first break is final. */
export class ChainWalk {
  readonly #sha256: Sha256;
  #count = 0;
  #hash = firstHash;

  constructor(sha256: Sha256) {
    this.#sha256 = sha256;
  }

  get head(): ChainHead {
    return { count: this.#count, hash: this.#hash };
  }

  take(link: ChainLink): ChainBreak | undefined {
    const expected = this.#count + 1;
    if (link.n !== expected) {
      const why =
        link.n > expected ? `entry ${expected} is missing` : `entry ${link.n} stands where ${expected} belongs`;
      return { brokenAt: expected, why };
    }
    const why = linkFault(this.#sha256, this.#hash, link);
    if (why) return { brokenAt: link.n, why };
    this.#count = link.n;
    this.#hash = link.hash;
    return undefined;
  }

  end(stored: ChainHead): ChainBreak | undefined {
    if (stored.count > this.#count) {
      return {
        brokenAt: this.#count + 1,
        why: `the end is cut off: ${stored.count} entries were written, ${this.#count} are there`,
      };
    }
    if (stored.count < this.#count) {
      return { brokenAt: stored.count + 1, why: `${this.#count - stored.count} entries stand behind the recorded end` };
    }
    if (stored.hash !== this.#hash)
      return { brokenAt: this.#count, why: "the recorded head does not fit the last entry" };
    return undefined;
  }
}

/** What is wrong with one entry that comes after `hashBefore`; undefined: nothing. */
export function linkFault(sha256: Sha256, hashBefore: string, link: ChainLink): string | undefined {
  const content = link.version === 1 ? faultOfFirst(sha256, link) : faultOfCovered(sha256, link);
  if (content) return content;
  if (linkHash(sha256, hashBefore, link.digest) !== link.hash) return "the hash does not follow from the entry before";
  return undefined;
}

function faultOfFirst(sha256: Sha256, { body, digest, ...cover }: ChainLink): string | undefined {
  if (body === undefined) return undefined;
  if (sha256(body) !== digest) return "the content was changed";
  return coverFault(cover, body);
}

function faultOfCovered(sha256: Sha256, link: ChainLink): string | undefined {
  const { version, at, action, body, salt, commitment, digest } = link;
  if (version !== 2) return `version ${version} is not known here`;
  if (at === undefined || action === undefined || commitment === undefined) return "what is never erased is missing";
  if ((body === undefined) !== (salt === undefined)) return "the content and its salt do not belong together";
  if (body !== undefined && commitmentOf(sha256, salt ?? "", body) !== commitment) return "the content was changed";
  if (coverDigest(sha256, { at, class: link.class, action }, commitment) !== digest)
    return "the time, class or kind was changed";
  return body === undefined ? undefined : coverFault(link, body);
}

function coverFault(cover: Pick<ChainLink, "at" | "class" | "action">, body: string): string | undefined {
  const entry = JSON.parse(body) as Partial<AuditEntry>;
  if (entry.class !== cover.class) return "the class was changed";
  if (entry.at !== cover.at) return "the time was changed";
  if (entry.action !== cover.action) return "the kind was changed";
  return undefined;
}
