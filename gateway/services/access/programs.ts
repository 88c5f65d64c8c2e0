import { timingSafeEqual } from "node:crypto";
import type { Secrets } from "../../core/access/credentials-port.ts";
import { allows, type Caller } from "../../core/access/policy.ts";
import { holds, mostTokens, readToken, type TokenWish, tokenProblems, tokenText } from "../../core/access/token.ts";
import type { AccessStore, TokenRecord } from "../../core/access-port.ts";
import type { Clock } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { Plant } from "../../core/plant.ts";
import type { PeopleStore, UserRecord } from "../../core/records-port.ts";
import { addressList, isAddressOrNetwork, isListed } from "../../kit/address-list.ts";
import type { FactorGate } from "../factor-gate.ts";
import type { KnownCallers } from "../known-callers.ts";
import { actorOf, onRecord, type PeopleSettings } from "../people.ts";
import type { Origin } from "../use-cases.ts";
import { seenFrom } from "../who-asks.ts";
import { TokenUse } from "./token-use.ts";

/** A token as it may be looked at: never its hash. */
export type ListedToken = Omit<TokenRecord, "hash"> & { readonly ownerName: string; readonly good: boolean };

export interface AuthenticatedProgram {
  readonly caller: Caller;
  readonly user: UserRecord;
  /** UTC ms. */
  readonly expiresAtMs: number;
}

/** Tokens of programs: made for oneself, ended by oneself or an administrator, and accepted at the doors. */
export interface Programs {
  /** Of one person, or of everybody; good ones first, then the newest. @throws PlanciaError request/not-found. */
  list(caller: Caller, of: { readonly userId: string } | "everybody"): Promise<readonly ListedToken[]>;
  /**
   * `text` is told this once. Nobody makes one for somebody else.
   * @throws PlanciaError auth/step-up-required, request/invalid with every wrong field, request/conflict.
   */
  make(caller: Caller, wish: TokenWish): Promise<{ readonly token: ListedToken; readonly text: string }>;
  /** @throws PlanciaError request/not-found, auth/step-up-required for somebody else's. */
  revoke(caller: Caller, id: string): Promise<void>;
  /** @throws PlanciaError auth/required, store/unavailable when rights could not be checked for a minute. */
  authenticate(text: string, origin: Origin): Promise<AuthenticatedProgram>;
  /** R10: needs no store. @throws PlanciaError auth/required. */
  authenticateForStop(text: string, origin: Origin): Promise<AuthenticatedProgram>;
}

export interface ProgramSettings extends Pick<PeopleSettings, "audit" | "clock" | "changed"> {
  readonly store: Pick<AccessStore, "listTokens" | "findToken" | "addToken" | "revokeToken" | "touchToken">;
  readonly people: Pick<PeopleStore, "findUser" | "listUsers">;
  readonly known: Pick<KnownCallers, "findProgram" | "assertCurrent">;
  readonly equipment: Plant["equipment"];
  readonly secrets: Pick<Secrets, "id" | "random" | "hash">;
  /** By which tokens end; the clock of dates may jump. */
  readonly passing: Clock;
  readonly gate: FactorGate;
  readonly log: Log;
}

/** Rows of a list; what ended long ago is beyond it. */
const mostListed = 500;

export class ProgramDesk implements Programs {
  readonly #with: ProgramSettings;
  readonly #use: TokenUse;
  /** One after the other, so that each is counted before the next. */
  #making: Promise<unknown> = Promise.resolve();

  constructor(settings: ProgramSettings) {
    this.#with = settings;
    this.#use = new TokenUse(settings);
  }

  async list(caller: Caller, of: { readonly userId: string } | "everybody"): Promise<readonly ListedToken[]> {
    const { store, people } = this.#with;
    const own = of !== "everybody" && of.userId === caller.userId;
    if (!allows(caller, own ? "tokens:own" : "tokens:manage")) throw own ? forbidden() : noPerson();
    if (of !== "everybody" && (await people.findUser(of.userId)) === undefined) throw noPerson();
    const names = new Map((await people.listUsers()).map(({ id, name }) => [id, name]));
    const found = await store.listTokens(of === "everybody" ? {} : of);
    const listed = found.map((token) => this.#listed(token, names.get(token.userId) ?? token.userId));
    return [...listed.filter(({ good }) => good), ...listed.filter(({ good }) => !good)].slice(0, mostListed);
  }

  async make(caller: Caller, wish: TokenWish): Promise<{ readonly token: ListedToken; readonly text: string }> {
    if (caller.token || !allows(caller, "tokens:own")) throw forbidden();
    this.#with.gate.assertFresh(caller, "token.make");
    const made = this.#making.then(() => this.#make(caller, wish));
    this.#making = made.catch(() => undefined);
    return made;
  }

  async #make(caller: Caller, wish: TokenWish): Promise<{ readonly token: ListedToken; readonly text: string }> {
    const { store, secrets, clock, equipment } = this.#with;
    const now = clock.wallMs();
    const machines = equipment.map(({ id }) => id);
    const fields = tokenProblems(wish, caller, machines, isAddressOrNetwork, now);
    if (fields.length > 0)
      throw new PlanciaError("request/invalid", fields.map(({ detail }) => detail).join("; "), { fields });
    const good = (await store.listTokens({ userId: caller.userId })).filter((each) => holds(each, now));
    if (good.length >= mostTokens)
      throw new PlanciaError("request/conflict", `There are ${mostTokens} tokens already; revoke one first`);
    if (good.some(({ name }) => name === wish.name))
      throw new PlanciaError("request/conflict", "There is a token of this name already");
    const [id, secret] = [secrets.id(), secrets.random()];
    const { userId, secondFactor } = caller;
    const token: TokenRecord = {
      ...{ id, userId, secondFactor, ...wish },
      permissions: [...new Set(wish.permissions)],
      equipment: [...new Set(wish.equipment)],
      hash: secrets.hash(secret),
      createdAt: now,
      revokedAt: undefined,
      lastUsedAt: undefined,
      lastUsedFrom: undefined,
    };
    const entry = { action: "token.made", target: id, detail: recorded(token) };
    await onRecord(this.#with, actorOf(caller), entry, () => store.addToken(token));
    return { token: this.#listed(token, caller.name), text: tokenText(id, secret) };
  }

  async revoke(caller: Caller, id: string): Promise<void> {
    const { store, people, clock, gate } = this.#with;
    const token = await store.findToken(id);
    const own = token?.userId === caller.userId;
    // S2: another's is found by nobody who asks among his own.
    if (caller.token || token === undefined || !allows(caller, own ? "tokens:own" : "tokens:manage"))
      throw new PlanciaError("request/not-found", "There is no such token");
    if (!own) gate.assertFresh(caller, "token.revoke");
    if (token.revokedAt !== undefined) return;
    const owner = own ? caller.name : (await people.findUser(token.userId))?.name;
    const entry = { action: "token.revoked", target: id, detail: { owner, name: token.name } };
    await onRecord(this.#with, actorOf(caller), entry, () => store.revokeToken(id, clock.wallMs()));
  }

  async authenticate(text: string, origin: Origin): Promise<AuthenticatedProgram> {
    this.#with.known.assertCurrent();
    return this.#accepted(text, origin);
  }

  async authenticateForStop(text: string, origin: Origin): Promise<AuthenticatedProgram> {
    return this.#accepted(text, origin);
  }

  /** The same answer, whatever is wrong; the hash is worked out and compared in each case. */
  #accepted(text: string, origin: Origin): AuthenticatedProgram {
    const { known, secrets } = this.#with;
    const read = readToken(text);
    const program = read && known.findProgram(read.id);
    const isRight = sameHash(secrets.hash(read?.secret ?? ""), program?.token.hash);
    if (read === undefined) throw notGood();
    if (program === undefined || !isRight) {
      this.#use.refused(read, program?.token, origin);
      throw notGood();
    }
    const { token, user, caller } = program;
    if (token.addresses.length > 0 && !isListed(addressList(token.addresses), origin.address)) {
      this.#use.refused(read, token, origin);
      throw notGood();
    }
    this.#use.used(token, caller, origin);
    const { passing, clock } = this.#with;
    const expiresAtMs = token.expiresAt - (passing.wallMs() - clock.wallMs());
    return { caller: seenFrom(caller, origin), user, expiresAtMs };
  }

  #listed({ hash: _hash, ...token }: TokenRecord, ownerName: string): ListedToken {
    return { ...token, ownerName, good: holds(token, this.#with.clock.wallMs()) };
  }
}

const nobodys = "0".repeat(64);

/** In a time that does not tell where they part. */
function sameHash(shown: string, stored: string | undefined): boolean {
  const [a, b] = [Buffer.from(shown), Buffer.from(stored ?? nobodys)];
  return a.length === b.length && timingSafeEqual(a, b) && stored !== undefined;
}

function recorded({ name, permissions, equipment, addresses, expiresAt }: TokenRecord): Record<string, unknown> {
  return { name, permissions, equipment, addresses, expiresAt: new Date(expiresAt).toISOString() };
}

function notGood(): PlanciaError {
  return new PlanciaError("auth/required", "This token is not good here, or not any more");
}

function noPerson(): PlanciaError {
  return new PlanciaError("request/not-found", "There is no such person");
}

function forbidden(): PlanciaError {
  return new PlanciaError("auth/forbidden", "Not in your role");
}
