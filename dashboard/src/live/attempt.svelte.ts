import { NoAnswer, Refusal } from "../api/client.ts";
import type { Command, CommandProblem, JsonValue, ValueView } from "../api/wire.ts";
import { wasRead } from "./was-read.ts";

/** What one attempt needs of the world. */
export interface AttemptDeps {
  /** Sends once. @throws Refusal, NoAnswer. */
  post(body: { target: string; value: JsonValue; key: string; ticket: string }): Promise<Command>;
  /** @throws Refusal, NoAnswer. */
  read(tag: string): Promise<ValueView | undefined>;
  /** The newest ticket; empty: there is no live connection. */
  ticket(): string;
  /** The gateway's clock, UTC ms. */
  nowMs(): number;
  key(): string;
  take(command: Command): void;
  settle(id: string): void;
}

export type AttemptPhase =
  | { readonly kind: "idle" }
  | { readonly kind: "posting"; readonly wanted: JsonValue; readonly sinceMs: number }
  | { readonly kind: "refused"; readonly wanted: JsonValue; readonly problem: CommandProblem }
  | { readonly kind: "no-answer"; readonly wanted: JsonValue; readonly sinceMs: number };

export type Reading = "none" | "asking" | "stale" | "failed";

/**
 * One person's attempts to write one tag. Sent at most once; nothing is kept for later (R4) and
 * nothing is repeated (R5). Without an answer the end is unknown until the machine has been read (R7).
 */
export class Attempt {
  readonly tag: string;
  phase = $state.raw<AttemptPhase>({ kind: "idle" });
  /** The record of the attempt that was answered last: its end is shown until it is put away. */
  ownId = $state<string | undefined>(undefined);
  reading = $state<Reading>("none");
  /** What a person has typed and not sent: it outlives dialogs, other pages and older commands. */
  draft = $state("");
  readonly #deps: AttemptDeps;

  constructor(tag: string, deps: AttemptDeps) {
    this.tag = tag;
    this.#deps = deps;
  }

  async send(wanted: JsonValue): Promise<void> {
    const ticket = this.#deps.ticket();
    if (ticket === "" || this.phase.kind === "posting" || this.phase.kind === "no-answer") return;
    this.reading = "none";
    this.ownId = undefined;
    this.draft = "";
    const sinceMs = this.#deps.nowMs();
    this.phase = { kind: "posting", wanted, sinceMs };
    try {
      const command = await this.#deps.post({ target: this.tag, value: wanted, key: this.#deps.key(), ticket });
      this.ownId = command.id;
      this.#deps.take(command);
      this.phase = { kind: "idle" };
    } catch (error) {
      if (error instanceof Refusal) this.#refused(wanted, error.problem);
      else if (error instanceof NoAnswer) this.phase = { kind: "no-answer", wanted, sinceMs };
      else throw error;
    }
  }

  /** A refused one is in the log with its id; here its causes stay beside the field. */
  #refused(wanted: JsonValue, problem: CommandProblem): void {
    this.ownId = problem.id;
    this.phase = { kind: "refused", wanted, problem };
  }

  /** Puts a refused or failed end away. An unknown one cannot be put away like this. */
  dismiss(): void {
    if (this.phase.kind === "refused") this.phase = { kind: "idle" };
    this.ownId = undefined;
  }

  /**
   * The only way on from an unknown end: a value that the device gave after the write. `unknown` is
   * the command whose end is not known, where the gateway has a record of it.
   */
  async readMachine(unknown: Command | undefined): Promise<void> {
    if (this.reading === "asking") return;
    this.reading = "asking";
    const afterMs = unknown ? Date.parse(unknown.finishedAt ?? unknown.requestedAt) : this.#since();
    try {
      const view = await this.#deps.read(this.tag);
      if (!wasRead(view ? [view] : [], [this.tag], afterMs)) {
        this.reading = "stale";
        return;
      }
      if (unknown) this.#deps.settle(unknown.id);
      if (this.phase.kind === "no-answer") this.phase = { kind: "idle" };
      this.ownId = undefined;
      this.reading = "none";
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      this.reading = "failed";
    }
  }

  #since(): number {
    return this.phase.kind === "no-answer" ? this.phase.sinceMs : this.#deps.nowMs();
  }
}
