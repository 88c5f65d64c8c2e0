import type { OrganisationRecord } from "../../core/access-port.ts";
import type { Invited, Member, Membership } from "../../services/organisations/members.ts";
import type { InvitedView, MembershipView, MemberView, OrganisationView } from "../wire/organisations.ts";
import { instant, instantIf } from "./times.ts";

export function organisationView({ id, name, kind, disabled, createdAt }: OrganisationRecord): OrganisationView {
  return { id, name, kind, disabled, createdAt: instant(createdAt) };
}

export function membershipView({ organisation, members }: Membership): MembershipView {
  return { organisation: organisationView(organisation), items: members.map(memberView) };
}

export function memberView({ user, invitedUntil }: Member): MemberView {
  const { id, name, disabled, createdAt } = user;
  return {
    ...{ id, name, disabled },
    leads: user.leads === true,
    joined: user.passwordHash !== undefined,
    invitedUntil: instantIf(invitedUntil),
    createdAt: instant(createdAt),
  };
}

export function invitedView({ secret, ...member }: Invited): InvitedView {
  return { member: memberView(member), secret };
}
