import type { OwnAct } from "../../core/acceptance/widening.ts";
import type { Caller } from "../../core/access/policy.ts";
import type { Tag } from "../../core/plant.ts";
import type { Text } from "../../core/text.ts";

/**
 * What stands around a command and has its own life: who has control, what the people at the machine
 * have set, what of the configuration still waits to be accepted. The pipeline asks, synchronously and
 * right before the write; who changes it says so, and what is pending is asked again.
 */

/** R40: control of one machine as one caller sees it. */
export interface Standing {
  readonly holder: "nobody" | "self" | "other";
  /** Name of whoever has it. */
  readonly name: string | undefined;
}

export interface LeaseStanding {
  /** `self` only for the sign-in that took it: another browser of the same person is `other`. */
  standing(caller: Caller, equipment: string): Standing;
  /** Whether this sign-in has an open socket: a select dies with the last of them (R6). */
  connected(signInId: string): boolean;
  /**
   * Called at once when control of a machine begins, ends or changes hands: selects and approvals of
   * that machine die (R41). `unlessOf` is the sign-in whose control goes on, if any.
   */
  onChange(listener: (equipment: string, unlessOf: string | undefined) => void): () => void;
  /** Called at once when the last socket of a sign-in is gone. */
  onDisconnected(listener: (signInId: string) => void): () => void;
}

/** R21: a technician's personal lock. */
export interface LockOut {
  readonly id: string;
  readonly equipment: string;
  readonly person: string;
  readonly reason: string | undefined;
  /** UTC ms. */
  readonly since: number;
}

/** R20: the chain as read now, and whether a remote start may follow it. */
export interface ChainState {
  /** null: not known. */
  readonly closed: boolean | null;
  readonly ready: boolean;
  /** What is still waited for. */
  readonly why: Text | undefined;
}

/** What the people at the machine have set. All of it survives a restart; what cannot be read counts as set. */
export interface SiteStanding {
  lockOuts(equipment: string): readonly LockOut[];
  /** R18, for this machine or for all. */
  island(equipment: string): boolean;
  /** undefined: no chain is declared. */
  chain(equipment: string): ChainState | undefined;
  /**
   * R20: monotonic ms at which the chain came into sight again after it could not be seen: what it did
   * meanwhile is not known, so control from before does not go on. undefined: there was no such gap.
   */
  chainSeenAgainMs(equipment: string): number | undefined;
  /** R20: an attendant's confirmation that is still good, and not older than `withinMs`; monotonic ms until which. */
  permit(equipment: string, withinMs?: number): { readonly by: string; readonly untilMs: number } | undefined;
  /** Uses the confirmation up; false: there is none that is not older than `withinMs`. */
  takePermit(equipment: string, withinMs: number): boolean;
  onChange(listener: (equipment: string) => void): () => void;
}

/** R9: changes of the configuration that widen control. */
export interface AcceptanceStanding {
  /** Whether something that this target (`press/speed`, `press:start`) or its machine may do waits to be accepted. */
  waits(equipment: string, target: string): boolean;
  /** R15: whether what the gateway would do by itself is not what was accepted; other changes are no reason not to. */
  actsOtherwise(equipment: string, act: OwnAct): boolean;
  /** Whether it waits to be accepted that this tag is written at all, and where: what the gateway writes by itself (R14). */
  placeWaits(tag: Pick<Tag, "equipment" | "name" | "device">): boolean;
  /** Whether less than was accepted would follow when control is lost (R15): until then nobody has control to lose. */
  lossWaits(equipment: string): boolean;
}

export interface Circumstances {
  readonly leases: LeaseStanding;
  readonly site: SiteStanding;
  readonly acceptance: AcceptanceStanding;
}
