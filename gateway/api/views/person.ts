import { allows, type Caller, permissions } from "../../core/access/policy.ts";
import type { Plant } from "../../core/plant.ts";
import type { StoredAuditEntry, UserRecord } from "../../core/records-port.ts";
import type { OpenSignIn } from "../../services/open-sign-ins.ts";
import type { AuditRow, UserView } from "../wire/administration.ts";
import type { Me, SignInView } from "../wire/auth.ts";
import { instant, instantIf } from "./times.ts";

/** Permissions as the role has them: what a locked screen may not do is said by `locked`. */
export function meView(plant: Pick<Plant, "security">, caller: Caller, user: UserRecord): Me {
  return {
    id: caller.userId,
    name: caller.name,
    role: caller.role,
    language: user.language,
    organisation: user.organisation,
    permissions: permissions.filter((permission) => allows({ ...caller, locked: false }, permission)),
    secondFactor: caller.secondFactor,
    factor: {
      required: plant.security.secondFactor === "required",
      enrolled: user.factorSince !== undefined || caller.secondFactor,
      ...(user.passwordHash === undefined ? { passwordless: true } : {}),
    },
    locked: caller.locked === true,
  };
}

/** Never the password's hash (S10). */
export function userView(user: UserRecord): UserView {
  return {
    id: user.id,
    name: user.name,
    role: user.role,
    equipment: [...user.equipment],
    organisation: user.organisation,
    language: user.language,
    disabled: user.disabled,
    factorSince: instantIf(user.factorSince),
    ...(user.passwordHash === undefined ? { passwordless: true as const } : {}),
    createdAt: instant(user.createdAt),
  };
}

export function signInView(signIn: OpenSignIn, caller: Caller): SignInView {
  const { id, secondFactor, address, userAgent } = signIn;
  return {
    ...{ id, secondFactor, address, userAgent },
    current: id === caller.signInId,
    createdAt: instant(signIn.createdAt),
    lastSeenAt: instant(signIn.lastSeenAt),
    endsAt: instant(signIn.endsAt),
    locked: signIn.lockedAt !== undefined,
  };
}

export function auditRow(entry: StoredAuditEntry): AuditRow {
  return {
    n: entry.n,
    at: instant(entry.at),
    class: entry.class,
    action: entry.action,
    who: entry.who,
    address: entry.address,
    equipment: entry.equipment,
    target: entry.target,
    result: entry.result,
    detail: { ...entry.detail },
    hash: entry.hash,
  };
}
