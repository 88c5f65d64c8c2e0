import { NoAnswer, Refusal } from "../api/client.ts";
import type { SheetLook, SheetQuestion, SheetTaken } from "../api/wire.ts";

export interface SheetDeps {
  /** Sends once. @throws Refusal, NoAnswer. */
  post<Body>(path: string, body: unknown): Promise<Body>;
  live(): boolean;
}

/** Bytes that the gateway takes of one. */
export const largestSheet = 4 * 1024 * 1024;

/** A sheet of tags: looked at as often as it is chosen anew, and taken once. */
export class SheetDesk {
  look = $state.raw<SheetLook | undefined>(undefined);
  /** What is on its way. */
  busy = $state.raw<"looking" | "taking" | undefined>(undefined);
  /** Why it was not done; `no-answer`: nobody knows whether it was. */
  problem = $state.raw<string | "no-answer" | "too-large" | "not-sent" | undefined>(undefined);
  /** The version that it became; `same`: the file says that already. */
  taken = $state.raw<number | "same" | undefined>(undefined);
  skipBadRows = $state(false);
  newMachines = $state(false);
  #csv: Uint8Array | undefined;
  #turn = 0;
  readonly #deps: SheetDeps;

  constructor(deps: SheetDeps) {
    this.#deps = deps;
  }

  /** undefined: none. */
  async choose(csv: Uint8Array | undefined): Promise<void> {
    this.#csv = csv;
    await this.again();
  }

  /** Looks once more, as it is asked for now. An answer that comes late is not shown. */
  async again(): Promise<void> {
    this.#turn += 1;
    const [turn, csv] = [this.#turn, this.#csv];
    this.look = undefined;
    this.taken = undefined;
    this.problem = csv && this.#obstacle(csv);
    this.busy = csv && !this.problem ? "looking" : undefined;
    if (!csv || this.problem) return;
    const answer = await this.#ask(() => this.#deps.post<SheetLook>("/config/tags/look", this.#question(csv)));
    if (turn !== this.#turn) return;
    this.busy = undefined;
    if (answer.ok) this.look = answer.body;
    else this.problem = answer.problem;
  }

  /** What was looked at; refused by the gateway where the file is another one since. */
  async take(why: string): Promise<void> {
    const [look, csv] = [this.look, this.#csv];
    if (!look?.takeable || !csv || this.busy || !this.#deps.live()) return;
    this.#turn += 1;
    this.busy = "taking";
    this.problem = undefined;
    const reason = why.trim() === "" ? {} : { why: why.trim() };
    const question = { ...this.#question(csv), base: look.base, ...reason };
    const answer = await this.#ask(() => this.#deps.post<SheetTaken>("/config/tags", question));
    this.busy = undefined;
    if (answer.ok) {
      this.taken = answer.body.n ?? "same";
      this.look = undefined;
    } else this.problem = answer.problem;
  }

  #obstacle(csv: Uint8Array): "too-large" | "not-sent" | undefined {
    if (csv.length > largestSheet) return "too-large";
    return this.#deps.live() ? undefined : "not-sent";
  }

  #question(csv: Uint8Array): SheetQuestion {
    return { csv: base64(csv), skipBadRows: this.skipBadRows, newMachines: this.newMachines };
  }

  async #ask<Body>(ask: () => Promise<Body>) {
    try {
      return { ok: true, body: await ask() } as const;
    } catch (error) {
      if (error instanceof NoAnswer) return { ok: false, problem: "no-answer" } as const;
      if (!(error instanceof Refusal)) throw error;
      return { ok: false, problem: error.problem.detail ?? error.problem.title } as const;
    }
  }
}

function base64(bytes: Uint8Array): string {
  let binary = "";
  const piece = 0x8000;
  for (let i = 0; i < bytes.length; i += piece) binary += String.fromCharCode(...bytes.subarray(i, i + piece));
  return btoa(binary);
}
