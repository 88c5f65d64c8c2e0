import type { Seals, Secrets } from "../core/access/credentials-port.ts";
import {
  type GroupMapping,
  type IdentityProvider,
  mappingOf,
  type ProvenIdentity,
  type ProviderFlow,
} from "../core/access/identity-provider-port.ts";
import type { Caller } from "../core/access/policy.ts";
import type { AccessStore } from "../core/access-port.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { PeopleStore, UserRecord } from "../core/records-port.ts";
import type { Text } from "../core/text.ts";
import { RecentTable } from "../kit/recent-table.ts";
import { type AuditDesk, auditEntry } from "./audit.ts";
import type { KnownCallers } from "./known-callers.ts";
import { newUser } from "./new-user.ts";
import { belonging, type FindOrganisation, moved } from "./organisations/belonging.ts";
import { type Actor, onRecord } from "./people.ts";
import type { SignInDesk } from "./sign-ins.ts";
import type { Origin, SignInAnswer } from "./use-cases.ts";

/** Between the button and the way back, ms: long enough for a password and a second factor there. */
export const flowHoldsMs = 10 * 60_000;
const mostUsed = 10_000;
/** ID tokens of those who are here, for leaving; who is forgotten is asked at the provider. */
const mostIdTokens = 2000;
const idTokenHoldsMs = 31 * 24 * 3_600_000;

/** Signing in at a provider, and leaving by it. */
export interface SingleSignOn {
  providers(): readonly { readonly id: string; readonly name: Text }[];
  /** Where the browser goes, and what it keeps meanwhile. @throws PlanciaError request/not-found, auth/provider-unavailable. */
  begin(id: string): Promise<{ readonly url: string; readonly kept: string }>;
  /**
   * @param query of the way back, without `?`.
   * @throws PlanciaError request/not-found, auth/flow-lost, auth/provider-refused, auth/provider-unavailable,
   * auth/not-mapped, auth/disabled, request/conflict (the last administrator), store/unavailable.
   */
  finish(id: string, query: string, kept: string | undefined, origin: Origin): Promise<SignInAnswer>;
  /** The provider says that a session there is over. @throws PlanciaError request/not-found, auth/provider-refused, auth/provider-unavailable. */
  ended(id: string, logoutToken: string, origin: Origin): Promise<void>;
  /** Where the browser of this sign-in goes to leave its provider too. */
  leaving(caller: Caller): string | undefined;
}

export interface SingleSignOnSettings {
  readonly providers: readonly IdentityProvider[];
  readonly signIns: Pick<SignInDesk, "begin">;
  readonly people: PeopleStore;
  readonly organisations: FindOrganisation & Pick<AccessStore, "revokeTokensOf">;
  readonly known: KnownCallers;
  readonly secrets: Secrets;
  readonly seals: Seals;
  readonly audit: Pick<AuditDesk, "append" | "note">;
  readonly clock: Clock;
  readonly changed: () => Promise<void>;
}

interface KeptFlow extends ProviderFlow {
  readonly begunAtMs: number;
}

export class SingleSignOnDesk implements SingleSignOn {
  readonly #with: SingleSignOnSettings;
  readonly #providers: ReadonlyMap<string, IdentityProvider>;
  /** What was brought back once is not taken again. */
  readonly #used = new RecentTable<true>(mostUsed, flowHoldsMs);
  /** By sign-in. In memory alone: they tell who somebody is, and a restart costs one question at the provider. */
  readonly #idTokens = new RecentTable<string>(mostIdTokens, idTokenHoldsMs);

  constructor(settings: SingleSignOnSettings) {
    this.#with = settings;
    this.#providers = new Map(settings.providers.map((provider) => [provider.settings.id, provider]));
  }

  providers() {
    return [...this.#providers.values()].map(({ settings: { id, name } }) => ({ id, name }));
  }

  async begin(id: string): Promise<{ readonly url: string; readonly kept: string }> {
    const { secrets, seals, clock } = this.#with;
    const flow = { state: secrets.random(), nonce: secrets.random(), verifier: secrets.random() };
    const url = await this.#provider(id).begin(flow);
    return { url, kept: seals.seal(JSON.stringify({ ...flow, begunAtMs: clock.wallMs() }), boundTo(id)) };
  }

  async finish(id: string, query: string, kept: string | undefined, origin: Origin): Promise<SignInAnswer> {
    const provider = this.#provider(id);
    let who = `someone at ${id}`;
    try {
      const flow = this.#flow(id, query, kept);
      const proven = await provider.finish(query, flow);
      const user = await this.#person(provider, proven, (name) => {
        who = name;
      });
      const shown = proven.methods.some((method) => provider.settings.secondFactor.includes(method));
      // Only what was shown for this very sign-in is fresh: a session there may be hours old.
      const fresh = shown && (proven.authenticatedAtMs ?? 0) >= Math.floor(flow.begunAtMs / 1000) * 1000;
      const proof = shown ? ({ by: "provider", fresh } as const) : undefined;
      const answer = await this.#with.signIns.begin(user, origin, proof, { provider: id, session: proven.session });
      this.#idTokens.set(answer.caller.signInId, proven.idToken, this.#with.clock.monotonicMs());
      return answer;
    } catch (error) {
      const why = error instanceof PlanciaError ? `${error.code}: ${error.message}` : "internal";
      this.#note("sign-in.failed", who, origin, { provider: id, why: why.slice(0, 300) });
      throw error;
    }
  }

  async ended(id: string, logoutToken: string, origin: Origin): Promise<void> {
    const { people, changed } = this.#with;
    const over = await this.#provider(id).ended(logoutToken);
    const names: string[] = [];
    if ("subject" in over) {
      const user = await people.findUserByIdentity(over);
      if (user !== undefined) {
        await people.endSignInsOf(user.id);
        names.push(user.name);
      }
    } else names.push(...(await people.endSignInsThrough(id, over.session)));
    await changed();
    for (const name of names) this.#note("sign-in.ended", name, origin, { provider: id, why: "ended at the provider" });
  }

  leaving(caller: Caller): string | undefined {
    const { signInId } = caller;
    const id = this.#with.known.find(signInId)?.signIn.provider;
    if (id === undefined) return undefined;
    const idToken = this.#idTokens.get(signInId, this.#with.clock.monotonicMs());
    this.#idTokens.delete(signInId);
    return this.#providers.get(id)?.leaving(idToken);
  }

  #provider(id: string): IdentityProvider {
    const provider = this.#providers.get(id);
    if (provider === undefined) throw new PlanciaError("request/not-found", "There is no such sign-in provider");
    return provider;
  }

  /** What this browser began at this provider lately, and has not brought back yet. */
  #flow(id: string, query: string, kept: string | undefined): KeptFlow {
    const { seals, clock } = this.#with;
    const text = kept === undefined ? undefined : seals.open(kept, boundTo(id));
    const flow = text === undefined ? undefined : (JSON.parse(text) as KeptFlow);
    const states = new URLSearchParams(query).getAll("state");
    const ageMs = flow === undefined ? 0 : clock.wallMs() - flow.begunAtMs;
    const now = clock.monotonicMs();
    const holds = flow !== undefined && states.length === 1 && states[0] === flow.state && ageMs < flowHoldsMs;
    if (!holds || this.#used.get(flow.state, now))
      throw new PlanciaError("auth/flow-lost", "This sign-in was not begun here, took too long, or was used already");
    this.#used.set(flow.state, true, now);
    return flow;
  }

  /** By issuer and subject alone. Today's groups say what they may, at every sign-in. */
  async #person(
    provider: IdentityProvider,
    proven: ProvenIdentity,
    named: (name: string) => void,
  ): Promise<UserRecord> {
    const { people } = this.#with;
    const { settings } = provider;
    const mapping = mappingOf(settings, proven.groups);
    const user = await people.findUserByIdentity(proven);
    named(user?.name ?? nameOf(proven) ?? `someone at ${settings.id}`);
    if (user && !this.#with.known.mayEnter(user))
      throw new PlanciaError("auth/disabled", "The account or its organisation is disabled here");
    if (mapping === undefined) {
      if (user !== undefined) await this.#endAll(user);
      throw new PlanciaError("auth/not-mapped", "No group of yours has a role here");
    }
    if (user === undefined) return this.#add(settings.id, proven, mapping);
    try {
      return await this.#follow(settings.id, user, mapping);
    } catch (error) {
      await this.#endAll(user);
      throw error;
    }
  }

  async #add(provider: string, proven: ProvenIdentity, { role, equipment }: GroupMapping): Promise<UserRecord> {
    const { people, organisations, secrets, clock } = this.#with;
    const name = await this.#freeName(provider, proven);
    const user = newUser({
      id: secrets.id(),
      name,
      role,
      equipment,
      organisation: await belonging(organisations, role, undefined),
      language: proven.language,
      createdAt: clock.wallMs(),
    });
    const { issuer, subject } = proven;
    const detail = { role, equipment, language: user.language, password: "none", provider, issuer, subject };
    await onRecord(this.#with, actorOf(provider), { action: "people.added", target: user.name, detail }, () =>
      people.addUser(user, { issuer, subject }),
    );
    return user;
  }

  /** A name that somebody else has stays theirs: then the provider's id stands behind it. */
  async #freeName(provider: string, proven: ProvenIdentity): Promise<string> {
    const name = nameOf(proven);
    for (const each of name === undefined ? [] : [name, `${name}@${provider}`])
      if ((await this.#with.people.findUserByName(each)) === undefined) return each;
    throw new PlanciaError("user/exists", "The name is taken");
  }

  async #follow(provider: string, user: UserRecord, { role, equipment }: GroupMapping): Promise<UserRecord> {
    const { people, organisations } = this.#with;
    const organisation = await moved(organisations, user, { role });
    const away = organisation === user.organisation ? {} : { organisation, leads: false };
    const detail = {
      ...(role === user.role ? {} : { role: { from: user.role, to: role } }),
      ...(organisation === user.organisation
        ? {}
        : { organisation: { from: user.organisation ?? null, to: organisation ?? null } }),
      ...(equipment.join() === user.equipment.join() ? {} : { equipment: { from: user.equipment, to: equipment } }),
    };
    if (Object.keys(detail).length === 0) return user;
    const entry = { action: "people.changed", target: user.name, detail: { ...detail, provider } };
    const changed = await onRecord(this.#with, actorOf(provider), entry, () =>
      people.updateUser(user.id, { role, equipment, ...away }),
    );
    return changed ?? user;
  }

  /** Who has no place here any more has no program here either. */
  async #endAll(user: UserRecord): Promise<void> {
    const { organisations, people, clock, changed } = this.#with;
    await organisations.revokeTokensOf(user.id, clock.wallMs());
    await people.endSignInsOf(user.id);
    await changed();
  }

  #note(action: string, who: string, { address }: Origin, detail: Readonly<Record<string, unknown>>): void {
    const result = action === "sign-in.failed" ? "refused" : "done";
    const at = this.#with.clock.wallMs();
    this.#with.audit.note(auditEntry({ at, class: "sign-in", action, who, address, result, detail }));
  }
}

function actorOf(provider: string): Actor {
  return { who: `system:provider ${provider}`, address: undefined, signInId: undefined };
}

/** Opened for another provider it is worth nothing. */
function boundTo(id: string): string {
  return `sign-in at provider ${id}`;
}

/** The first of the names that may be one here: none that reads as the gateway itself, or hides something. */
function nameOf({ names }: ProvenIdentity): string | undefined {
  return names
    .map((name) => name.normalize("NFC").trim())
    .find((name) => {
      try {
        return newUser({ id: "", name, role: "viewer", equipment: [], language: "en", createdAt: 0 }) !== undefined;
      } catch {
        // The next one may do.
        return false;
      }
    });
}
