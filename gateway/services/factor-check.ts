import type { LoginBackOff, OneTimeCodes, Seals, Secrets } from "../core/access/credentials-port.ts";
import { typedCode } from "../core/access/second-factor.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { UserRecord } from "../core/records-port.ts";
import type { FactorRecord, FactorStore } from "../core/second-factor-port.ts";
import { type AuditDesk, auditEntry } from "./audit.ts";
import type { PasskeyCheck, ShownPasskey } from "./passkey-check.ts";

export interface FactorCheckSettings {
  readonly factors: FactorStore;
  readonly passkeys: Pick<PasskeyCheck, "prove">;
  readonly codes: OneTimeCodes;
  readonly seals: Seals;
  readonly secrets: Pick<Secrets, "hash">;
  readonly backOff: LoginBackOff;
  readonly audit: Pick<AuditDesk, "note">;
  readonly clock: Clock;
  readonly log: Log;
}

/** How a second factor was shown. */
export type Proof = "code" | "recovery-code" | "passkey";

/** What somebody shows: a typed code, or the answer of an authenticator. */
export type Shown = string | ShownPasskey;

/** Whether somebody shows their second factor: a code of the authenticator, a recovery code, or a passkey, each once. */
export class FactorCheck {
  readonly #with: FactorCheckSettings;

  constructor(settings: FactorCheckSettings) {
    this.#with = settings;
  }

  /**
   * After the right password. undefined: not the second factor of this person.
   * @throws PlanciaError auth/slow-down.
   */
  async prove(user: UserRecord, shown: Shown, address: string): Promise<Proof | undefined> {
    if (typeof shown !== "string")
      return (await this.#with.passkeys.prove(user, shown, address)) ? "passkey" : undefined;
    const waitS = this.#with.backOff.attemptCode(user.name);
    if (waitS !== undefined) throw slowDown(waitS);
    const given = typedCode(shown);
    if (given === undefined || user.factorSince === undefined) return undefined;
    if (given.kind === "totp") {
      const factor = await this.#with.factors.find(user.id);
      return factor && (await this.#isCode(factor, given.code)) ? "code" : undefined;
    }
    return (await this.#isRecovery(user, given.code, address)) ? "recovery-code" : undefined;
  }

  /**
   * At a sign-in that is open already, with the whole back-off of a log-in.
   * @throws PlanciaError auth/slow-down, auth/code-wrong, auth/factor-required where there is none to be shown.
   */
  async assert(user: UserRecord, shown: Shown, address: string): Promise<Proof> {
    const { backOff } = this.#with;
    if (user.factorSince === undefined)
      throw new PlanciaError("auth/factor-required", "There is no second factor yet; set one up first");
    const passkey = typeof shown !== "string";
    // A signature over our own question cannot be guessed: only codes are counted.
    const waitS = passkey ? undefined : backOff.attempt(user.name, address);
    if (waitS !== undefined) throw slowDown(waitS);
    const proof = await this.prove(user, shown, address);
    if (proof === undefined) {
      this.note("sign-in.code-wrong", user.name, address, "refused", passkey ? { by: "passkey" } : {});
      if (passkey) throw new PlanciaError("auth/passkey-wrong", "The passkey does not hold, or it took too long");
      throw new PlanciaError("auth/code-wrong", "The code is not right, or was used already; wait for the next one");
    }
    if (!passkey) backOff.succeeded(user.name, address);
    return proof;
  }

  note(action: string, who: string, address: string, result: string, detail = {}): void {
    const { audit, clock } = this.#with;
    audit.note(auditEntry({ at: clock.wallMs(), class: "sign-in", action, who, address, result, detail }));
  }

  /** RFC 6238 §5.2: a code is good once, and none before it either. */
  async #isCode({ userId, sealed, lastStep }: FactorRecord, code: string): Promise<boolean> {
    const { seals, codes, factors, clock, log } = this.#with;
    const secret = seals.open(sealed, boundTo(userId));
    if (secret === undefined) {
      log.warn({ userId }, "a second factor was sealed by another key file; recovery codes work, or user reset-factor");
      return false;
    }
    const step = codes.stepOf(secret, code, clock.wallMs());
    return step !== undefined && step > lastStep && factors.useStep(userId, step);
  }

  async #isRecovery(user: UserRecord, code: string, address: string): Promise<boolean> {
    const left = await this.#with.factors.useRecoveryCode(user.id, recoveryHash(this.#with.secrets, code));
    if (left === undefined) return false;
    this.note("factor.recovery-code-used", user.name, address, "done", { left });
    return true;
  }
}

/** 80 random bits need no slow hash; the prefix keeps it apart from every other hash. */
export function recoveryHash(secrets: Pick<Secrets, "hash">, code: string): string {
  return secrets.hash(`recovery ${code.replaceAll("-", "")}`);
}

/** What a sealed secret belongs to. */
export function boundTo(userId: string): string {
  return `second factor of ${userId}`;
}

export function slowDown(waitS: number): PlanciaError {
  return new PlanciaError("auth/slow-down", `Try again in ${waitS} s`, { retryAfterS: waitS });
}
