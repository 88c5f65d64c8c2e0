import { type ChainBreak, type ChainHead, type ChainLink, linkFault, linkHash, type Sha256 } from "./chain.ts";
import type { SignedHead } from "./signed-head.ts";

/**
 * An export of the audit that can be checked without the gateway: the signed head, then what was asked
 * for, with everything in between as bare digests, so that the chain can be followed from the first
 * entry of the export to the head that was signed.
 */
export const exportFormat = "plancia-audit-export-1";

export interface ProofHead {
  readonly record: "head";
  readonly format: typeof exportFormat;
  readonly head: SignedHead;
  /** The end of the chain before the first entry that follows. */
  readonly before: ChainHead;
  /** What was asked for, as it was asked. */
  readonly filter: Readonly<Record<string, unknown>>;
  readonly by: string;
}

/** An entry that was asked for. */
export interface ProofEntry {
  readonly record: "row";
  readonly link: ChainLink;
}

/** Entries that were not, from number `first` on: their digests, 64 hex letters each. */
export interface ProofGap {
  readonly record: "links";
  readonly first: number;
  readonly digests: readonly string[];
}

export type ProofRecord = ProofHead | ProofEntry | ProofGap;

/** Follows an export from its head to its end. Feed `take` in order, then `end`; the first fault is final. */
export class ProofWalk {
  readonly #sha256: Sha256;
  readonly #headFault: (head: SignedHead) => string | undefined;
  #head: SignedHead | undefined;
  #count = 0;
  #hash = "";
  #rows = 0;

  /** @param headFault what is wrong with the signature, by the key that the reader trusts. */
  constructor(sha256: Sha256, headFault: (head: SignedHead) => string | undefined) {
    this.#sha256 = sha256;
    this.#headFault = headFault;
  }

  get head(): SignedHead | undefined {
    return this.#head;
  }

  /** Entries that were asked for, so far. */
  get rows(): number {
    return this.#rows;
  }

  take(record: ProofRecord): ChainBreak | undefined {
    if (record.record === "head") return this.#begin(record);
    if (this.#head === undefined) return { brokenAt: 0, why: "it does not begin with its signed head" };
    return record.record === "row" ? this.#row(record.link) : this.#gap(record);
  }

  end(): ChainBreak | undefined {
    const head = this.#head;
    if (head === undefined) return { brokenAt: 0, why: "there is no signed head" };
    if (this.#count < head.count)
      return { brokenAt: this.#count + 1, why: `the end is cut off: the signed head is of ${head.count} entries` };
    if (this.#count > head.count || this.#hash !== head.hash)
      return { brokenAt: this.#count, why: "the entries do not lead to the signed head" };
    return undefined;
  }

  #begin({ head, before }: ProofHead): ChainBreak | undefined {
    if (this.#head !== undefined) return { brokenAt: this.#count + 1, why: "there is a second head" };
    const why = this.#headFault(head);
    if (why !== undefined) return { brokenAt: head.count, why: `the signed head: ${why}` };
    this.#head = head;
    this.#count = before.count;
    this.#hash = before.hash;
    return undefined;
  }

  #row(link: ChainLink): ChainBreak | undefined {
    const why = link.n === this.#count + 1 ? linkFault(this.#sha256, this.#hash, link) : this.#missing(link.n);
    if (why !== undefined) return { brokenAt: this.#count + 1, why };
    this.#count = link.n;
    this.#hash = link.hash;
    this.#rows++;
    return undefined;
  }

  #gap({ first, digests }: ProofGap): ChainBreak | undefined {
    if (first !== this.#count + 1) return { brokenAt: this.#count + 1, why: this.#missing(first) };
    for (const digest of digests) {
      this.#hash = linkHash(this.#sha256, this.#hash, digest);
      this.#count++;
    }
    return undefined;
  }

  #missing(n: number): string {
    return `entry ${this.#count + 1} is missing, ${n} follows`;
  }
}
