import type { Grant } from "./access/grant.ts";
import type { Role, Slot } from "./access/policy.ts";
import type { OrganisationRecord, TokenRecord } from "./access-port.ts";
import type { ChainHead, ChainLink } from "./audit/chain.ts";
import type { SignedHead } from "./audit/signed-head.ts";
import type { CommandRecord, CommandState } from "./control/command.ts";

/**
 * Ports of the relational store: people, sign-ins, commands, audit, bookings. A store returns what
 * it is asked for; who may ask is the services' business. Every method may reject with
 * PlanciaError store/unavailable. All of them may run at the same time.
 */

export interface UserRecord {
  readonly id: string;
  /** Unique, compared without case. */
  readonly name: string;
  readonly role: Role;
  readonly equipment: readonly string[];
  readonly organisation: string | undefined;
  readonly passwordHash: string | undefined;
  readonly language: "it" | "en";
  readonly disabled: boolean;
  readonly createdAt: number;
  /** Since when there is a second factor; absent: there is none. */
  readonly factorSince?: number | undefined;
  /** A guest who manages its organisation; absent: no. */
  readonly leads?: boolean | undefined;
}

export interface SignInRecord {
  readonly id: string;
  readonly userId: string;
  /** SHA-256 of the opaque id in the cookie; the id itself is never stored. */
  readonly secretHash: string;
  /** The hash before the last rotation, good until `previousUntil`. */
  readonly previousHash: string | undefined;
  readonly previousUntil: number | undefined;
  /** SHA-256 of the stop token. */
  readonly stopHash: string;
  readonly createdAt: number;
  readonly lastSeenAt: number;
  readonly expiresAt: number;
  readonly secondFactor: boolean;
  /** When a person was last known to be there. */
  readonly activeAt: number;
  /** Since when its screen is locked. */
  readonly lockedAt: number | undefined;
  readonly address: string;
  readonly userAgent: string;
  /** The provider by which it came, and its session there; absent: by password. */
  readonly provider?: string | undefined;
  readonly providerSession?: string | undefined;
}

/** Whom a provider means: nothing else makes two people the same. */
export interface IdentityKey {
  readonly issuer: string;
  readonly subject: string;
}

export type SignInChange = Partial<
  Pick<
    SignInRecord,
    "secretHash" | "previousHash" | "previousUntil" | "lastSeenAt" | "secondFactor" | "activeAt" | "lockedAt"
  >
>;

export interface PeopleStore {
  listUsers(): Promise<readonly UserRecord[]>;
  findUserByName(name: string): Promise<UserRecord | undefined>;
  findUser(id: string): Promise<UserRecord | undefined>;
  /** With the identity that is this person, in one transaction. @throws PlanciaError user/exists. */
  addUser(user: UserRecord, identity?: IdentityKey): Promise<void>;
  /** The person of an identity. */
  findUserByIdentity(identity: IdentityKey): Promise<UserRecord | undefined>;
  updateUser(
    id: string,
    change: Partial<
      Pick<UserRecord, "role" | "equipment" | "organisation" | "passwordHash" | "language" | "disabled" | "leads">
    >,
  ): Promise<UserRecord | undefined>;
  /** Beyond `most` of one person those not seen for longest end: their ids. */
  addSignIn(signIn: SignInRecord, most: number): Promise<readonly string[]>;
  listSignIns(userId: string, nowMs: number): Promise<readonly SignInRecord[]>;
  findSignIn(id: string): Promise<SignInRecord | undefined>;
  /** By current hash, or by the previous one while it holds. */
  findSignInBySecret(hash: string, nowMs: number): Promise<SignInRecord | undefined>;
  findSignInByStop(hash: string): Promise<SignInRecord | undefined>;
  updateSignIn(id: string, change: SignInChange): Promise<void>;
  endSignIn(id: string): Promise<void>;
  /** All sign-ins of a user, but the one with `exceptId`. */
  endSignInsOf(userId: string, exceptId?: string): Promise<void>;
  /** The sign-ins by one session at a provider; the names of whose they were. */
  endSignInsThrough(provider: string, session: string): Promise<readonly string[]>;
  /** One-time link for the first administrator: hash of the secret, valid until. Replaces the one before. */
  putFirstLink(hash: string, expiresAt: number): Promise<void>;
  /** Whether the link would be taken now; uses nothing up. */
  hasFirstLink(hash: string, nowMs: number): Promise<boolean>;
  /** True once for a hash that is valid, then never again. */
  takeFirstLink(hash: string, nowMs: number): Promise<boolean>;
  /** Changes whenever people, sign-ins or bookings changed, also by another process. */
  revision(): Promise<number>;
  /** Everything that decides about today's rights, read in one transaction. */
  access(nowMs: number): Promise<AccessSnapshot>;
}

/**
 * All users with their organisations and grants, the sign-ins and tokens not yet past their absolute end,
 * and the confirmed slots of guests by user id.
 */
export interface AccessSnapshot {
  readonly organisations: readonly OrganisationRecord[];
  readonly grants: readonly Grant[];
  readonly tokens: readonly TokenRecord[];
  readonly revision: number;
  readonly users: readonly UserRecord[];
  readonly signIns: readonly SignInRecord[];
  readonly slots: ReadonlyMap<string, readonly Slot[]>;
}

export interface CommandStore {
  /**
   * Records a selection or an intent durably (synchronous FULL) before anything is sent (R5); of one
   * that was selected the intent replaces the selection. Returns another record that holds the key
   * already, if one does; nothing is written then.
   */
  recordIntent(record: CommandRecord): Promise<{ readonly existing: CommandRecord | undefined }>;
  /** A refused or expired command that never had an intent, and stop requests beside their course. */
  record(record: CommandRecord): Promise<void>;
  recordResult(record: CommandRecord): Promise<void>;
  find(id: string): Promise<CommandRecord | undefined>;
  findByKey(userId: string, key: string): Promise<CommandRecord | undefined>;
  /** Newest first. */
  list(filter: {
    readonly equipment?: readonly string[] | undefined;
    /** Only what this person asked for. */
    readonly userId?: string | undefined;
    readonly state?: CommandState | undefined;
    readonly beforeId?: string | undefined;
    readonly limit: number;
  }): Promise<readonly CommandRecord[]>;
  /**
   * At start: every record with an intent and without a result becomes UNKNOWN; what was
   * only selected is CANCELLED, since nothing was sent. All of them are returned.
   */
  closeOpen(nowMs: number): Promise<readonly CommandRecord[]>;
}

export type AuditClass = "intervention" | "sign-in" | "administration" | "system";

export interface AuditEntry {
  readonly at: number;
  readonly class: AuditClass;
  /** `command.sent`, `sign-in.failed`, … */
  readonly action: string;
  readonly who: string;
  readonly address: string | undefined;
  readonly equipment: string | undefined;
  readonly target: string | undefined;
  readonly result: string | undefined;
  /** Old, wanted, read back, reason, causes …; JSON without secrets. */
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface StoredAuditEntry extends AuditEntry {
  readonly n: number;
  /** SHA-256 over the hash before and this entry's digest, hex. */
  readonly hash: string;
}

/** What of the audit is asked for; all of it together, and nothing that is not given. */
export interface AuditFilter {
  readonly action?: string | undefined;
  readonly class?: AuditClass | undefined;
  readonly equipment?: string | undefined;
  readonly who?: string | undefined;
  /** Half-open [fromMs, toMs), UTC, by the entry's own time. */
  readonly fromMs?: number | undefined;
  readonly toMs?: number | undefined;
  /** Anywhere in an entry, small or large letters of ASCII alike. */
  readonly text?: string | undefined;
  /** Only entries about equipment that one of these patterns (`*`) covers. */
  readonly visible?: readonly string[] | undefined;
}

/** An entry on its way into an export: with its body where it is asked for, else as a link of the chain. */
export interface AuditProofRow extends ChainLink {
  readonly chosen: boolean;
}

export interface AuditStore {
  /** Appends inside one transaction that reads the last hash, so that several processes may write. */
  append(entry: AuditEntry): Promise<StoredAuditEntry>;
  /** Newest first; from number `fromN` on and before `beforeN`, which bounds what is looked through. */
  list(
    filter: AuditFilter & {
      readonly fromN?: number | undefined;
      readonly beforeN?: number | undefined;
      readonly limit: number;
    },
  ): Promise<readonly StoredAuditEntry[]>;
  /** Walks the whole chain. */
  verify(): Promise<
    | { readonly ok: true; readonly count: number; readonly head: string }
    | { readonly ok: false; readonly count: number; readonly brokenAt: number; readonly why: string }
  >;
  head(): Promise<ChainHead>;
  /** Hash of entry n; undefined: there is none. 0: of an empty chain. */
  hashAt(n: number): Promise<string | undefined>;
  /** The least number of an entry of `fromMs` or later; one more than there are: none is. */
  firstSince(fromMs: number): Promise<number>;
  /** Oldest first, every entry after `afterN` up to `upToN`; what the filter leaves out comes without its body. */
  proof(
    filter: AuditFilter & { readonly afterN: number; readonly upToN: number; readonly limit: number },
  ): Promise<readonly AuditProofRow[]>;
  /**
   * Erases up to `limit` bodies of a class from before `beforeMs`, oldest first, and appends the entry that
   * says so, in one transaction. Gives how many.
   */
  erase(what: {
    readonly class: AuditClass;
    readonly beforeMs: number;
    readonly limit: number;
    readonly nowMs: number;
  }): Promise<number>;
  putAnchor(anchor: SignedHead): Promise<void>;
  /** Newest first. */
  anchors(filter: { readonly before?: number | undefined; readonly limit: number }): Promise<readonly StoredAnchor[]>;
}

export interface StoredAnchor {
  /** Order of making. */
  readonly seq: number;
  readonly anchor: SignedHead;
}

/** EQUIPMENT-SERVICE.md; a thin booking knows these. */
export type BookingState = "CONFIRMED" | "CANCELLED";

export interface BookingRecord extends Slot {
  readonly id: string;
  readonly version: number;
  readonly state: BookingState;
  readonly userId: string;
  readonly title: string;
  readonly createdBy: string;
  readonly createdAt: number;
}

export interface BookingStore {
  /** @throws PlanciaError booking/overlap, decided by the database. */
  addBooking(booking: BookingRecord): Promise<void>;
  /** Guarded by the version. @throws PlanciaError request/conflict, booking/overlap. */
  changeBooking(
    id: string,
    version: number,
    change: Partial<Pick<BookingRecord, "startMs" | "endMs" | "state" | "title">>,
  ): Promise<BookingRecord | undefined>;
  findBooking(id: string): Promise<BookingRecord | undefined>;
  listBookings(filter: {
    readonly userId?: string | undefined;
    readonly equipment?: string | undefined;
    readonly fromMs: number;
    readonly toMs: number;
  }): Promise<readonly BookingRecord[]>;
  slotsOf(userId: string): Promise<readonly Slot[]>;
}

export type { CommandState };
