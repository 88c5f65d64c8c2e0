import type { Passwords, Secrets } from "../core/access/credentials-port.ts";
import { allows, type Caller } from "../core/access/policy.ts";
import { holds } from "../core/access/token.ts";
import type { AccessStore } from "../core/access-port.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { PeopleStore, UserRecord } from "../core/records-port.ts";
import { type AuditDesk, auditEntry } from "./audit.ts";
import type { FactorGate } from "./factor-gate.ts";
import { checkEquipment, newUser } from "./new-user.ts";
import { belonging, type FindOrganisation, moved } from "./organisations/belonging.ts";
import { invitationHoldsMs } from "./sign-in-limits.ts";
import type { People, PersonLink } from "./use-cases.ts";

export type AddUserInput = Parameters<People["add"]>[1];
export type ChangeUserInput = Parameters<People["change"]>[2];

/** Who changes people: a person through the API, or whoever sits at the box. */
export interface Actor {
  readonly who: string;
  readonly address: string | undefined;
  /** The sign-in that a change of the actor's own password leaves alive. */
  readonly signInId: string | undefined;
}

/** Programs act in the name of whose token they have, so they end with a password or second factor that is taken away. */
export type TokensOfPeople = Pick<AccessStore, "listTokens" | "revokeTokensOf">;

export interface PeopleSettings {
  readonly people: PeopleStore;
  readonly organisations: FindOrganisation & Pick<AccessStore, "removeInvitation" | "putInvitation"> & TokensOfPeople;
  readonly passwords: Passwords;
  readonly secrets: Secrets;
  readonly audit: Pick<AuditDesk, "append" | "note">;
  readonly clock: Clock;
  readonly gate: FactorGate;
  /** After each change, so that open sockets lose their rights at once and not only at the next poll. Never rejects. */
  readonly changed: () => Promise<void>;
}

/** Users, for administrators. Every change is on the record before it is made. */
export class PeopleDesk implements People {
  readonly #settings: PeopleSettings;

  constructor(settings: PeopleSettings) {
    this.#settings = settings;
  }

  async list(caller: Caller): Promise<readonly UserRecord[]> {
    assertMayManage(caller);
    return this.#settings.people.listUsers();
  }

  async add(caller: Caller, input: Parameters<People["add"]>[1]): Promise<UserRecord> {
    assertMayManage(caller);
    this.#settings.gate.assertFresh(caller, "people.add");
    return addUser(this.#settings, actorOf(caller), input);
  }

  async change(caller: Caller, id: string, input: ChangeUserInput): Promise<UserRecord> {
    assertMayManage(caller);
    this.#settings.gate.assertFresh(caller, "people.change");
    return changeUser(this.#settings, actorOf(caller), id, input);
  }

  async link(caller: Caller, id: string): Promise<PersonLink> {
    assertMayManage(caller);
    const { people, organisations, secrets, clock, gate } = this.#settings;
    gate.assertFresh(caller, "people.link");
    const user = await people.findUser(id);
    if (user === undefined) throw new PlanciaError("request/not-found", "There is no such user");
    const house = user.organisation === undefined ? undefined : await organisations.findOrganisation(user.organisation);
    if (user.passwordHash !== undefined || user.disabled || house?.disabled)
      throw new PlanciaError("request/conflict", "Only who has no password yet, and may come in, needs a link");
    const secret = secrets.random();
    const until = clock.wallMs() + invitationHoldsMs;
    const entry = { action: "people.link-made", target: user.name, detail: { until: new Date(until).toISOString() } };
    await onRecord(this.#settings, actorOf(caller), entry, () =>
      organisations.putInvitation({ userId: id, hash: secrets.hash(secret), expiresAt: until }),
    );
    return { user, secret, until };
  }
}

/**
 * Adds a user; without a password he cannot sign in yet.
 * @throws PlanciaError request/invalid, user/password-*, user/exists, store/unavailable.
 */
export async function addUser(settings: PeopleWork, actor: Actor, input: AddUserInput): Promise<UserRecord> {
  const { people, organisations, passwords, secrets, clock } = settings;
  const { password, ...given } = input;
  const profile = { ...given, organisation: await belonging(organisations, given.role, given.organisation) };
  const user = newUser({ ...profile, id: secrets.id(), createdAt: clock.wallMs() });
  if (password !== undefined) passwords.checkQuality(password, user.name);
  if (await people.findUserByName(user.name)) throw new PlanciaError("user/exists", "The name is taken");
  const whole = { ...user, passwordHash: password === undefined ? undefined : await passwords.hash(password) };
  const { role, equipment, organisation, language } = whole;
  const detail = { role, equipment, organisation, language, password: password === undefined ? "none" : "set" };
  await onRecord(settings, actor, { action: "people.added", target: whole.name, detail }, () => people.addUser(whole));
  return whole;
}

/**
 * Changes a user. A new password ends his other sign-ins and every token of his programs, disabling ends all sign-ins.
 * @throws PlanciaError request/not-found, request/invalid, user/password-*, request/conflict (the last
 * enabled administrator), store/unavailable.
 */
export async function changeUser(
  settings: PeopleWork,
  actor: Actor,
  id: string,
  input: ChangeUserInput,
): Promise<UserRecord> {
  const { people, passwords } = settings;
  const user = await people.findUser(id);
  if (user === undefined) throw new PlanciaError("request/not-found", "There is no such user");
  const { password, ...profile } = input;
  if (profile.equipment !== undefined) checkEquipment(profile.equipment);
  if (password !== undefined) passwords.checkQuality(password, user.name);
  const organisation = await moved(settings.organisations, user, input);
  const away = organisation === user.organisation ? {} : { organisation, leads: false };
  const secret = password === undefined ? {} : { passwordHash: await passwords.hash(password) };
  const change = { ...profile, ...away, ...secret };
  const tokens = password === undefined ? {} : await tokensToEnd(settings, id);
  const detail = { ...differences(user, { ...input, ...away }), ...tokens };
  const entry = { action: "people.changed", target: user.name, detail };
  const elsewhere = (input.role ?? user.role) !== user.role || organisation !== user.organisation;
  return onRecord(settings, actor, entry, async () => {
    // Whoever invited a guest may have kept the link: it opens nothing that the account becomes afterwards.
    if (elsewhere) await settings.organisations.removeInvitation(id);
    if (password !== undefined) await settings.organisations.revokeTokensOf(id, settings.clock.wallMs());
    const changed = await people.updateUser(id, change);
    if (changed === undefined) throw new PlanciaError("request/not-found", "There is no such user");
    if (changed.disabled) await people.endSignInsOf(id);
    else if (password !== undefined) await people.endSignInsOf(id, actor.signInId);
    return changed;
  });
}

/** For the record: the names of the programs whose tokens end; none: nothing. */
export async function tokensToEnd(
  { organisations, clock }: { readonly organisations: Pick<TokensOfPeople, "listTokens">; readonly clock: Clock },
  userId: string,
): Promise<{ readonly tokens?: readonly string[] }> {
  const now = clock.wallMs();
  const good = (await organisations.listTokens({ userId })).filter((token) => holds(token, now));
  return good.length === 0 ? {} : { tokens: good.map(({ name }) => name) };
}

/** Of who may: whether they may was asked before. */
export type PeopleWork = Omit<PeopleSettings, "gate">;

/** Writes the entry, does the work, and notes it where the work then failed. */
export async function onRecord<T>(
  settings: Pick<PeopleSettings, "clock" | "changed"> & { readonly audit: Pick<AuditWriter, "append" | "note"> },
  actor: Actor,
  what: { readonly action: string; readonly target: string; readonly detail: Readonly<Record<string, unknown>> },
  work: () => Promise<T>,
): Promise<T> {
  const { audit, clock } = settings;
  const entry = auditEntry({
    at: clock.wallMs(),
    class: "administration",
    who: actor.who,
    address: actor.address,
    ...what,
  });
  await audit.append(entry);
  let done: T;
  try {
    done = await work();
  } catch (error) {
    const why = error instanceof PlanciaError ? error.code : "internal";
    audit.note({ ...entry, at: clock.wallMs(), action: `${what.action}-failed`, result: why, detail: {} });
    throw error;
  }
  await settings.changed();
  return done;
}

/** Old and new of what changes; of a password only that it does. */
function differences(user: UserRecord, input: ChangeUserInput): Record<string, unknown> {
  const changes = new Map<string, unknown>();
  for (const field of ["role", "equipment", "organisation", "disabled", "language"] as const) {
    const wanted = input[field];
    if (
      field in input &&
      (wanted !== undefined || field === "organisation") &&
      JSON.stringify(wanted) !== JSON.stringify(user[field])
    )
      changes.set(field, { from: user[field] ?? null, to: wanted ?? null });
  }
  if (input.password !== undefined) changes.set("password", "changed");
  return Object.fromEntries(changes);
}

function assertMayManage(caller: Caller): void {
  if (!allows(caller, "people:manage")) throw new PlanciaError("auth/forbidden", "Only administrators manage people");
}

export function actorOf(caller: Caller): Actor {
  return { who: caller.name, address: caller.address, signInId: caller.signInId };
}
