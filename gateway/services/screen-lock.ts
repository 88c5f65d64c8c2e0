import type { LoginBackOff, Passwords } from "../core/access/credentials-port.ts";
import type { Caller } from "../core/access/policy.ts";
import type { Clock, Timers } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { PeopleStore, SignInChange } from "../core/records-port.ts";
import { unawaited } from "../kit/guarded-timers.ts";
import { RecentTable } from "../kit/recent-table.ts";
import { type FactorCheck, type Shown, slowDown } from "./factor-check.ts";
import type { KnownCallers } from "./known-callers.ts";

/** The lock of a screen, kept by the gateway for each sign-in: a page can neither forget nor hide it. */
export interface ScreenLocks {
  /** A person did something at this sign-in. Never throws. */
  acted(caller: Caller): void;
  /** In force at once; when it resolves, over a restart too. Never rejects. */
  lock(caller: Caller): Promise<void>;
  /** By password or by the second factor. @throws PlanciaError auth/failed, auth/code-wrong, auth/slow-down. */
  unlock(caller: Caller, by: Unlocking): Promise<Caller>;
}

export interface Unlocking {
  readonly password?: string | undefined;
  readonly shown?: Shown | undefined;
}

export interface ScreenLockSettings {
  readonly people: Pick<PeopleStore, "findUser" | "updateSignIn">;
  readonly known: KnownCallers;
  readonly passwords: Pick<Passwords, "verify">;
  readonly backOff: LoginBackOff;
  readonly check: FactorCheck;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

const lookEveryMs = 1_000;
/** A sign of a person is written down this often at most, for a restart, ms. */
const writeEveryMs = 60_000;
const mostSignIns = 10_000;

export class ScreenLockDesk implements ScreenLocks {
  readonly #with: ScreenLockSettings;
  readonly #written = new RecentTable<true>(mostSignIns, writeEveryMs);
  #cancel: (() => void) | undefined;

  constructor(settings: ScreenLockSettings) {
    this.#with = settings;
  }

  start(): void {
    this.#cancel = this.#with.timers.every(lookEveryMs, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
  }

  acted({ signInId, locked }: Caller): void {
    const { known, clock } = this.#with;
    if (locked || !known.find(signInId)) return;
    known.touch(signInId);
    const nowMs = clock.monotonicMs();
    if (this.#written.get(signInId, nowMs)) return;
    this.#written.set(signInId, true, nowMs);
    void this.#write(signInId, { activeAt: clock.wallMs() });
  }

  async lock(caller: Caller): Promise<void> {
    await this.#lock(caller, "by hand");
  }

  async unlock(caller: Caller, by: Unlocking): Promise<Caller> {
    const { known, people, check, clock } = this.#with;
    const how =
      by.shown === undefined ? await this.#password(caller, by.password ?? "") : await this.#factor(caller, by.shown);
    const change = { lockedAt: undefined, activeAt: clock.wallMs() };
    await people.updateSignIn(caller.signInId, change);
    const unlocked = known.mark(caller.signInId, "unlocked", change);
    if (!unlocked) throw new PlanciaError("auth/required", "Sign in again");
    check.note("screen.unlocked", caller.name, caller.address, "done", { by: how });
    return { ...unlocked.caller, address: caller.address };
  }

  async #password({ userId, name, address }: Caller, password: string): Promise<"password"> {
    const { backOff, people, passwords, check } = this.#with;
    const waitS = backOff.attempt(name, address);
    if (waitS !== undefined) throw slowDown(waitS);
    const user = await people.findUser(userId);
    if (!(await passwords.verify(password, user?.passwordHash)).ok) {
      check.note("screen.unlock-failed", name, address, "refused");
      throw new PlanciaError("auth/failed", "The password is wrong");
    }
    // Not more: a password alone must not clear the way for guesses at the second factor.
    backOff.takeBack(name, address);
    return "password";
  }

  async #factor(caller: Caller, shown: Shown) {
    const user = await this.#with.people.findUser(caller.userId);
    if (!user) throw new PlanciaError("auth/required", "Sign in again");
    return this.#with.check.assert(user, shown, caller.address);
  }

  #look(): void {
    for (const { caller } of this.#with.known.dueToLock())
      unawaited(this.#lock(caller, "nobody was there"), this.#with.log, "a screen could not be locked");
  }

  /** In force at once, also where the store cannot be written; over a restart once it resolves. */
  async #lock({ signInId, name, address, locked }: Caller, why: string): Promise<void> {
    const { known, clock, check } = this.#with;
    if (locked) return;
    const lockedAt = clock.wallMs();
    known.mark(signInId, "locked", { lockedAt });
    check.note("screen.locked", name, address, "done", { why });
    await this.#write(signInId, { lockedAt });
  }

  /** Never rejects. */
  async #write(signInId: string, change: SignInChange): Promise<void> {
    try {
      await this.#with.people.updateSignIn(signInId, change);
    } catch (error) {
      this.#with.log.warn({ err: error }, "the lock of a screen is not written down; it holds until a restart");
    }
  }
}
