import type { Secrets } from "../core/access/credentials-port.ts";
import type { Caller } from "../core/access/policy.ts";
import { PlanciaError } from "../core/errors.ts";
import type { PasskeyAnswer, PasskeyOptions, PasskeyRecord, PasskeyStore } from "../core/passkey-port.ts";
import type { UserRecord } from "../core/records-port.ts";
import type { FactorStore } from "../core/second-factor-port.ts";
import type { FactorCheck } from "./factor-check.ts";
import { type FactorOwner, newRecoveryCodes } from "./factor-owner.ts";
import type { KnownCallers } from "./known-callers.ts";
import type { PasskeyCheck } from "./passkey-check.ts";
import { actorOf, onRecord, type PeopleSettings } from "./people.ts";

/** What a passkey may be asked for at an open sign-in. */
export type PasskeyUse = "step-up" | "unlock";

/** One's own passkeys. */
export interface Passkeys {
  list(caller: Caller): Promise<readonly PasskeyRecord[]>;
  /** Why there can be none at this gateway's address; undefined: there can. */
  refused(): { readonly rule: string; readonly why: string } | undefined;
  /**
   * @param password where there is no second factor yet; who has one gives it freshly instead.
   * @throws PlanciaError auth/failed, auth/slow-down, auth/step-up-required, auth/passkeys-unavailable, request/conflict.
   */
  begin(caller: Caller, password?: string): Promise<PasskeyOptions>;
  /**
   * Recovery codes, once, where it is the first second factor; else none.
   * @throws PlanciaError auth/passkey-wrong, auth/step-up-required, request/conflict, store/unavailable.
   */
  add(caller: Caller, name: string, answer: PasskeyAnswer): Promise<readonly string[]>;
  /** @throws PlanciaError auth/step-up-required, request/not-found, request/conflict for the only second factor. */
  remove(caller: Caller, id: string): Promise<void>;
  /** @throws PlanciaError request/not-found, auth/passkeys-unavailable. */
  ask(caller: Caller, use: PasskeyUse): Promise<PasskeyOptions>;
}

export interface PasskeySettings extends Pick<PeopleSettings, "people" | "audit" | "clock" | "changed"> {
  readonly passkeys: PasskeyStore;
  readonly factors: Pick<FactorStore, "find">;
  readonly questions: PasskeyCheck;
  readonly check: FactorCheck;
  readonly owner: FactorOwner;
  readonly known: KnownCallers;
  readonly secrets: Pick<Secrets, "hash" | "recoveryCode">;
}

export class PasskeyDesk implements Passkeys {
  readonly #with: PasskeySettings;

  constructor(settings: PasskeySettings) {
    this.#with = settings;
  }

  list({ userId }: Caller): Promise<readonly PasskeyRecord[]> {
    return this.#with.passkeys.list(userId);
  }

  refused() {
    const { place } = this.#with.questions;
    return place.ok ? undefined : { rule: place.rule, why: place.why };
  }

  async begin(caller: Caller, password?: string): Promise<PasskeyOptions> {
    const { owner, questions } = this.#with;
    questions.site();
    const user = await owner.person(caller);
    if (user.factorSince !== undefined) owner.assertFresh(caller);
    else await owner.assertPassword(caller, user, password);
    return questions.askNew(user, enrolling(caller));
  }

  async add(caller: Caller, name: string, answer: PasskeyAnswer): Promise<readonly string[]> {
    const { owner, questions, check, clock, passkeys, people, known, secrets } = this.#with;
    const user = await owner.person(caller);
    // It was allowed when it began; another factor may have come between.
    if (user.factorSince !== undefined) owner.assertFresh(caller);
    const made = await questions.created(answer, enrolling(caller));
    if (made === undefined) {
      check.note("passkey.refused", user.name, caller.address, "refused");
      throw new PlanciaError("auth/passkey-wrong", "The passkey does not hold, or it took too long; begin again");
    }
    const codes = user.factorSince === undefined ? newRecoveryCodes(secrets) : undefined;
    const passkey = { ...made, userId: user.id, name, createdAt: clock.wallMs(), usedAt: undefined };
    await this.#onRecord(caller, "passkey.added", user, name, async () => {
      if (!(await passkeys.add(passkey, codes?.hashes)))
        throw new PlanciaError("request/conflict", "This passkey is known already");
      await people.updateSignIn(caller.signInId, { secondFactor: true });
    });
    known.mark(caller.signInId, "fresh", { secondFactor: true });
    return codes?.shown ?? [];
  }

  async remove(caller: Caller, id: string): Promise<void> {
    const { owner, passkeys, factors } = this.#with;
    const user = await owner.person(caller);
    const have = await passkeys.list(user.id);
    const passkey = have.find((each) => each.id === id);
    if (passkey === undefined) throw new PlanciaError("request/not-found", "There is no such passkey");
    owner.assertFresh(caller);
    const onlyOne = () =>
      new PlanciaError("request/conflict", "It is the only second factor; set up another one first");
    if (have.length === 1 && (await factors.find(user.id)) === undefined) throw onlyOne();
    await this.#onRecord(caller, "passkey.removed", user, passkey.name, async () => {
      if (!(await passkeys.remove(user.id, id))) throw onlyOne();
    });
  }

  async ask(caller: Caller, use: PasskeyUse): Promise<PasskeyOptions> {
    const { owner, questions } = this.#with;
    return questions.ask(await owner.person(caller), passkeyQuestion(caller, use));
  }

  #onRecord(caller: Caller, action: string, { name: target }: UserRecord, name: string, work: () => Promise<void>) {
    return onRecord(this.#with, actorOf(caller), { action, target, detail: { passkey: name } }, work);
  }
}

/** One question of each use at each sign-in. */
export function passkeyQuestion({ signInId }: Pick<Caller, "signInId">, use: PasskeyUse): string {
  return `${use} at ${signInId}`;
}

function enrolling({ signInId }: Caller): string {
  return `new at ${signInId}`;
}
