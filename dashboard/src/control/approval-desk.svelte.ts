import { NoAnswer, Refusal } from "../api/client.ts";
import type { Cause, Command } from "../api/wire.ts";

export interface ApprovalDeps {
  /** Sends once. @throws Refusal, NoAnswer. */
  post(path: string, body: unknown): Promise<Command>;
  /** The newest ticket; empty: there is no live connection. */
  ticket(): string;
  take(command: Command): void;
}

/** `no-answer`: it may have been done. */
export type ApprovalProblem =
  | { readonly kind: "refused"; readonly causes: readonly Cause[]; readonly title: string }
  | { readonly kind: "no-answer" };

/** One command before its second person (R42): approved or declined, once, by a press of this person. */
export class ApprovalDesk {
  acting = $state<"approve" | "decline" | undefined>(undefined);
  /** What this person did. */
  done = $state<"approve" | "decline" | undefined>(undefined);
  problem = $state.raw<ApprovalProblem | undefined>(undefined);
  readonly #path: string;
  readonly #deps: ApprovalDeps;

  constructor(id: string, deps: ApprovalDeps) {
    this.#path = `/commands/${encodeURIComponent(id)}`;
    this.#deps = deps;
  }

  /** With the newest ticket: what was seen is of this moment (R2). Approving sends nothing to the machine. */
  approve(): Promise<void> {
    const ticket = this.#deps.ticket();
    return ticket === "" ? Promise.resolve() : this.#act("approve", `${this.#path}/approve`, { ticket });
  }

  /** @param reason for whoever asked and for the record; empty: none is given. */
  decline(reason = ""): Promise<void> {
    const body = reason.trim() === "" ? {} : { reason: reason.trim() };
    return this.#deps.ticket() === "" ? Promise.resolve() : this.#act("decline", `${this.#path}/cancel`, body);
  }

  async #act(what: "approve" | "decline", path: string, body: unknown): Promise<void> {
    if (this.acting !== undefined || this.done !== undefined) return;
    this.acting = what;
    this.problem = undefined;
    try {
      this.#deps.take(await this.#deps.post(path, body));
      this.done = what;
    } catch (error) {
      if (error instanceof Refusal) {
        const { causes = [], detail, title } = error.problem;
        this.problem = { kind: "refused", causes, title: detail ?? title };
      } else if (error instanceof NoAnswer) this.problem = { kind: "no-answer" };
      else throw error;
    } finally {
      this.acting = undefined;
    }
  }
}
