import { type Call, call, Refusal } from "../api/client.ts";
import type { Me, PasskeyOptions, Refreshed, SignedIn, SignedOut } from "../api/wire.ts";

import { showPasskey } from "./passkeys.ts";

export type SessionPhase = "resuming" | "out" | "in";

/** Refreshed when this share of its life is over. */
const renewAt = 0.75;
const retryMs = 5_000;

/** Who is signed in. The tokens live in memory only; the cookie that renews them cannot be read by scripts. */
export class Session {
  phase = $state<SessionPhase>("resuming");
  user = $state.raw<Me | undefined>(undefined);
  /** The sign-in ended by itself, not by a click. */
  ended = $state(false);
  /** Something was refused for want of a fresh second factor: the code is asked for, and nothing is repeated (R4). */
  codeAsked = $state(false);
  /** How often the code was given here: what was refused for want of it can be asked for again. */
  codesGiven = $state(0);
  #access: { token: string; untilMs: number } | undefined;
  #stop: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #refreshing: Promise<void> | undefined;
  readonly #renewed = new Set<() => void>();

  /** Called after every new access token. Returns what ends it. */
  onRenewed(listener: () => void): () => void {
    this.#renewed.add(listener);
    return () => this.#renewed.delete(listener);
  }

  /** From the cookie, after a reload. */
  async resume(): Promise<void> {
    try {
      await this.#refresh();
    } catch {
      if (this.phase === "resuming") this.phase = "out";
    }
  }

  /** @throws Refusal auth/failed, auth/otp-required, auth/slow-down; NoAnswer. */
  async signIn(username: string, password: string, otp?: string): Promise<void> {
    const body = { username, password, ...(otp ? { otp } : {}) };
    this.#enter(await call<SignedIn>("/auth/login", { method: "POST", body }));
  }

  /** With a passkey as the second factor. @throws as signIn; NoPasskey, Refusal request/not-found. */
  async signInByPasskey(username: string, password: string): Promise<void> {
    const options = await call<PasskeyOptions>("/auth/login/passkey", { method: "POST", body: { username, password } });
    const body = { username, password, passkey: await showPasskey(options) };
    this.#enter(await call<SignedIn>("/auth/login", { method: "POST", body }));
  }

  /** The first administrator, by the one-time link. @throws Refusal auth/link-used, user/password-*, NoAnswer. */
  async first(input: { secret: string; username: string; password: string; language: "it" | "en" }): Promise<void> {
    this.#enter(await call<SignedIn>("/auth/first", { method: "POST", body: input }));
  }

  /** By the one-time link of an invitation. @throws Refusal auth/link-used, user/password-*, NoAnswer. */
  async join(secret: string, password: string): Promise<void> {
    this.#enter(await call<SignedIn>("/auth/join", { method: "POST", body: { secret, password } }));
  }

  /** @throws NoAnswer: the sign-in is still open at the gateway, so it stays open here. */
  async signOut(): Promise<void> {
    let left: SignedOut | undefined;
    try {
      left = await call<SignedOut | undefined>("/auth/logout", { method: "POST", token: this.#access?.token });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
    }
    this.#leave(false);
    if (left?.provider !== undefined) location.assign(left.provider);
  }

  may(permission: Me["permissions"][number]): boolean {
    return this.user?.permissions.includes(permission) ?? false;
  }

  /** An access token good for a few seconds more. @throws Refusal auth/required, NoAnswer. */
  async token(): Promise<string> {
    if (!this.#access || this.#access.untilMs - performance.now() < 10_000) await this.#refresh();
    return this.#access?.token ?? "";
  }

  /** The gateway refused the access token: the next call asks for a new one, which tells whether the sign-in still is. */
  forgetAccess(): void {
    this.#access = undefined;
  }

  /** What a stop request is signed with, without waiting for anything (R10): the stop token, else the last access token. */
  get stopToken(): string | undefined {
    return this.#stop ?? this.#access?.token;
  }

  /** News of this person from the gateway: another role, the second factor, the lock of the screen. */
  adopt(user: Me): void {
    if (this.phase === "in") this.user = user;
  }

  /** By a code, else by a passkey. @throws Refusal auth/code-wrong, auth/passkey-wrong, auth/slow-down; NoAnswer, NoPasskey. */
  async stepUp(otp?: string): Promise<void> {
    const body = otp === undefined ? { passkey: await this.#passkey("step-up") } : { otp };
    this.adopt(await this.call<Me>("/auth/step-up", { method: "POST", body }));
    this.codeAsked = false;
    this.codesGiven += 1;
  }

  async lock(): Promise<void> {
    await this.call("/auth/lock", { method: "POST" });
    if (this.user) this.adopt({ ...this.user, locked: true });
  }

  /** By what was typed, else by a passkey. @throws Refusal auth/failed, auth/code-wrong, auth/passkey-wrong, auth/slow-down; NoAnswer, NoPasskey. */
  async unlock(by?: { readonly password: string } | { readonly otp: string }): Promise<void> {
    const body = by ?? { passkey: await this.#passkey("unlock") };
    this.adopt(await this.call<Me>("/auth/unlock", { method: "POST", body }));
  }

  async #passkey(use: "step-up" | "unlock"): Promise<unknown> {
    const body = { for: use };
    return showPasskey(await this.call<PasskeyOptions>("/auth/passkeys/question", { method: "POST", body }));
  }

  /** A signed request. A sign-in that has ended is noticed here. */
  async call<Answer>(path: string, options: Call = {}): Promise<Answer> {
    const token = await this.token();
    try {
      return await call<Answer>(path, { ...options, token });
    } catch (error) {
      if (error instanceof Refusal) await this.#refused(error.problem.code);
      throw error;
    }
  }

  async #refused(code: string): Promise<void> {
    if (code === "auth/required") await this.#refresh();
    else if (code === "auth/step-up-required") this.codeAsked = true;
    else if (code === "auth/locked" && this.user) this.adopt({ ...this.user, locked: true });
  }

  #enter(answer: SignedIn): void {
    this.#renew(answer);
  }

  #renew(answer: Refreshed): void {
    this.#stop = answer.stopToken;
    this.#access = { token: answer.accessToken, untilMs: performance.now() + answer.expiresIn * 1000 };
    this.user = answer.user;
    this.phase = "in";
    this.ended = false;
    this.#again(answer.expiresIn * 1000 * renewAt);
    for (const listener of this.#renewed) listener();
  }

  #again(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh().catch(() => this.#retry()), afterMs);
  }

  #retry(): void {
    if (this.phase === "in") this.#again(retryMs);
  }

  #leave(ended: boolean): void {
    clearTimeout(this.#timer);
    this.#access = undefined;
    this.#stop = undefined;
    this.codeAsked = false;
    this.user = undefined;
    this.ended = ended;
    this.phase = "out";
  }

  /** One at a time: the cookie rotates with each. */
  #refresh(): Promise<void> {
    this.#refreshing ??= this.#refreshNow().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  async #refreshNow(): Promise<void> {
    try {
      this.#renew(await call<Refreshed>("/auth/refresh", { method: "POST" }));
    } catch (error) {
      if (error instanceof Refusal && error.problem.status === 401) this.#leave(this.phase === "in");
      throw error;
    }
  }
}

export const session = new Session();
