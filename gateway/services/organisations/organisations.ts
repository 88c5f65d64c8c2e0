import type { Secrets } from "../../core/access/credentials-port.ts";
import { allows, type Caller } from "../../core/access/policy.ts";
import type { AccessStore, OrganisationRecord } from "../../core/access-port.ts";
import { type FieldProblem, PlanciaError } from "../../core/errors.ts";
import type { PeopleStore } from "../../core/records-port.ts";
import type { FactorGate } from "../factor-gate.ts";
import { actorOf, onRecord, type PeopleSettings } from "../people.ts";

/** How many there may be: all are in memory with everybody's rights. */
export const mostOrganisations = 1000;
const longestName = 100;
const idPattern = /^[a-z][a-z0-9-]{0,39}$/;
const hiddenCharacters = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u;

export interface CountedOrganisation extends OrganisationRecord {
  /** Who can sign in, or could if it were not suspended. */
  readonly members: number;
}

export interface OrganisationInput {
  /** Short: it stands behind the names of its members. */
  readonly id: string;
  readonly name: string;
  readonly kind: OrganisationRecord["kind"];
}

/** Tenants, for administrators. @throws PlanciaError auth/forbidden, auth/step-up-required. */
export interface Organisations {
  list(caller: Caller): Promise<readonly CountedOrganisation[]>;
  /** @throws PlanciaError request/invalid, organisation/exists. */
  add(caller: Caller, input: OrganisationInput): Promise<OrganisationRecord>;
  /**
   * Suspended, nobody of it can sign in: open sockets end within 1 s, accounts and records stay.
   * @throws PlanciaError request/not-found, request/invalid, request/conflict where no administrator would be left.
   */
  change(
    caller: Caller,
    id: string,
    change: { readonly name?: string | undefined; readonly disabled?: boolean | undefined },
  ): Promise<OrganisationRecord>;
}

export interface OrganisationSettings extends Pick<PeopleSettings, "audit" | "clock" | "changed"> {
  readonly store: AccessStore;
  readonly people: Pick<
    PeopleStore,
    "listUsers" | "findUser" | "findUserByName" | "addUser" | "updateUser" | "endSignInsOf"
  >;
  readonly secrets: Pick<Secrets, "id" | "random" | "hash">;
  readonly gate: FactorGate;
}

export class OrganisationDesk implements Organisations {
  readonly #with: OrganisationSettings;

  constructor(settings: OrganisationSettings) {
    this.#with = settings;
  }

  async list(caller: Caller): Promise<readonly CountedOrganisation[]> {
    assertMayManage(caller);
    const [organisations, people] = await Promise.all([
      this.#with.store.listOrganisations(),
      this.#with.people.listUsers(),
    ]);
    const of = Map.groupBy(
      people.filter(({ disabled }) => !disabled),
      ({ organisation }) => organisation,
    );
    return organisations.map((each) => ({ ...each, members: of.get(each.id)?.length ?? 0 }));
  }

  async add(caller: Caller, input: OrganisationInput): Promise<OrganisationRecord> {
    assertMayManage(caller);
    const { gate, store, clock } = this.#with;
    gate.assertFresh(caller, "organisation.add");
    const name = input.name.normalize("NFC");
    const problems = [
      ...(idPattern.test(input.id) ? [] : [{ pointer: "/id", detail: "small letters, digits and -, at most 40" }]),
      ...nameProblems(name),
    ];
    if (problems.length > 0) throw invalid(problems);
    const all = await store.listOrganisations();
    if (all.length >= mostOrganisations)
      throw new PlanciaError("request/conflict", `There are ${mostOrganisations} organisations already`);
    if (all.some(({ id }) => id === input.id)) throw new PlanciaError("organisation/exists", "The id is taken");
    const organisation = { ...input, name, disabled: false, createdAt: clock.wallMs() };
    const detail = { name, kind: input.kind };
    await onRecord(this.#with, actorOf(caller), { action: "organisation.added", target: input.id, detail }, () =>
      store.addOrganisation(organisation),
    );
    return organisation;
  }

  async change(
    caller: Caller,
    id: string,
    change: Parameters<Organisations["change"]>[2],
  ): Promise<OrganisationRecord> {
    assertMayManage(caller);
    const { gate, store } = this.#with;
    gate.assertFresh(caller, "organisation.change");
    const before = await store.findOrganisation(id);
    if (before === undefined) throw noOrganisation();
    const name = change.name?.normalize("NFC") ?? before.name;
    const problems = nameProblems(name);
    if (problems.length > 0) throw invalid(problems);
    const { disabled } = change;
    const detail = {
      ...(name === before.name ? {} : { name: { from: before.name, to: name } }),
      ...(disabled === undefined || disabled === before.disabled
        ? {}
        : { disabled: { from: before.disabled, to: disabled } }),
    };
    // Only what was asked for: another administrator may suspend it at this moment.
    const wanted = { ...(change.name === undefined ? {} : { name }), ...(disabled === undefined ? {} : { disabled }) };
    const entry = { action: "organisation.changed", target: id, detail };
    return onRecord(this.#with, actorOf(caller), entry, async () => {
      const after = await store.updateOrganisation(id, wanted);
      if (after === undefined) throw noOrganisation();
      return after;
    });
  }
}

/** S2: the same for one that is not there and one that is somebody else's. */
export function noOrganisation(): PlanciaError {
  return new PlanciaError("request/not-found", "no such organisation");
}

function nameProblems(name: string): readonly FieldProblem[] {
  const length = [...name].length;
  const fits = length > 0 && length <= longestName && name.trim() === name && !hiddenCharacters.test(name);
  return fits ? [] : [{ pointer: "/name", detail: `1 to ${longestName} characters, none of them invisible` }];
}

function invalid(fields: readonly FieldProblem[]): PlanciaError {
  return new PlanciaError("request/invalid", fields.map(({ detail }) => detail).join("; "), { fields });
}

function assertMayManage(caller: Caller): void {
  if (!allows(caller, "organisations:manage"))
    throw new PlanciaError("auth/forbidden", "Only administrators manage organisations");
}
