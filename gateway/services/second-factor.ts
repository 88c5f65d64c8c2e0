import type { OneTimeCodes, Seals, Secrets } from "../core/access/credentials-port.ts";
import { allows, type Caller } from "../core/access/policy.ts";
import { typedCode } from "../core/access/second-factor.ts";
import { PlanciaError } from "../core/errors.ts";
import type { UserRecord } from "../core/records-port.ts";
import type { FactorStore } from "../core/second-factor-port.ts";
import { RecentTable } from "../kit/recent-table.ts";
import { boundTo, type FactorCheck, type Shown } from "./factor-check.ts";
import type { FactorGate } from "./factor-gate.ts";
import { type FactorOwner, newRecoveryCodes } from "./factor-owner.ts";
import type { KnownCallers } from "./known-callers.ts";
import { type Actor, actorOf, onRecord, type PeopleSettings, type TokensOfPeople, tokensToEnd } from "./people.ts";

/** Between the picture and its first code, ms. */
export const enrolmentHoldsMs = 10 * 60_000;
const mostEnrolments = 1_000;

export interface Enrolment {
  /** Base32, for typing. */
  readonly secret: string;
  readonly uri: string;
}

export interface FactorStanding {
  readonly since: number | undefined;
  readonly recoveryCodesLeft: number;
}

/** One's own second factor, and taking away somebody else's. */
export interface SecondFactors {
  status(caller: Caller): Promise<FactorStanding>;
  /** Shows a new secret once. @throws PlanciaError auth/failed, auth/slow-down, auth/step-up-required where one is replaced. */
  begin(caller: Caller, password?: string): Promise<Enrolment>;
  /** The first code makes it count; gives the recovery codes, once. @throws PlanciaError auth/code-wrong, request/conflict, store/unavailable. */
  confirm(caller: Caller, code: string): Promise<readonly string[]>;
  /** Ten new ones; the old are worth nothing. @throws PlanciaError auth/factor-required, auth/step-up-required. */
  renewRecoveryCodes(caller: Caller): Promise<readonly string[]>;
  /** Marks the sign-in as fresh. @throws PlanciaError auth/code-wrong, auth/passkey-wrong, auth/slow-down, auth/factor-required. */
  stepUp(caller: Caller, shown: Shown): Promise<Caller>;
  /** By another administrator. @throws PlanciaError auth/forbidden, auth/step-up-required, request/not-found. */
  reset(caller: Caller, userId: string): Promise<void>;
}

export interface SecondFactorSettings extends Pick<PeopleSettings, "people" | "audit" | "clock" | "changed"> {
  readonly organisations: TokensOfPeople;
  readonly factors: FactorStore;
  readonly check: FactorCheck;
  readonly gate: FactorGate;
  readonly known: KnownCallers;
  readonly owner: FactorOwner;
  readonly codes: OneTimeCodes;
  readonly seals: Seals;
  readonly secrets: Pick<Secrets, "hash" | "recoveryCode">;
}

export class SecondFactorDesk implements SecondFactors {
  readonly #with: SecondFactorSettings;
  /** Secrets that were shown and not confirmed, by sign-in: in memory alone. */
  readonly #begun = new RecentTable<string>(mostEnrolments, enrolmentHoldsMs);

  constructor(settings: SecondFactorSettings) {
    this.#with = settings;
  }

  async status(caller: Caller): Promise<FactorStanding> {
    const [user, recoveryCodesLeft] = await Promise.all([
      this.#with.owner.person(caller),
      this.#with.factors.recoveryCodesLeft(caller.userId),
    ]);
    return { since: user.factorSince, recoveryCodesLeft };
  }

  async begin(caller: Caller, password?: string): Promise<Enrolment> {
    const { codes, clock, owner } = this.#with;
    const user = await owner.person(caller);
    await owner.assertPassword(caller, user, password);
    if (user.factorSince !== undefined) owner.assertFresh(caller);
    const secret = codes.newSecret();
    this.#begun.set(caller.signInId, secret, clock.monotonicMs());
    return { secret, uri: codes.uri(secret, user.name) };
  }

  async confirm(caller: Caller, typed: string): Promise<readonly string[]> {
    const { codes, clock, factors, seals, people } = this.#with;
    const secret = this.#begun.get(caller.signInId, clock.monotonicMs());
    if (secret === undefined) throw new PlanciaError("request/conflict", "It took too long; begin again");
    const given = typedCode(typed);
    const step = given?.kind === "totp" ? codes.stepOf(secret, given.code, clock.wallMs()) : undefined;
    if (step === undefined)
      throw new PlanciaError("auth/code-wrong", "The code is not right; look at the clock of the authenticator");
    const user = await this.#with.owner.person(caller);
    // Replacing was allowed when it began; a lock or another hand may have come between.
    if (user.factorSince !== undefined) this.#with.owner.assertFresh(caller);
    const { shown, hashes } = newRecoveryCodes(this.#with.secrets);
    const factor = {
      userId: user.id,
      sealed: seals.seal(secret, boundTo(user.id)),
      confirmedAt: clock.wallMs(),
      lastStep: step,
    };
    await this.#onRecord(caller, "factor.enrolled", user, { replaced: user.factorSince !== undefined }, async () => {
      await factors.put(factor, hashes);
      await people.updateSignIn(caller.signInId, { secondFactor: true });
      if (user.factorSince !== undefined) await people.endSignInsOf(user.id, caller.signInId);
    });
    this.#begun.delete(caller.signInId);
    this.#with.known.mark(caller.signInId, "fresh", { secondFactor: true });
    return shown;
  }

  async renewRecoveryCodes(caller: Caller): Promise<readonly string[]> {
    const user = await this.#with.owner.person(caller);
    if (user.factorSince === undefined) throw new PlanciaError("auth/factor-required", "There is no second factor yet");
    this.#with.owner.assertFresh(caller);
    const { shown, hashes } = newRecoveryCodes(this.#with.secrets);
    await this.#onRecord(caller, "factor.recovery-codes-renewed", user, {}, () =>
      this.#with.factors.putRecoveryCodes(user.id, hashes),
    );
    return shown;
  }

  async stepUp(caller: Caller, shown: Shown): Promise<Caller> {
    const { check, people, known } = this.#with;
    const proof = await check.assert(await this.#with.owner.person(caller), shown, caller.address);
    await people.updateSignIn(caller.signInId, { secondFactor: true });
    const now = known.mark(caller.signInId, "fresh", { secondFactor: true });
    if (!now) throw new PlanciaError("auth/required", "Sign in again");
    check.note("sign-in.stepped-up", caller.name, caller.address, "done", { by: proof });
    return { ...now.caller, address: caller.address };
  }

  async reset(caller: Caller, userId: string): Promise<void> {
    if (!allows(caller, "people:manage")) throw new PlanciaError("auth/forbidden", "Only administrators manage people");
    if (userId === caller.userId) throw new PlanciaError("auth/forbidden", "Another administrator resets yours");
    this.#with.gate.assertFresh(caller, "factor.reset");
    await resetFactor(this.#with, actorOf(caller), await this.#with.people.findUser(userId));
  }

  #onRecord(caller: Caller, action: string, { name: target }: UserRecord, detail: object, work: () => Promise<void>) {
    return onRecord(this.#with, actorOf(caller), { action, target, detail: { ...detail } }, work);
  }
}

/** Takes a second factor away and ends every sign-in of that person, and every token of their programs. @throws PlanciaError request/not-found, store/unavailable. */
export async function resetFactor(
  settings: Pick<PeopleSettings, "people" | "audit" | "clock" | "changed"> & {
    readonly factors: FactorStore;
    readonly organisations: TokensOfPeople;
  },
  actor: Actor,
  user: UserRecord | undefined,
): Promise<void> {
  if (user === undefined) throw new PlanciaError("request/not-found", "There is no such user");
  if (user.factorSince === undefined) throw new PlanciaError("request/not-found", `${user.name} has no second factor`);
  const detail = { ...(await tokensToEnd(settings, user.id)) };
  await onRecord(settings, actor, { action: "factor.reset", target: user.name, detail }, async () => {
    await settings.organisations.revokeTokensOf(user.id, settings.clock.wallMs());
    await settings.factors.remove(user.id);
    await settings.people.endSignInsOf(user.id);
  });
}
