import { NoAnswer, Refusal } from "../api/client.ts";
import type { Cause } from "../api/wire.ts";

/** What a person does about control of a machine (R40, R41). */
export type LeaseAct =
  | { readonly act: "take" }
  | { readonly act: "release"; readonly note: string }
  | { readonly act: "request" }
  | { readonly act: "withdraw" }
  /** `user`: whose request it answers. */
  | { readonly act: "hand-over" | "keep"; readonly user: string; readonly note: string }
  | { readonly act: "force"; readonly reason: string };

export interface LeaseDeps {
  /** Sends once. @throws Refusal, NoAnswer. */
  send(path: string, method: "POST" | "DELETE", body: unknown): Promise<unknown>;
  /** This page is in somebody's hand. */
  phone(): boolean;
  /** The machine is asked for again: who has control may be another. */
  changed(): void;
}

/** Why the last act did not take place; `no-answer`: it may have. */
export type LeaseProblem =
  | { readonly kind: "refused"; readonly causes: readonly Cause[]; readonly title: string }
  | { readonly kind: "no-answer" };

/** One machine's desk for control. One act at a time, sent once; nothing is repeated. */
export class LeaseDesk {
  acting = $state<LeaseAct["act"] | undefined>(undefined);
  problem = $state.raw<LeaseProblem | undefined>(undefined);
  /** Control was released, and what was said with it was not kept. */
  noteLost = $state(false);
  readonly #machine: string;
  readonly #path: string;
  readonly #deps: LeaseDeps;

  constructor(equipment: string, deps: LeaseDeps) {
    this.#machine = `/equipment/${encodeURIComponent(equipment)}`;
    this.#path = `${this.#machine}/lease`;
    this.#deps = deps;
  }

  /** Whether it was done. */
  async do(what: LeaseAct): Promise<boolean> {
    if (this.acting !== undefined) return false;
    this.acting = what.act;
    this.problem = undefined;
    this.noteLost = false;
    try {
      await this.#send(what);
      return true;
    } catch (error) {
      if (error instanceof Refusal) {
        const { causes = [], detail, title } = error.problem;
        this.problem = { kind: "refused", causes, title: detail ?? title };
      } else if (error instanceof NoAnswer) this.problem = { kind: "no-answer" };
      else throw error;
      return false;
    } finally {
      this.acting = undefined;
      this.#deps.changed();
    }
  }

  putAway(): void {
    this.problem = undefined;
    this.noteLost = false;
  }

  #send(what: LeaseAct): Promise<unknown> {
    const { send } = this.#deps;
    const phone = this.#deps.phone();
    switch (what.act) {
      case "take":
        return send(this.#path, "POST", { phone });
      case "release":
        return this.#release(what.note);
      case "request":
        return send(`${this.#path}/request`, "POST", { phone });
      case "withdraw":
        return send(`${this.#path}/request`, "POST", { withdraw: true });
      case "hand-over":
      case "keep":
        return send(`${this.#path}/answer`, "POST", {
          accept: what.act === "hand-over",
          user: what.user,
          ...noted(what.note),
        });
      case "force":
        return send(`${this.#path}/take`, "POST", { reason: what.reason.trim(), phone });
    }
  }

  /** Words go first, since only whoever has control leaves them; that they are lost keeps nobody in control. */
  async #release(note: string): Promise<unknown> {
    const { send } = this.#deps;
    if (note.trim() !== "") {
      try {
        await send(`${this.#machine}/hand-over`, "POST", { text: note.trim() });
      } catch (error) {
        if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
        this.noteLost = true;
      }
    }
    return send(this.#path, "DELETE", undefined);
  }
}

function noted(note: string): { readonly note?: string } {
  return note.trim() === "" ? {} : { note: note.trim() };
}
