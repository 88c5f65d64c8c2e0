import { NoAnswer, Refusal } from "../api/client.ts";
import type { FactorSecret, PasskeyOptions, RecoveryCodes } from "../api/wire.ts";
import { say, type WordKey } from "../i18n/language.svelte.ts";
import { makePasskey, NoPasskey } from "./passkeys.ts";
import { session } from "./session.svelte.ts";

export type FactorPhase =
  | { readonly kind: "password" }
  | { readonly kind: "code"; readonly secret: FactorSecret }
  | { readonly kind: "codes"; readonly codes: readonly string[] };

const known: ReadonlyMap<string, WordKey> = new Map([
  ["auth/failed", "factor.password-wrong"],
  ["auth/code-wrong", "factor.code-wrong"],
  ["auth/factor-required", "factor.needs-set-up"],
  ["auth/step-up-required", "factor.needs-code"],
  ["auth/locked", "lock.refused"],
  ["request/conflict", "factor.too-late"],
  ["auth/passkey-wrong", "passkey.wrong"],
  ["auth/passkeys-unavailable", "passkey.no-name"],
  ["request/not-found", "passkey.no-passkey"],
]);

/** A refusal about one's own sign-in, in the reader's language. */
export function factorWords(error: unknown): string {
  if (error instanceof NoPasskey) return say.t("passkey.given-up");
  if (error instanceof NoAnswer) return say.t("signin.no-answer");
  if (!(error instanceof Refusal)) throw error;
  const { code, title } = error.problem;
  if (code === "auth/slow-down") return say.t("signin.slow-down", { seconds: error.retryAfterS ?? 30 });
  const late = code === "auth/failed" && session.user?.factor.passwordless === true;
  const word = late ? "provider.factor-late" : known.get(code);
  return word ? say.t(word) : `${title} (${code})`;
}

/** Setting a second factor up: password, secret and first code, recovery codes. Secrets live as long as this does. */
export class FactorDesk {
  phase = $state.raw<FactorPhase>({ kind: "password" });
  busy = $state(false);
  problem = $state<string | undefined>(undefined);

  begin(password?: string): Promise<void> {
    return this.#ask(async () => {
      const body = password === undefined ? {} : { password };
      this.phase = { kind: "code", secret: await session.call<FactorSecret>("/auth/factor", { method: "POST", body }) };
    });
  }

  activate(otp: string): Promise<void> {
    return this.#ask(async () => {
      const answer = await session.call<RecoveryCodes>("/auth/factor/activate", { method: "POST", body: { otp } });
      this.phase = { kind: "codes", codes: answer.recoveryCodes };
      if (session.user)
        session.adopt({ ...session.user, secondFactor: true, factor: { ...session.user.factor, enrolled: true } });
    });
  }

  renewCodes(): Promise<void> {
    return this.#ask(async () => {
      const answer = await session.call<RecoveryCodes>("/auth/factor/recovery-codes", { method: "POST" });
      this.phase = { kind: "codes", codes: answer.recoveryCodes };
    });
  }

  addPasskey(name: string, password?: string): Promise<void> {
    return this.#ask(async () => {
      const body = password === undefined ? {} : { password };
      const options = await session.call<PasskeyOptions>("/auth/passkeys/begin", { method: "POST", body });
      const answer = await makePasskey(options);
      const added = await session.call<RecoveryCodes>("/auth/passkeys", { method: "POST", body: { name, answer } });
      if (added.recoveryCodes.length > 0) this.phase = { kind: "codes", codes: added.recoveryCodes };
      if (session.user)
        session.adopt({ ...session.user, secondFactor: true, factor: { ...session.user.factor, enrolled: true } });
    }, "passkey.conflict");
  }

  removePasskey(id: string): Promise<void> {
    return this.#ask(async () => {
      await session.call(`/auth/passkeys/${encodeURIComponent(id)}`, { method: "DELETE" });
    }, "passkey.conflict");
  }

  async #ask(work: () => Promise<void>, conflict?: WordKey): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    this.problem = undefined;
    try {
      await work();
    } catch (error) {
      const conflicts = error instanceof Refusal && error.problem.code === "request/conflict";
      this.problem = conflicts && conflict !== undefined ? say.t(conflict) : factorWords(error);
      if (conflicts) this.phase = { kind: "password" };
    } finally {
      this.busy = false;
    }
  }
}
