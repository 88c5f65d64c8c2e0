import type { LoginBackOff, Passwords, Secrets } from "../core/access/credentials-port.ts";
import type { Caller } from "../core/access/policy.ts";
import { factorFreshForMs, factorIsFresh, recoveryCodeCount } from "../core/access/second-factor.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { PeopleStore, UserRecord } from "../core/records-port.ts";
import { type FactorCheck, recoveryHash, slowDown } from "./factor-check.ts";
import type { KnownCallers } from "./known-callers.ts";

export interface FactorOwnerSettings {
  readonly people: Pick<PeopleStore, "findUser">;
  readonly known: KnownCallers;
  readonly passwords: Pick<Passwords, "verify">;
  readonly backOff: LoginBackOff;
  readonly check: FactorCheck;
  readonly clock: Clock;
}

/** Whether somebody may change their own second factors. */
export class FactorOwner {
  readonly #with: FactorOwnerSettings;

  constructor(settings: FactorOwnerSettings) {
    this.#with = settings;
  }

  /** @throws PlanciaError auth/failed, auth/slow-down. */
  async assertPassword(caller: Caller, user: UserRecord, password: string | undefined): Promise<void> {
    const { backOff, passwords, check } = this.#with;
    const waitS = backOff.attempt(user.name, caller.address);
    if (waitS !== undefined) throw slowDown(waitS);
    const shown = this.#justSignedIn(caller, user) || (await passwords.verify(password ?? "", user.passwordHash)).ok;
    if (!shown) {
      check.note("factor.refused", user.name, caller.address, "refused", { why: "wrong password" });
      throw new PlanciaError("auth/failed", "The password is wrong");
    }
    backOff.takeBack(user.name, caller.address);
  }

  /** Whatever the configuration asks for: who has a factor changes it with it. @throws PlanciaError auth/step-up-required. */
  assertFresh(caller: Caller): void {
    const today = this.#with.known.today(caller);
    if (today && factorIsFresh(today, this.#with.clock.monotonicMs())) return;
    throw new PlanciaError("auth/step-up-required", "Give the second factor again, then repeat");
  }

  /** @throws PlanciaError auth/required. */
  async person({ userId }: Caller): Promise<UserRecord> {
    const user = await this.#with.people.findUser(userId);
    if (user === undefined) throw new PlanciaError("auth/required", "Sign in again");
    return user;
  }

  /** Who has no password here has shown who they are at their provider, if that was a moment ago. */
  #justSignedIn({ signInId }: Caller, { passwordHash }: UserRecord): boolean {
    const signIn = this.#with.known.find(signInId)?.signIn;
    if (passwordHash !== undefined || signIn?.provider === undefined) return false;
    const ageMs = this.#with.clock.wallMs() - signIn.createdAt;
    return ageMs >= 0 && ageMs < factorFreshForMs;
  }
}

/** Shown once, and what is kept of them. */
export function newRecoveryCodes(secrets: Pick<Secrets, "hash" | "recoveryCode">): {
  readonly shown: readonly string[];
  readonly hashes: readonly string[];
} {
  const shown = Array.from({ length: recoveryCodeCount }, () => secrets.recoveryCode());
  return { shown, hashes: shown.map((code) => recoveryHash(secrets, code)) };
}
