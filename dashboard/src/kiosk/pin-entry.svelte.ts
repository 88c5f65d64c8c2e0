import { NoAnswer, Refusal } from "../api/client.ts";

/** As the gateway takes it. */
export const pinLength = { least: 6, most: 12 } as const;
/** A PIN half typed does not stay. */
export const forgottenAfterMs = 60_000;

export type PinTrouble =
  | { readonly kind: "wrong" }
  | { readonly kind: "slow-down"; readonly untilMs: number }
  | { readonly kind: "no-answer" }
  | { readonly kind: "refused"; readonly words: string };

export interface PinDeps {
  /** @throws Refusal, NoAnswer. */
  send(entry: { user: string; pin: string }): Promise<void>;
  now(): number;
}

/** Who stands here and what he types; the PIN is gone after each try, whatever came of it. */
export class PinEntry {
  person = $state<string | undefined>(undefined);
  pin = $state("");
  busy = $state(false);
  done = $state(false);
  trouble = $state.raw<PinTrouble | undefined>(undefined);
  readonly #deps: PinDeps;
  #touchedMs: number;

  constructor(deps: PinDeps, person?: string) {
    this.#deps = deps;
    this.person = person;
    this.#touchedMs = deps.now();
  }

  choose(person: string): void {
    this.#touch();
    this.person = person;
    this.pin = "";
    this.trouble = undefined;
  }

  press(digit: string): void {
    this.#touch();
    if (!/^[0-9]$/.test(digit) || this.pin.length >= pinLength.most || this.busy) return;
    this.pin += digit;
  }

  /** What a keyboard has typed into the field: its digits. */
  type(text: string): void {
    this.#touch();
    this.pin = text.replaceAll(/[^0-9]/g, "").slice(0, pinLength.most);
  }

  back(): void {
    this.#touch();
    this.pin = this.pin.slice(0, -1);
  }

  clear(): void {
    this.#touch();
    this.pin = "";
  }

  /** Seconds to wait after wrong tries at this kiosk; 0: none. */
  waitS(nowMs: number): number {
    return this.trouble?.kind === "slow-down" ? Math.max(0, Math.ceil((this.trouble.untilMs - nowMs) / 1000)) : 0;
  }

  ready(nowMs: number): boolean {
    return this.person !== undefined && this.pin.length >= pinLength.least && !this.busy && this.waitS(nowMs) === 0;
  }

  forgotten(nowMs: number): boolean {
    return !this.busy && nowMs - this.#touchedMs > forgottenAfterMs;
  }

  async send(): Promise<void> {
    if (this.person === undefined || !this.ready(this.#deps.now())) return;
    const entry = { user: this.person, pin: this.pin };
    this.pin = "";
    this.busy = true;
    this.trouble = undefined;
    try {
      await this.#deps.send(entry);
      this.done = true;
    } catch (error) {
      this.trouble = this.#troubleOf(error);
    } finally {
      this.#touch();
      this.busy = false;
    }
  }

  #touch(): void {
    this.#touchedMs = this.#deps.now();
  }

  #troubleOf(error: unknown): PinTrouble {
    if (error instanceof NoAnswer) return { kind: "no-answer" };
    if (!(error instanceof Refusal)) throw error;
    const { code, detail, title } = error.problem;
    if (code === "auth/failed") return { kind: "wrong" };
    if (code === "auth/slow-down")
      return { kind: "slow-down", untilMs: this.#deps.now() + (error.retryAfterS ?? 1) * 1000 };
    return { kind: "refused", words: `${detail ?? title} (${code})` };
  }
}
