import type { X509Certificate } from "node:crypto";
import { day, factsOf, firstOfChain, readCertificate } from "./certificate.ts";
import {
  hasSameKey,
  hasWeakKey,
  isAuthority,
  isSameIssue,
  isSelfIssued,
  isWeaklySigned,
  type Link,
  linkOf,
  notUnderstood,
  pathLengthOf,
  unfitAsServer,
} from "./chain-certificate.ts";
import { isSignedBy, type RevocationList, revokedSince } from "./revocation-list.ts";

/** Certificates of a chain at most, the server's included. */
export const longestChain = 6;

/** What the folder knows of authorities. */
export interface KnownAuthorities {
  readonly authorities: readonly Link[];
  readonly issuers: readonly Link[];
  /** Those that a person rejected: a chain through one of them is broken there. */
  readonly rejected: readonly Link[];
  readonly lists: readonly RevocationList[];
  /** A list that cannot be read any more, in words: it may have named anything. */
  readonly damaged: string | undefined;
}

export interface ChainRule {
  /** Milliseconds UTC. */
  readonly now: number;
  /** `required`: no list, or one too old, refuses (Part 4 §6.1.3, Find Revocation List). */
  readonly revocation: "required" | "ifKnown";
  /**
   * Of a connection that stands: what was taken back ends it, age alone does not.
   */
  readonly standing?: boolean;
}

export type ChainJudgement =
  | { readonly kind: "good"; readonly authority: string }
  /** Nobody here vouches for it: it stands for itself, like a self-signed one. */
  | { readonly kind: "alone" }
  | { readonly kind: "refused"; readonly why: string };

/** The certificates that a server sent, its own first. @throws Error where the first one is none. */
export function chainOf(der: Uint8Array): {
  readonly chain: readonly [X509Certificate, ...X509Certificate[]];
  /** What is wrong with what follows, where something is. */
  readonly rest: string | undefined;
} {
  const first = readCertificate(firstOfChain(der));
  const chain: [X509Certificate, ...X509Certificate[]] = [first];
  let left = der.subarray(first.raw.length);
  while (left.length > 0) {
    if (chain.length === longestChain)
      return { chain, rest: `the chain it sends is longer than ${longestChain} certificates` };
    try {
      const next = readCertificate(firstOfChain(left));
      chain.push(next);
      left = left.subarray(next.raw.length);
    } catch {
      return { chain, rest: "what it sends behind its certificate is no certificate" };
    }
  }
  return { chain, rest: undefined };
}

/**
 * Whether a trusted authority stands behind a server's certificate, by the steps of Part 4 §6.1.3.
 * @param chain the server's certificate, then what it sent along, in whatever order.
 */
export async function judgeChain(
  chain: readonly X509Certificate[],
  known: KnownAuthorities,
  rule: ChainRule,
): Promise<ChainJudgement> {
  try {
    return await judgeLinks(chain.map(linkOf), known, rule);
  } catch {
    // Made to be read in one way by one reader and in another by the next, or of a kind that is not known here.
    return { kind: "refused", why: "its chain cannot be read to the end" };
  }
}

async function judgeLinks(
  [leaf, ...sent]: readonly Link[],
  known: KnownAuthorities,
  rule: ChainRule,
): Promise<ChainJudgement> {
  if (!leaf) throw new Error("a chain without a certificate");
  const faults: Fault[] = [];
  const authority = await climb([leaf], { known, sent, rule, faults });
  if (authority) return { kind: "good", authority: authority.name };
  if (isSelfSigned(leaf)) return { kind: "alone" };
  const [first] = faults.sort((a, b) => b.depth - a.depth);
  return { kind: "refused", why: first?.why ?? `its issuer ${factsOf(leaf.certificate).issuer} is not known here` };
}

/** What authorities that are known here say against a certificate, whoever trusts it; in words. */
export async function revokedBy(certificate: X509Certificate, known: KnownAuthorities): Promise<string | undefined> {
  if (known.lists.length === 0) return undefined;
  const since = await revokedSinceBy(linkOf(certificate), known, []);
  return since && `it is revoked since ${since}`;
}

interface Fault {
  /** How far the chain reached: of several ways the one that came nearest to an authority is told. */
  readonly depth: number;
  readonly why: string;
}

interface Climb {
  readonly known: KnownAuthorities;
  readonly sent: readonly Link[];
  readonly rule: ChainRule;
  readonly faults: Fault[];
}

/** Every way from the last link upwards until one holds. The sent ones are few, so the ways are too. */
async function climb(path: readonly [Link, ...Link[]], search: Climb): Promise<Link | undefined> {
  const { known, sent, faults } = search;
  const top = path.at(-1) ?? path[0];
  const above = issuersOf(top, path, [...known.authorities, ...known.issuers, ...sent]);
  const tell = (why: string, depth = path.length) => void faults.push({ depth, why });
  if (isSelfSigned(top)) {
    if (path.length > 1) tell(`${top.name} is trusted by nobody here (${top.fingerprint})`);
    return undefined;
  }
  if (above.length === 0) tell(`the issuer of ${top.name} is not known here: ${factsOf(top.certificate).issuer}`);
  for (const issuer of above) {
    if (!top.certificate.verify(issuer.certificate.publicKey)) {
      tell(`${top.name} is not signed by the key of its issuer ${issuer.name}`);
      continue;
    }
    const longer = [...path, issuer] as const;
    const isTrusted = known.authorities.some(({ fingerprint }) => fingerprint === issuer.fingerprint);
    if (isTrusted) {
      const why = await faultOf(longer, search);
      if (why === undefined) return issuer;
      tell(why, longestChain + longer.length);
    } else if (longer.length >= longestChain) tell(`the chain is longer than ${longestChain} certificates`);
    else {
      const found = await climb(longer, search);
      if (found) return found;
    }
  }
  return undefined;
}

function issuersOf(link: Link, path: readonly Link[], from: readonly Link[]): readonly Link[] {
  const found = new Map<string, Link>();
  for (const each of from) {
    if (each.subject.equals(link.issuer) && !path.some(({ fingerprint }) => fingerprint === each.fingerprint)) {
      found.set(each.fingerprint, each);
    }
  }
  return [...found.values()];
}

function isSelfSigned(link: Link): boolean {
  return isSelfIssued(link) && link.certificate.verify(link.certificate.publicKey);
}

/** What speaks against a path whose signatures hold and whose end is trusted. */
async function faultOf(path: readonly [Link, ...Link[]], search: Climb): Promise<string | undefined> {
  const [leaf, ...authorities] = path;
  const unfit = unfitAsServer(leaf);
  if (unfit) return unfit;
  for (const [below, authority] of authorities.entries()) {
    const why = faultOfAuthority(authority, path.slice(1, below + 1));
    if (why) return why;
  }
  for (const [at, link] of path.entries()) {
    const why = faultOfLink(link, { ...search, at, isTop: at === path.length - 1 });
    if (why) return why;
  }
  return (await revoked(path, search)) ?? listsMissing(path, search);
}

/** @param below the authorities between it and the server. */
function faultOfAuthority(authority: Link, below: readonly Link[]): string | undefined {
  if (!isAuthority(authority)) return `${authority.name} is no authority, and may sign for nobody`;
  const allowed = pathLengthOf(authority);
  const length = below.filter((link) => !isSelfIssued(link)).length;
  if (allowed === undefined || length <= allowed) return undefined;
  return `the chain is too long: ${authority.name} allows ${allowed} further authorities below it, these are ${length}`;
}

function faultOfLink(link: Link, on: Climb & { readonly at: number; readonly isTop: boolean }): string | undefined {
  const who = on.at === 0 ? "it" : link.name;
  const { notBefore, notAfter } = factsOf(link.certificate);
  const { now, standing } = on.rule;
  if (on.known.rejected.some((one) => isRejectedWith(one, link, on))) return `${who} was rejected`;
  const strange = notUnderstood(link);
  if (strange) return `${who} ${strange}`;
  if (!on.isTop && isWeaklySigned(link.parsed)) return `${who} is signed with an algorithm that is out of use`;
  if (hasWeakKey(link)) return `the key of ${who} is too weak`;
  // The server's own dates are told beside its other faults.
  if (standing || on.at === 0) return undefined;
  if (now > notAfter) return `${who} expired on ${day(notAfter)}`;
  if (now < notBefore) return `${who} is valid only from ${day(notBefore)}`;
  return undefined;
}

/** An authority is rejected with its key, whatever other certificate it has, unless a person trusts that one. */
function isRejectedWith(
  rejected: Link,
  link: Link,
  { at, isTop }: { readonly at: number; readonly isTop: boolean },
): boolean {
  if (rejected.fingerprint === link.fingerprint || isSameIssue(rejected, link)) return true;
  return at > 0 && !isTop && isAuthority(rejected) && hasSameKey(rejected, link);
}

/** Part 4 §6.1.3, Certificate Revocation Check: any list of any known key that has the right name and signature counts. */
async function revoked(path: readonly Link[], { known }: Climb): Promise<string | undefined> {
  for (const [at, link] of path.entries()) {
    const issuer = path[at + 1];
    const since = await revokedSinceBy(link, known, issuer ? [issuer] : []);
    if (since) return `${at === 0 ? "it" : link.name} is revoked since ${since}`;
  }
  return undefined;
}

/** Part 4 §6.1.3, Find Revocation List: each authority of the chain has one that is not too old. */
async function listsMissing(path: readonly Link[], { known, rule }: Climb): Promise<string | undefined> {
  if (rule.standing) return undefined;
  if (known.damaged) return known.damaged;
  if (rule.revocation === "ifKnown") return undefined;
  for (const issuer of path.slice(1)) {
    const ends: number[] = [];
    for (const list of known.lists) if (await isSignedBy(list, issuer)) ends.push(list.nextUpdate);
    if (ends.length === 0) {
      return `there is no revocation list of ${issuer.name} here (security: { revocation: ifKnown } does without)`;
    }
    const newest = Math.max(...ends);
    if (newest < rule.now) return `the revocation list of ${issuer.name} is too old: it ended on ${day(newest)}`;
  }
  return undefined;
}

/** @param also those beside the known ones whose lists count. */
async function revokedSinceBy(link: Link, known: KnownAuthorities, also: readonly Link[]): Promise<string | undefined> {
  for (const list of known.lists) {
    const since = list.issuer.equals(link.issuer) ? revokedSince(list, link) : undefined;
    if (since === undefined) continue;
    for (const signer of [...also, ...known.authorities, ...known.issuers, ...known.rejected]) {
      if (await isSignedBy(list, signer)) return since;
    }
  }
  return undefined;
}
