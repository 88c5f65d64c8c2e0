import { allows, type Caller } from "../../core/access/policy.ts";
import type { InvitationRecord, OrganisationRecord } from "../../core/access-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { UserRecord } from "../../core/records-port.ts";
import { newUser } from "../new-user.ts";
import { actorOf, onRecord } from "../people.ts";
import { invitationHoldsMs } from "../sign-in-limits.ts";
import { noOrganisation, type OrganisationSettings } from "./organisations.ts";

/** Of one organisation, those who left included. */
export const mostMembers = 500;

export interface Member {
  readonly user: UserRecord;
  /** Until when a link to join holds, UTC ms; undefined: there is none. */
  readonly invitedUntil: number | undefined;
}

export interface Membership {
  readonly organisation: OrganisationRecord;
  /** By name. */
  readonly members: readonly Member[];
}

/** A member with the secret of the link by which it comes in: shown once, kept as a hash. */
export interface Invited extends Member {
  readonly secret: string;
}

export interface InviteInput {
  /** What stands before `@` and the organisation. */
  readonly name: string;
  readonly language: "it" | "en";
  readonly leads: boolean;
}

/**
 * The people of one organisation of guests, for administrators and for whoever leads it. S2: to a leader
 * every other organisation, and everybody in it, is not there.
 * @throws PlanciaError auth/forbidden, auth/step-up-required, request/not-found.
 */
export interface Members {
  list(caller: Caller, organisation: string): Promise<Membership>;
  /**
   * Adds an account without a password. Its name ends in `@` and the organisation, so that no other's
   * names can be found out by trying. @throws PlanciaError request/invalid, request/conflict, user/exists.
   */
  invite(caller: Caller, organisation: string, input: InviteInput): Promise<Invited>;
  /** A new link for one who has not joined yet; the one before is worth nothing. @throws PlanciaError request/conflict. */
  renew(caller: Caller, organisation: string, userId: string): Promise<Invited>;
  /** Makes somebody a leader, or no more. Administrators only. */
  lead(caller: Caller, organisation: string, userId: string, leads: boolean): Promise<Member>;
  /** The account cannot sign in any more, sockets end within 1 s; what it did stays on the record. @throws PlanciaError request/conflict. */
  remove(caller: Caller, organisation: string, userId: string): Promise<void>;
}

export class MemberDesk implements Members {
  readonly #with: OrganisationSettings;

  constructor(settings: OrganisationSettings) {
    this.#with = settings;
  }

  async list(caller: Caller, id: string): Promise<Membership> {
    const organisation = await this.#visible(caller, id);
    const [people, open] = await Promise.all([this.#people(id), this.#with.store.listInvitations()]);
    const until = new Map(open.map((each) => [each.userId, each.expiresAt]));
    return { organisation, members: people.map((user) => ({ user, invitedUntil: until.get(user.id) })) };
  }

  async invite(caller: Caller, id: string, input: InviteInput): Promise<Invited> {
    const organisation = await this.#visible(caller, id);
    const { gate, people, secrets, clock } = this.#with;
    gate.assertFresh(caller, "member.invite");
    if (input.leads) assertMayLead(caller);
    if (organisation.kind !== "guest")
      throw new PlanciaError("request/conflict", "Only guests are invited; people of the house are added");
    if (organisation.disabled) throw new PlanciaError("request/conflict", "The organisation is suspended");
    if ((await this.#people(id)).length >= mostMembers)
      throw new PlanciaError("request/conflict", `The organisation has ${mostMembers} people already`);
    const name = `${input.name.normalize("NFC").trim()}@${id}`;
    if (input.name.trim() === "" || input.name.normalize("NFKC").includes("@")) throw badName();
    const profile = { role: "guest", equipment: [], organisation: id, language: input.language } as const;
    const user = { ...newUser({ ...profile, name, id: secrets.id(), createdAt: clock.wallMs() }), leads: input.leads };
    if (await people.findUserByName(name)) throw new PlanciaError("user/exists", "The name is taken");
    const secret = secrets.random();
    const invitation = this.#invitation(user, secret);
    const detail = { organisation: id, leads: input.leads, language: input.language };
    await onRecord(this.#with, actorOf(caller), { action: "member.invited", target: name, detail }, async () => {
      await people.addUser(user);
      await this.#with.store.putInvitation(invitation);
    });
    return { user, secret, invitedUntil: invitation.expiresAt };
  }

  async renew(caller: Caller, id: string, userId: string): Promise<Invited> {
    const { user, organisation } = await this.#member(caller, id, userId);
    this.#with.gate.assertFresh(caller, "member.invite");
    if (user.passwordHash !== undefined || user.disabled || organisation.disabled)
      throw new PlanciaError("request/conflict", "Only who has not joined yet, and may, needs a link");
    const secret = this.#with.secrets.random();
    const invitation = this.#invitation(user, secret);
    const entry = { action: "member.invited", target: user.name, detail: { organisation: id, again: true } };
    await onRecord(this.#with, actorOf(caller), entry, () => this.#with.store.putInvitation(invitation));
    return { user, secret, invitedUntil: invitation.expiresAt };
  }

  async lead(caller: Caller, id: string, userId: string, leads: boolean): Promise<Member> {
    const { user } = await this.#member(caller, id, userId);
    assertMayLead(caller);
    this.#with.gate.assertFresh(caller, "member.change");
    const detail = { organisation: id, leads: { from: user.leads === true, to: leads } };
    const entry = { action: "member.changed", target: user.name, detail };
    return onRecord(this.#with, actorOf(caller), entry, async () => {
      const changed = await this.#with.people.updateUser(userId, { leads });
      if (changed === undefined) throw noMember();
      return { user: changed, invitedUntil: undefined };
    });
  }

  async remove(caller: Caller, id: string, userId: string): Promise<void> {
    const { user } = await this.#member(caller, id, userId);
    const { gate, people, store } = this.#with;
    gate.assertFresh(caller, "member.remove");
    if (user.id === caller.userId) throw new PlanciaError("request/conflict", "Nobody removes himself");
    if (user.leads && !allows(caller, "organisations:manage"))
      throw new PlanciaError("request/conflict", "Only administrators remove who leads");
    const entry = { action: "member.removed", target: user.name, detail: { organisation: id } };
    await onRecord(this.#with, actorOf(caller), entry, async () => {
      await people.updateUser(userId, { disabled: true, leads: false });
      await people.endSignInsOf(userId);
      await store.removeInvitation(userId);
    });
  }

  /** S2: somebody else's organisation is found by the same path as none. */
  async #visible(caller: Caller, id: string): Promise<OrganisationRecord> {
    if (!allows(caller, "members:invite"))
      throw new PlanciaError("auth/forbidden", "Only administrators and who leads the organisation");
    const organisation = await this.#with.store.findOrganisation(id);
    const own = caller.leads === true && caller.organisation === id;
    if (organisation === undefined || !(own || allows(caller, "organisations:manage"))) throw noOrganisation();
    return organisation;
  }

  async #member(caller: Caller, id: string, userId: string) {
    const organisation = await this.#visible(caller, id);
    const user = await this.#with.people.findUser(userId);
    if (user === undefined || user.organisation !== id || user.role !== "guest") throw noMember();
    return { organisation, user };
  }

  async #people(id: string): Promise<readonly UserRecord[]> {
    return (await this.#with.people.listUsers()).filter(({ organisation }) => organisation === id);
  }

  #invitation(user: UserRecord, secret: string): InvitationRecord {
    const { secrets, clock } = this.#with;
    return { userId: user.id, hash: secrets.hash(secret), expiresAt: clock.wallMs() + invitationHoldsMs };
  }
}

function assertMayLead(caller: Caller): void {
  if (!allows(caller, "organisations:manage"))
    throw new PlanciaError("auth/forbidden", "Only administrators say who leads");
}

function noMember(): PlanciaError {
  return new PlanciaError("request/not-found", "no such person");
}

function badName(): PlanciaError {
  const fields = [{ pointer: "/name", detail: "1 to 100 characters without @" }];
  return new PlanciaError("request/invalid", "name: 1 to 100 characters without @", { fields });
}
