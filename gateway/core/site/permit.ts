import type { Equipment } from "../plant.ts";
import type { ChainNow } from "./chain.ts";

/** R20: an attendant's confirmation that the zone is clear. */
export interface PermitGiven {
  readonly by: string;
  /** Monotonic ms. */
  readonly givenMs: number;
  readonly untilMs: number;
}

/** Longest time a confirmation at this machine is good for, ms; undefined: no command waits for an attendant. */
export function confirmationHoldsMs(equipment: Pick<Equipment, "commands">): number | undefined {
  const times = equipment.commands.flatMap(({ permit }) => (permit?.kind === "attendant" ? [permit.withinMs] : []));
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** What ends a confirmation before its time. */
export interface PermitSurroundings {
  readonly lockedOut: boolean;
  readonly island: boolean;
  readonly chain: Pick<ChainNow, "ready"> | undefined;
  /** true REMOTE; null not known; undefined: the machine has no key. */
  readonly remote: boolean | null | undefined;
}

/** Why nobody can confirm now; undefined: the machine may be started from afar as far as the site goes. */
export type PermitObstacle = "locked-out" | "island" | "chain" | "key";

export function permitObstacle(around: PermitSurroundings): PermitObstacle | undefined {
  if (around.lockedOut) return "locked-out";
  if (around.island) return "island";
  if (around.chain?.ready === false) return "chain";
  // Not Good counts as LOCAL: a key that cannot be read may have been turned.
  return around.remote === undefined || around.remote === true ? undefined : "key";
}

/** @param withinMs how old it may be for what is to be started; another command of the machine may take an older one. */
export function standsAt(
  permit: PermitGiven | undefined,
  nowMs: number,
  withinMs = Number.POSITIVE_INFINITY,
): permit is PermitGiven {
  return permit !== undefined && nowMs < permit.untilMs && nowMs - permit.givenMs < withinMs;
}
