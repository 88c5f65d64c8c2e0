import type { CommandClass } from "../plant.ts";
import { classRank, leastClass, type Right } from "./grant.ts";

/**
 * Who may do what, as data. Every route and every WebSocket message names one permission; every
 * service asks `allows` with the caller and the equipment. Nothing else decides.
 */
export const roles = ["viewer", "operator", "supervisor", "engineer", "administrator", "auditor", "guest"] as const;
export type Role = (typeof roles)[number];

export const permissions = [
  "equipment:view",
  "equipment:write",
  "equipment:stop",
  "equipment:approve",
  "control:take",
  "control:force",
  "on-call:answer",
  "history:read",
  "bookings:view",
  "bookings:manage",
  "bookings:own",
  "people:manage",
  "organisations:manage",
  "members:invite",
  "tokens:own",
  "tokens:manage",
  "audit:read",
  "system:view",
  "devices:browse",
  "devices:trust",
  "system:backup",
  "config:accept",
] as const;
export type Permission = (typeof permissions)[number];

/**
 * What each role may. `members:invite` comes to a guest who leads its organisation by `Caller.leads`,
 * and what a guest may on a machine exists only inside a confirmed booking, see `Caller.slots`.
 */
const matrix: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(["equipment:view", "history:read", "bookings:view", "tokens:own"]),
  operator: new Set([
    "equipment:view",
    "equipment:write",
    "equipment:stop",
    "control:take",
    "on-call:answer",
    "history:read",
    "bookings:view",
    "tokens:own",
    "system:view",
  ]),
  supervisor: new Set([
    "equipment:view",
    "equipment:write",
    "equipment:stop",
    "equipment:approve",
    "control:take",
    "control:force",
    "on-call:answer",
    "history:read",
    "bookings:view",
    "bookings:manage",
    "tokens:own",
    "audit:read",
    "system:view",
  ]),
  // Devices, configuration, commissioning: whoever sets limits does not by that also run the machine.
  engineer: new Set([
    "equipment:view",
    "equipment:stop",
    "history:read",
    "bookings:view",
    "tokens:own",
    "system:view",
    "devices:browse",
    "config:accept",
  ]),
  administrator: new Set(permissions.filter((permission) => permission !== "bookings:own")),
  auditor: new Set(["history:read", "audit:read"]),
  guest: new Set([
    "equipment:view",
    "equipment:write",
    "equipment:stop",
    "control:take",
    "history:read",
    "bookings:own",
  ]),
};

/** What a program may be given: to look, to write up to C1, to stop. No control, no administration. */
export const tokenPermissions = [
  "equipment:view",
  "equipment:write",
  "equipment:stop",
  "history:read",
  "bookings:view",
  "audit:read",
  "system:view",
] as const satisfies readonly Permission[];
export type TokenPermission = (typeof tokenPermissions)[number];
export const highestTokenClass: CommandClass = "C1";

/** What a program's token narrows its maker's rights to. */
export interface TokenScope {
  readonly id: string;
  readonly permissions: readonly TokenPermission[];
  readonly equipment: readonly string[];
}

/** A time in which a guest has its rights on one machine. Half-open, UTC milliseconds. */
export interface Slot {
  readonly equipment: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** Who asks. Built from the store for each request and again whenever a right may have changed. */
export interface Caller {
  readonly userId: string;
  readonly name: string;
  /** The person's own role. What it may is said by `rights`. */
  readonly role: Role;
  /** Of the own role: equipment ids or patterns with `*`; empty: none. */
  readonly equipment: readonly string[];
  /** Every grant in force when this was made; absent: the own role on the own equipment, without bounds. */
  readonly rights?: readonly Right[] | undefined;
  readonly organisation?: string | undefined;
  /** A guest who manages its organisation. */
  readonly leads?: boolean | undefined;
  /** A program with this token of the person's. */
  readonly token?: TokenScope | undefined;
  readonly signInId: string;
  /** Whether this sign-in passed a second factor. */
  readonly secondFactor: boolean;
  /** `stop`: a stop-only credential, good for nothing but stop requests (R10). */
  readonly scope: "full" | "stop";
  /** Until when the second factor counts as just given, on the monotonic clock; absent: it does not. */
  readonly factorFreshUntilMs?: number | undefined;
  /** Its screen is locked: it looks and stops, nothing else. Absent where there is no screen. */
  readonly locked?: boolean | undefined;
  /** Confirmed bookings of a guest, past and future. */
  readonly slots: readonly Slot[];
  readonly address: string;
}

/**
 * What a locked screen goes on with: values, alarms, bookings and the stop request (R10). Control stays
 * with whoever has it (R40); what would be done with it is refused at the door.
 */
const keptWhileLocked: ReadonlySet<Permission> = new Set([
  "equipment:view",
  "equipment:stop",
  "control:take",
  "on-call:answer",
  "history:read",
  "bookings:view",
  "bookings:own",
  "system:view",
]);

/** Whether a locked screen may still ask for this: look at what is kept, change nothing but by a stop request. */
export function keepsWhileLocked(permission: Permission, changes: "changes" | "reads"): boolean {
  if (permission === "equipment:view" || permission === "equipment:stop") return true;
  return changes === "reads" && keptWhileLocked.has(permission);
}

export function rolePermits(role: Role, permission: Permission): boolean {
  return matrix[role].has(permission);
}

/**
 * `*` stands for any run of characters; the pattern must cover the whole name. Time grows with
 * pattern × name at most, whatever an outsider writes (a regular expression would not hold that).
 */
export function matches(pattern: string, name: string): boolean {
  if (pattern === "*" || pattern === name) return true;
  if (!pattern.includes("*")) return false;
  let p = 0;
  let star = -1;
  let resume = 0;
  let n = 0;
  while (n < name.length) {
    if (pattern[p] === "*") {
      star = p++;
      resume = n;
    } else if (pattern[p] === name[n]) {
      p++;
      n++;
    } else if (star < 0) {
      return false;
    } else {
      p = star + 1;
      n = ++resume;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Whose sign-in or token has ended: nobody, with nothing. */
export function withoutRights(caller: Caller): Caller {
  return { ...caller, equipment: [], rights: [], slots: [] };
}

/** Permission without a machine behind it. */
export function allows(caller: Caller, permission: Permission): boolean {
  if (caller.scope === "stop" && permission !== "equipment:stop") return false;
  if (caller.locked && !keptWhileLocked.has(permission)) return false;
  if (caller.token && !caller.token.permissions.some((each) => each === permission)) return false;
  if (caller.leads && permission === "members:invite") return true;
  if (caller.role === "guest" || caller.rights === undefined) return rolePermits(caller.role, permission);
  return caller.rights.some((right) => rolePermits(right.role, permission));
}

/**
 * Permission on one machine at one moment (`nowMs`, UTC). `wanted`: the class of what is to be done;
 * without it, the least that the permission is about.
 */
export function allowsOn(
  caller: Caller,
  permission: Permission,
  equipment: string,
  nowMs: number,
  wanted?: CommandClass,
): boolean {
  if (!allows(caller, permission)) return false;
  const least = leastClass(permission);
  const rank = least === undefined ? -1 : classRank(wanted ?? least);
  if (caller.token) {
    if (rank > classRank(highestTokenClass)) return false;
    if (!caller.token.equipment.some((pattern) => matches(pattern, equipment))) return false;
  }
  if (caller.role === "guest") {
    return caller.slots.some((slot) => slot.equipment === equipment && slot.startMs <= nowMs && nowMs < slot.endMs);
  }
  if (caller.rights === undefined) return caller.equipment.some((pattern) => matches(pattern, equipment));
  return caller.rights.some(
    (right) =>
      nowMs < right.untilMs &&
      rank <= classRank(right.highestClass) &&
      rolePermits(right.role, permission) &&
      right.equipment.some((pattern) => matches(pattern, equipment)),
  );
}

/** Staff alone: whether a permission covers a machine, by the rights in force when the caller was made. */
export function covers(caller: Caller, permission: Permission, equipment: string): boolean {
  return caller.role !== "guest" && allowsOn(caller, permission, equipment, Number.NEGATIVE_INFINITY);
}

/** Patterns of the machines that a permission of staff covers; `*` among them: all. Never more than it covers. */
export function coverage(caller: Caller, permission: Permission): readonly string[] {
  if (caller.role === "guest" || !allows(caller, permission)) return [];
  const rights = caller.rights ?? [{ role: caller.role, equipment: caller.equipment }];
  const patterns = rights.flatMap((right) => (rolePermits(right.role, permission) ? right.equipment : []));
  const { token } = caller;
  if (token === undefined || token.equipment.includes("*")) return patterns;
  if (patterns.includes("*")) return token.equipment;
  // What two patterns have in common is no pattern: a token that is narrower names its machines.
  return token.equipment.filter((id) => !id.includes("*") && patterns.some((pattern) => matches(pattern, id)));
}

/**
 * The times out of [startMs, endMs) whose history of `equipment` the caller may see: everything for
 * staff, own slots (past ones too) for a guest.
 */
export function visibleHistory(
  caller: Caller,
  equipment: string,
  startMs: number,
  endMs: number,
): readonly (readonly [number, number])[] {
  if (!allows(caller, "history:read")) return [];
  if (caller.role !== "guest") return covers(caller, "history:read", equipment) ? [[startMs, endMs]] : [];
  return caller.slots
    .filter((slot) => slot.equipment === equipment)
    .map((slot) => [Math.max(slot.startMs, startMs), Math.min(slot.endMs, endMs)] as const)
    .filter(([from, to]) => from < to)
    .sort((a, b) => a[0] - b[0]);
}
