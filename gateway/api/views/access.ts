import type { GrantRecord } from "../../core/access-port.ts";
import type { AccessAnswer } from "../../services/access/grants.ts";
import type { AccessView, GrantView } from "../wire/access.ts";
import { instant, instantIf } from "./times.ts";

export function grantView(grant: GrantRecord): GrantView {
  const { id, subject, own, role, highestClass, createdBy } = grant;
  return {
    ...{ id, subject: { ...subject }, own, role, highestClass, createdBy },
    equipment: [...grant.equipment],
    areas: [...grant.areas],
    notBefore: instantIf(grant.notBefore),
    notAfter: instantIf(grant.notAfter),
    hours: grant.hours.map((hours) => ({ ...hours, days: [...hours.days] })),
    createdAt: instant(grant.createdAt),
  };
}

export function accessView({ user, equipment, at, permissions }: AccessAnswer): AccessView {
  const { id, name, role, organisation } = user;
  return {
    user: { id, name, role, organisation },
    equipment,
    at: instant(at),
    disabled: permissions.some(({ disabled }) => disabled),
    permissions: permissions.map(({ permission, allowed, upTo, outsideBooking, slot, grants }) => ({
      ...{ permission, allowed, upTo, outsideBooking },
      bookingEnds: instantIf(slot?.endMs),
      grants: grants.map(({ grant, missing }) => ({ grant: grant.id, missing: [...missing] })),
    })),
  };
}
