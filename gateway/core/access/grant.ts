import type { CommandClass } from "../plant.ts";
import type { Permission, Role } from "./policy.ts";
import { isWithin, nextChange, type WeeklyHours } from "./weekly-hours.ts";

/** Roles that a grant can give: a guest's rights come from its bookings alone. */
export const grantRoles = ["viewer", "operator", "supervisor", "engineer", "administrator", "auditor"] as const;
export type GrantRole = (typeof grantRoles)[number];

export const commandClasses = ["C0", "C1", "C2", "C3"] as const satisfies readonly CommandClass[];

/** Who a right is given to: one person, or everybody of an organisation. */
export interface GrantSubject {
  readonly kind: "user" | "organisation";
  readonly id: string;
}

/** A right: role × equipment or area × command class × time, as data. */
export interface Grant {
  readonly id: string;
  readonly subject: GrantSubject;
  /** The person's own role, as it was given with the account; it is changed there. */
  readonly own: boolean;
  /** Of an own grant `guest` too. */
  readonly role: Role;
  /** Equipment ids, `*` for any run of characters. */
  readonly equipment: readonly string[];
  /** Area ids of the configuration; equipment in one of them is covered too. */
  readonly areas: readonly string[];
  readonly highestClass: CommandClass;
  /** UTC ms, half-open; undefined: no bound. */
  readonly notBefore: number | undefined;
  readonly notAfter: number | undefined;
  /** In the site's zone; empty: at all times. */
  readonly hours: readonly WeeklyHours[];
}

/**
 * A grant that is in force, as callers carry it: areas are resolved, times are reduced to the moment at
 * which it ends or pauses.
 */
export interface Right {
  readonly grant: string;
  readonly role: Role;
  readonly equipment: readonly string[];
  readonly highestClass: CommandClass;
  /** UTC ms, exclusive. */
  readonly untilMs: number;
}

/** Why a grant does not give what is asked. */
export type GrantGap = "role" | "equipment" | "class" | "not-yet" | "ended" | "hours";

export function classRank(of: CommandClass): number {
  return commandClasses.indexOf(of);
}

/**
 * The least class a permission is about, whatever the machine: control is taken to do more than to
 * acknowledge. undefined: looking, stopping and administration have no class.
 */
export function leastClass(permission: Permission): CommandClass | undefined {
  switch (permission) {
    case "equipment:write":
      return "C0";
    case "equipment:approve":
    case "control:take":
    case "control:force":
      return "C1";
    default:
      return undefined;
  }
}

/** What of its times stands in the way of a grant at an instant (UTC ms); undefined: it is in force. */
export function timeGap(grant: Grant, zone: string, nowMs: number): "not-yet" | "ended" | "hours" | undefined {
  if (grant.notBefore !== undefined && nowMs < grant.notBefore) return "not-yet";
  if (grant.notAfter !== undefined && nowMs >= grant.notAfter) return "ended";
  return isWithin(grant.hours, zone, nowMs) ? undefined : "hours";
}

/** The next instant (UTC ms) at which the times of a grant change what it gives; Infinity: not within days. */
export function nextEdgeOf(grant: Grant, zone: string, nowMs: number): number {
  const { notBefore, notAfter } = grant;
  if (notAfter !== undefined && nowMs >= notAfter) return Number.POSITIVE_INFINITY;
  if (notBefore !== undefined && nowMs < notBefore) return notBefore;
  return Math.min(notAfter ?? Number.POSITIVE_INFINITY, nextChange(grant.hours, zone, nowMs));
}

/** A grant as a right of now; undefined: its times do not allow it. */
export function rightOf(
  grant: Grant,
  site: { readonly zone: string; readonly areas: ReadonlyMap<string, readonly string[]> },
  nowMs: number,
): Right | undefined {
  if (timeGap(grant, site.zone, nowMs) !== undefined) return undefined;
  return {
    grant: grant.id,
    role: grant.role,
    equipment: [...grant.equipment, ...grant.areas.flatMap((area) => site.areas.get(area) ?? [])],
    highestClass: grant.highestClass,
    untilMs: nextEdgeOf(grant, site.zone, nowMs),
  };
}
