import type { Role } from "./access/policy.ts";
import type { ChainMemory } from "./site/chain.ts";
import type { IslandSwitch } from "./site/island.ts";
import type { LockOutRecord } from "./site/lock-out.ts";

/**
 * Port of what the people at the machine have set, and of the kiosks at which they set it. Several
 * processes write it (the command line, the gateway), so everything but the memory of a chain counts
 * up the revision that the gateway watches. Every method may reject with PlanciaError
 * store/unavailable. All of them may run at the same time.
 */

/** A device at one machine. Its link and its key are stored as SHA-256, never in clear. */
export interface KioskRecord {
  readonly id: string;
  readonly name: string;
  readonly equipment: string;
  readonly createdAt: number;
  /** UTC ms; undefined: its link was not opened yet. */
  readonly enrolledAt: number | undefined;
  /** undefined before enrolment. */
  readonly keyHash: string | undefined;
}

/** The one-time link of a kiosk that was just added: hash of its secret, good until (UTC ms). */
export interface KioskLink {
  readonly hash: string;
  readonly until: number;
}

/** Somebody with a PIN who is not disabled. What he may do here is for the services to say. */
export interface AttendantRecord {
  readonly userId: string;
  readonly name: string;
  readonly role: Role;
  readonly equipment: readonly string[];
  /** PHC string. */
  readonly pinHash: string;
}

/** All of it, read in one transaction. */
export interface SiteSnapshot {
  readonly islands: readonly IslandSwitch[];
  readonly lockOuts: readonly LockOutRecord[];
  readonly kiosks: readonly KioskRecord[];
  readonly attendants: readonly AttendantRecord[];
}

export interface SiteStore {
  snapshot(): Promise<SiteSnapshot>;
  /** Cut already: the first one stays. */
  putIsland(island: IslandSwitch): Promise<void>;
  /** False where it was not cut. */
  removeIsland(equipment: string): Promise<boolean>;
  /** Asked again with the same id it is the same lock. */
  putLockOut(lockOut: LockOutRecord): Promise<void>;
  /** False where there is none. */
  removeLockOut(id: string): Promise<boolean>;
  /** What is waited for at the emergency-stop chain of each machine. */
  chains(): Promise<ReadonlyMap<string, ChainMemory>>;
  /** Durable (synchronous FULL) when it resolves; undefined: nothing is waited for any more. */
  putChain(equipment: string, memory: ChainMemory | undefined): Promise<void>;
  addKiosk(kiosk: KioskRecord, link: KioskLink): Promise<void>;
  /** Exchanges a link for a key, once; undefined: used up, too old, or removed. */
  enrolKiosk(linkHash: string, keyHash: string, nowMs: number): Promise<KioskRecord | undefined>;
  /** What was removed; undefined where there is none. */
  removeKiosk(id: string): Promise<KioskRecord | undefined>;
  /** Replaces the one before. */
  putPin(userId: string, hash: string, nowMs: number): Promise<void>;
}

/** Back-off of PINs, per kiosk: what is typed elsewhere never binds it, and its wrong PINs bind nothing else (S9). */
export interface PinBackOff {
  /** Asks for one try, which counts as failed at once. Seconds to wait (1 to 60), or undefined: go ahead. */
  attempt(kioskId: string): number | undefined;
  succeeded(kioskId: string): void;
}
