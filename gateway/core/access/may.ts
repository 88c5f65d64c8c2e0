import type { CommandClass } from "../plant.ts";
import { classRank, type Grant, type GrantGap, leastClass, timeGap } from "./grant.ts";
import { matches, type Permission, rolePermits, type Slot } from "./policy.ts";

/** What is asked for. Without equipment: the permission as such. */
export interface AccessTarget {
  readonly equipment?: string | undefined;
  /** The area of that equipment. */
  readonly area?: string | undefined;
  readonly class?: CommandClass | undefined;
}

/** Somebody's rights as they are on the record. */
export interface AccessSubject {
  /** A guest's rights on a machine come from `slots` alone. */
  readonly guest: boolean;
  /** The account or its organisation cannot sign in. */
  readonly disabled: boolean;
  readonly grants: readonly Grant[];
  readonly slots: readonly Slot[];
}

/** One grant and what it misses; nothing missing: it allows. */
export interface GrantVerdict {
  readonly grant: Grant;
  readonly missing: readonly GrantGap[];
}

export interface Explanation {
  readonly allowed: boolean;
  /** The account cannot sign in: nothing else counts. */
  readonly disabled: boolean;
  /** A guest without a booking that runs now. */
  readonly outsideBooking: boolean;
  /** The booking that gives it. */
  readonly slot: Slot | undefined;
  readonly grants: readonly GrantVerdict[];
}

/**
 * Whether somebody may, and why: which grant allows it, or what each one misses. `zone` is the site's
 * IANA zone, `nowMs` UTC. What a screen that is locked or a missing second factor forbids is not asked here.
 */
export function may(
  subject: AccessSubject,
  permission: Permission,
  target: AccessTarget,
  zone: string,
  nowMs: number,
): Explanation {
  const grants = subject.grants.map((grant) => ({ grant, missing: gaps(grant, permission, target, zone, nowMs) }));
  const { disabled } = subject;
  if (subject.guest) return guestMay(subject, grants, target, nowMs);
  const allowed = !disabled && grants.some(({ missing }) => missing.length === 0);
  return { allowed, disabled, outsideBooking: false, slot: undefined, grants };
}

function guestMay(
  { disabled, slots }: AccessSubject,
  grants: readonly GrantVerdict[],
  { equipment }: AccessTarget,
  nowMs: number,
): Explanation {
  const verdicts = grants.map(({ grant, missing }) => ({
    grant,
    missing: missing.filter((gap) => gap !== "equipment"),
  }));
  const slot = slots.find((each) => each.equipment === equipment && each.startMs <= nowMs && nowMs < each.endMs);
  const outsideBooking = equipment !== undefined && slot === undefined;
  const allowed = !disabled && !outsideBooking && verdicts.some(({ missing }) => missing.length === 0);
  return { allowed, disabled, outsideBooking, slot, grants: verdicts };
}

function gaps(
  grant: Grant,
  permission: Permission,
  target: AccessTarget,
  zone: string,
  nowMs: number,
): readonly GrantGap[] {
  const missing: GrantGap[] = [];
  if (!rolePermits(grant.role, permission)) missing.push("role");
  if (target.equipment !== undefined && !coversPlace(grant, target.equipment, target.area)) missing.push("equipment");
  const least = leastClass(permission);
  if (least !== undefined && classRank(grant.highestClass) < classRank(target.class ?? least)) missing.push("class");
  const time = timeGap(grant, zone, nowMs);
  if (time !== undefined) missing.push(time);
  return missing;
}

function coversPlace(grant: Grant, equipment: string, area: string | undefined): boolean {
  return (
    grant.equipment.some((pattern) => matches(pattern, equipment)) || (area !== undefined && grant.areas.includes(area))
  );
}
