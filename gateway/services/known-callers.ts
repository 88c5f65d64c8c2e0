import type { Caller } from "../core/access/policy.ts";
import type { Clock, Timers } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { SignInLimits } from "../core/plant.ts";
import type { AccessSnapshot, PeopleStore, SignInRecord, UserRecord } from "../core/records-port.ts";
import { type KnownProgram, KnownPrograms } from "./access/known-programs.ts";
import { type RightsOfNow, RightsTable, type SiteOfRights } from "./access/rights-table.ts";
import { signInEndsAt } from "./sign-in-limits.ts";
import { type SignInState, SignInStates } from "./sign-in-states.ts";

/** How often the store is asked whether anybody's rights changed, also by another process, ms (S3: 1 s at most). */
export const pollEveryMs = 500;
/** So long today's rights may be believed while the store cannot be read; then all but stop is refused (F38), ms. */
export const blindForAtMostMs = 60_000;

/** A sign-in with today's rights. */
export interface Known {
  readonly signIn: SignInRecord;
  readonly user: UserRecord;
  readonly caller: Caller;
  readonly stopCaller: Caller;
}

export interface KnownCallersSettings {
  readonly people: PeopleStore;
  readonly limits: SignInLimits;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly site: SiteOfRights;
}

/**
 * Everybody who is signed in, in memory: asking who somebody is costs a look into a Map, and the stop
 * path needs no store. The store stays the truth: a poll notices every change, whoever made it.
 */
export class KnownCallers {
  readonly #settings: KnownCallersSettings;
  readonly #listeners = new Set<() => void>();
  readonly #states: SignInStates;
  readonly #rights: RightsTable;
  readonly #programs: KnownPrograms;
  #users = new Map<string, UserRecord>();
  #known = new Map<string, Known>();
  #byStop = new Map<string, string>();
  #revision = Number.NaN;
  #seenAtMs = Number.NEGATIVE_INFINITY;
  #last: Promise<void> = Promise.resolve();
  #checks = 0;
  #untold = false;
  #cancel: (() => void) | undefined;

  constructor(settings: KnownCallersSettings) {
    this.#settings = settings;
    this.#states = new SignInStates(settings.clock, settings.limits);
    this.#rights = new RightsTable(settings.site, settings.clock);
    this.#programs = new KnownPrograms(this.#rights);
  }

  /** Loads everything and begins to poll. @throws PlanciaError store/unavailable. */
  async start(): Promise<void> {
    await this.reload();
    this.#cancel = this.#settings.timers.every(pollEveryMs, () => this.#poll());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Reads everything anew at once and tells the listeners. @throws PlanciaError store/unavailable. */
  async reload(): Promise<void> {
    this.#apply(await this.#settings.people.access(this.#settings.clock.wallMs()));
    this.tell();
  }

  /** Looks now whether anything changed, as the poll does. Never rejects: what goes wrong is logged. */
  refresh(): Promise<void> {
    this.#checks++;
    this.#last = this.#last.then(() => this.#check());
    return this.#last;
  }

  /** @throws PlanciaError store/unavailable when the store could not be read for too long. */
  assertCurrent(): void {
    if (this.#settings.clock.monotonicMs() - this.#seenAtMs <= blindForAtMostMs) return;
    throw new PlanciaError("store/unavailable", "It cannot be checked who may do what", { retryAfterS: 5 });
  }

  /** The sign-in, unless it or its user has ended. */
  find(signInId: string): Known | undefined {
    if (this.#rights.isPastEdge()) this.#derive();
    const known = this.#known.get(signInId);
    const { clock, limits } = this.#settings;
    return known !== undefined && clock.wallMs() < signInEndsAt(known.signIn, limits) ? known : undefined;
  }

  /** The program of a token, unless the token or its owner has ended. */
  findProgram(tokenId: string): KnownProgram | undefined {
    if (this.#rights.isPastEdge()) this.#derive();
    return this.#programs.find(tokenId, this.#settings.clock.wallMs());
  }

  /** A caller with today's rights, seen from where it was; undefined: the sign-in, the token or its user has ended. */
  today(caller: Caller): Caller | undefined {
    if (caller.token) {
      const program = this.findProgram(caller.token.id);
      return program && { ...program.caller, address: caller.address };
    }
    const known = this.find(caller.signInId);
    if (known === undefined) return undefined;
    const { address } = caller;
    return { ...(caller.scope === "stop" ? known.stopCaller : known.caller), address };
  }

  findByStop(stopHash: string): Known | undefined {
    const id = this.#byStop.get(stopHash);
    return id === undefined ? undefined : this.find(id);
  }

  /** Whether somebody can sign in today: neither the account nor its organisation is suspended. */
  mayEnter(user: UserRecord): boolean {
    return !this.#rights.subjectOf(user).disabled;
  }

  /** Somebody who can sign in, with today's role. */
  person(userId: string): UserRecord | undefined {
    const user = this.#users.get(userId);
    return user !== undefined && this.mayEnter(user) ? user : undefined;
  }

  /** Whether somebody can sign in and is within the times of what comes with the account. */
  ownInForce(userId: string): boolean {
    const user = this.#users.get(userId);
    return user !== undefined && this.#rights.ownInForce(user);
  }

  hasAdministrator(): boolean {
    return [...this.#users.values()].some((user) => user.role === "administrator" && !user.disabled);
  }

  /** Takes in a sign-in just made or renewed here, without waiting for the poll. */
  put(signIn: SignInRecord, user: UserRecord): Known | undefined {
    this.drop(signIn.id);
    this.#users.set(user.id, user);
    const rights = this.#rights.of(user);
    if (rights === undefined) return undefined;
    const known = knownOf(signIn, user, rights, this.#states.of(signIn));
    this.#known.set(signIn.id, known);
    this.#byStop.set(signIn.stopHash, signIn.id);
    return known;
  }

  /** A sign of a person at this sign-in. */
  touch(signInId: string): void {
    const known = this.find(signInId);
    if (known) this.#states.touch(known.signIn);
  }

  /** Its screen is locked or unlocked, its second factor was given: the callers of it change at once. */
  mark(signInId: string, what: "locked" | "unlocked" | "fresh", change: Partial<SignInRecord>): Known | undefined {
    const known = this.find(signInId);
    if (!known) return undefined;
    if (what === "locked") this.#states.lock(known.signIn);
    else if (what === "unlocked") this.#states.unlock(known.signIn);
    else this.#states.freshen(known.signIn);
    const now = this.put({ ...known.signIn, ...change }, known.user);
    this.tell();
    return now;
  }

  /** Whose screens have shown no person for too long. */
  dueToLock(): readonly Known[] {
    return [...this.#known.values()].filter(({ signIn }) => this.#states.isDue(signIn));
  }

  /** Forgets a sign-in that ended here. */
  drop(signInId: string): void {
    const known = this.#known.get(signInId);
    if (known === undefined) return;
    this.#known.delete(signInId);
    this.#byStop.delete(known.signIn.stopHash);
  }

  /** Returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #poll(): void {
    if (this.#checks === 0) void this.refresh();
  }

  async #check(): Promise<void> {
    try {
      const revision = await this.#settings.people.revision();
      if (revision !== this.#revision) await this.reload();
      else if (this.#rights.isPastEdge()) this.#derive();
      if (this.#untold) this.tell();
      this.#seenAtMs = this.#settings.clock.monotonicMs();
    } catch (error) {
      this.#settings.log.warn({ err: error }, "cannot check whether anybody's rights changed");
    } finally {
      this.#checks--;
    }
  }

  #apply(snapshot: AccessSnapshot): void {
    this.#users = new Map(snapshot.users.map((user) => [user.id, user]));
    this.#rights.take(snapshot);
    this.#programs.take(snapshot.tokens, this.#users);
    this.#putAll(snapshot.signIns);
    this.#revision = snapshot.revision;
    this.#seenAtMs = this.#settings.clock.monotonicMs();
  }

  /** The hours of a grant began or ended: everybody's rights are worked out anew, and told at the next poll. */
  #derive(): void {
    this.#rights.begin();
    this.#programs.derive(this.#users);
    this.#putAll([...this.#known.values()].map(({ signIn }) => signIn));
    this.#untold = true;
  }

  #putAll(signIns: readonly SignInRecord[]): void {
    this.#known = new Map();
    this.#byStop = new Map();
    for (const signIn of signIns) {
      const user = this.#users.get(signIn.userId);
      if (user !== undefined) this.put(signIn, user);
    }
  }

  /** Calls every listener; what one throws is logged and stops no other. */
  tell(): void {
    this.#untold = false;
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        this.#settings.log.error({ err: error }, "a listener to changes of rights failed");
      }
    }
  }
}

function knownOf(signIn: SignInRecord, user: UserRecord, rights: RightsOfNow, state: SignInState): Known {
  const caller: Caller = {
    userId: user.id,
    name: user.name,
    role: user.role,
    equipment: user.equipment,
    ...rights,
    ...(user.organisation === undefined ? {} : { organisation: user.organisation }),
    ...(user.leads ? { leads: true } : {}),
    signInId: signIn.id,
    secondFactor: signIn.secondFactor,
    ...(state.factorFreshUntilMs === undefined ? {} : { factorFreshUntilMs: state.factorFreshUntilMs }),
    ...(state.locked ? { locked: true } : {}),
    scope: "full",
    address: signIn.address,
  };
  return { signIn, user, caller, stopCaller: { ...caller, scope: "stop" } };
}
