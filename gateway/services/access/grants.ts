import { commandClasses, type Grant, grantRoles, leastClass } from "../../core/access/grant.ts";
import { type AccessSubject, type Explanation, may } from "../../core/access/may.ts";
import { allows, allowsOn, type Caller, type Permission, permissions } from "../../core/access/policy.ts";
import type { AccessStore, GrantChange, GrantRecord } from "../../core/access-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { CommandClass, Plant } from "../../core/plant.ts";
import type { BookingStore, PeopleStore, UserRecord } from "../../core/records-port.ts";
import type { FactorGate } from "../factor-gate.ts";
import { actorOf, onRecord, type PeopleSettings } from "../people.ts";
import { assertGrant } from "./grant-rules.ts";

export type GrantInput = Omit<Grant, "id" | "own">;

/** One permission: whether somebody has it, and why. */
export interface PermissionAnswer extends Explanation {
  readonly permission: Permission;
  /** Up to which class of command; undefined: the permission has none, or is not given. */
  readonly upTo: CommandClass | undefined;
}

export interface AccessAnswer {
  readonly user: UserRecord;
  readonly equipment: string | undefined;
  /** UTC ms, the moment that is answered for. */
  readonly at: number;
  readonly permissions: readonly PermissionAnswer[];
}

/** Who may do what, as data: read by whoever it is about, changed by administrators. */
export interface Grants {
  /** Of a person and of its organisation. @throws PlanciaError request/not-found. */
  list(caller: Caller, userId: string): Promise<readonly GrantRecord[]>;
  /** What somebody can do, and why. @throws PlanciaError request/not-found, also for a machine that the asker does not see. */
  explain(caller: Caller, userId: string, equipment: string | undefined): Promise<AccessAnswer>;
  /** @throws PlanciaError request/invalid with every wrong field, auth/step-up-required. */
  add(caller: Caller, input: GrantInput): Promise<GrantRecord>;
  /** @throws PlanciaError request/not-found, request/conflict where it comes with the account. */
  change(caller: Caller, id: string, change: GrantChange): Promise<GrantRecord>;
  remove(caller: Caller, id: string): Promise<void>;
}

export interface GrantSettings extends Pick<PeopleSettings, "audit" | "clock" | "changed"> {
  readonly store: AccessStore;
  readonly people: Pick<PeopleStore, "findUser">;
  readonly bookings: Pick<BookingStore, "slotsOf">;
  readonly plant: Pick<Plant, "site" | "equipment">;
  readonly gate: FactorGate;
  readonly id: () => string;
}

/** S2: whether the asker may know that there is this machine: he sees it, has it booked, or gives the rights. */
function isKnown(caller: Caller, equipment: string, nowMs: number): boolean {
  if (allows(caller, "people:manage") || allowsOn(caller, "equipment:view", equipment, nowMs)) return true;
  return caller.slots.some((slot) => slot.equipment === equipment);
}

export class GrantDesk implements Grants {
  readonly #with: GrantSettings;

  constructor(settings: GrantSettings) {
    this.#with = settings;
  }

  async list(caller: Caller, userId: string): Promise<readonly GrantRecord[]> {
    return this.#grantsOf(await this.#person(caller, userId));
  }

  async explain(caller: Caller, userId: string, equipment: string | undefined): Promise<AccessAnswer> {
    const { plant, clock } = this.#with;
    const user = await this.#person(caller, userId);
    const at = clock.wallMs();
    const machine = plant.equipment.find(({ id }) => id === equipment);
    if (equipment !== undefined && !(machine && isKnown(caller, machine.id, at)))
      throw new PlanciaError("request/not-found", "no such machine");
    const subject = await this.#subject(user);
    const ask = (permission: Permission, wanted?: CommandClass): Explanation =>
      may(subject, permission, { equipment, area: machine?.area, class: wanted }, plant.site.timezone, at);
    return {
      ...{ user, equipment, at },
      permissions: permissions.map((permission) => {
        const upTo = leastClass(permission) && commandClasses.findLast((each) => ask(permission, each).allowed);
        return { permission, upTo, ...ask(permission) };
      }),
    };
  }

  async add(caller: Caller, input: GrantInput): Promise<GrantRecord> {
    this.#mayManage(caller, "grant.add");
    const { store, clock, id } = this.#with;
    await this.#assertSubject(input);
    const grant = { ...input, id: id(), own: false, createdAt: clock.wallMs(), createdBy: caller.name };
    assertGrant(grant, this.#with.plant);
    const entry = { action: "grant.added", target: grant.id, detail: recorded(grant) };
    await onRecord(this.#with, actorOf(caller), entry, () => store.addGrant(grant));
    return grant;
  }

  async change(caller: Caller, id: string, change: GrantChange): Promise<GrantRecord> {
    this.#mayManage(caller, "grant.change");
    const before = await this.#found(id);
    if (before.own) assertOwnChange(before, change);
    const wanted = { ...before, ...change };
    assertGrant(wanted, this.#with.plant);
    const detail = { ...differences(recorded(before), recorded(wanted)), subject: subjectOf(before) };
    return onRecord(this.#with, actorOf(caller), { action: "grant.changed", target: id, detail }, async () => {
      const after = await this.#with.store.updateGrant(id, change);
      if (after === undefined) throw noGrant();
      return after;
    });
  }

  async remove(caller: Caller, id: string): Promise<void> {
    this.#mayManage(caller, "grant.remove");
    const before = await this.#found(id);
    if (before.own)
      throw new PlanciaError("request/conflict", "What comes with the role of the account is changed there");
    const entry = { action: "grant.removed", target: id, detail: recorded(before) };
    await onRecord(this.#with, actorOf(caller), entry, () => this.#with.store.removeGrant(id));
  }

  /** S2: another's rights are not there for who may not see them, by the same path as nobody's. */
  async #person(caller: Caller, userId: string): Promise<UserRecord> {
    const visible = userId === caller.userId || allows(caller, "people:manage");
    const user = await this.#with.people.findUser(userId);
    if (user === undefined || !visible) throw new PlanciaError("request/not-found", "no such person");
    return user;
  }

  async #grantsOf({ id, role, organisation }: UserRecord): Promise<readonly GrantRecord[]> {
    // A guest's rights come from bookings: what its organisation has is not for it.
    return this.#with.store.listGrants({ userId: id, organisation: role === "guest" ? undefined : organisation });
  }

  async #subject(user: UserRecord): Promise<AccessSubject> {
    const { store, bookings } = this.#with;
    const guest = user.role === "guest";
    const organisation = user.organisation === undefined ? undefined : await store.findOrganisation(user.organisation);
    return {
      guest,
      disabled: user.disabled || organisation?.disabled === true,
      grants: await this.#grantsOf(user),
      slots: guest ? await bookings.slotsOf(user.id) : [],
    };
  }

  async #assertSubject({ subject }: GrantInput): Promise<void> {
    const { people, store } = this.#with;
    const pointer = "/subject/id";
    if (subject.kind === "organisation") {
      const kind = (await store.findOrganisation(subject.id))?.kind;
      if (kind !== "host") throw invalid(pointer, "an organisation of the host: guests have their rights by booking");
    } else {
      const user = await people.findUser(subject.id);
      if (user === undefined || user.role === "guest")
        throw invalid(pointer, "a person who is no guest: guests have their rights by booking");
    }
  }

  async #found(id: string): Promise<GrantRecord> {
    const grant = await this.#with.store.findGrant(id);
    if (grant === undefined) throw noGrant();
    return grant;
  }

  #mayManage(caller: Caller, what: string): void {
    if (!allows(caller, "people:manage")) throw new PlanciaError("auth/forbidden", "Only administrators give rights");
    this.#with.gate.assertFresh(caller, what);
  }
}

/** Class and times of an own grant are bounds of the account; an administrator's has none, so that nobody is locked out. */
function assertOwnChange(grant: GrantRecord, change: GrantChange): void {
  const elsewhere = change.role ?? change.equipment ?? change.areas;
  if (elsewhere !== undefined)
    throw new PlanciaError("request/conflict", "Role and machines of the account are changed with the account");
  if (!grantRoles.some((role) => role === grant.role) || grant.role === "administrator")
    throw new PlanciaError("request/conflict", `The account of a ${grant.role} has no such bounds`);
}

function recorded(grant: GrantRecord): Record<string, unknown> {
  const { subject, role, equipment, areas, highestClass, notBefore, notAfter, hours } = grant;
  const at = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
  const whole = { subject: subjectOf({ subject }), role, equipment, areas, highestClass, hours };
  const times = { notBefore: at(notBefore), notAfter: at(notAfter) };
  return Object.fromEntries(Object.entries({ ...whole, ...times }).filter(([, value]) => value !== undefined));
}

function subjectOf({ subject }: Pick<Grant, "subject">): string {
  return `${subject.kind} ${subject.id}`;
}

/** Old and new of what changes; a bound that was not there is null. */
function differences(from: Record<string, unknown>, to: Record<string, unknown>): Record<string, unknown> {
  const changed = [...new Set([...Object.keys(from), ...Object.keys(to)])].filter(
    (key) => JSON.stringify(from[key]) !== JSON.stringify(to[key]),
  );
  return Object.fromEntries(changed.map((key) => [key, { from: from[key] ?? null, to: to[key] ?? null }]));
}

function noGrant(): PlanciaError {
  return new PlanciaError("request/not-found", "no such grant");
}

function invalid(pointer: string, detail: string): PlanciaError {
  return new PlanciaError("request/invalid", detail, { fields: [{ pointer, detail }] });
}
