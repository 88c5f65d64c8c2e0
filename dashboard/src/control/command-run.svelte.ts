import { NoAnswer, Refusal } from "../api/client.ts";
import type { Cause, Command, JsonValue, ValueView } from "../api/wire.ts";
import type { Reading } from "../live/attempt.svelte.ts";
import { wasRead } from "../live/was-read.ts";

/** Exactly what is asked for: the same goes with the select and with the operate (R6). */
export interface Wanted {
  readonly target: string;
  readonly value?: JsonValue;
  readonly arguments?: Readonly<Record<string, JsonValue>>;
}

export interface RunDeps {
  /** Sends once. @throws Refusal, NoAnswer. */
  post(path: string, body: unknown): Promise<Command>;
  /** @throws Refusal, NoAnswer. */
  read(tags: readonly string[]): Promise<readonly ValueView[]>;
  /** The newest ticket; empty: there is no live connection. */
  ticket(): string;
  /** The gateway's clock, UTC ms. */
  nowMs(): number;
  key(): string;
  take(command: Command): void;
  settle(id: string): void;
}

export type RunPhase =
  /** Nothing has been asked of the gateway. */
  | { readonly kind: "open" }
  /** A select is on its way: it changes nothing at the machine. */
  | { readonly kind: "selecting" }
  | { readonly kind: "selected"; readonly command: Command }
  | { readonly kind: "pending"; readonly command: Command }
  /** What writes is on its way; `command` as far as the gateway has told. */
  | { readonly kind: "sending"; readonly sinceMs: number; readonly command: Command | undefined }
  | { readonly kind: "ended"; readonly command: Command }
  | { readonly kind: "refused"; readonly causes: readonly Cause[]; readonly title: string }
  /** The select was not answered, or the connection that made it is gone: nothing was written. */
  | { readonly kind: "lost" }
  /** What writes was not answered: nobody knows. */
  | { readonly kind: "no-answer"; readonly sinceMs: number; readonly command: Command | undefined }
  | { readonly kind: "released" };

/** Later states of a command are never undone by an older message (R1). */
const rank: Record<Command["state"], number> = {
  PENDING_APPROVAL: 0,
  SELECTED: 1,
  SENT: 2,
  VERIFIED: 3,
  REFUSED: 3,
  CANCELLED: 3,
  EXPIRED: 3,
  FAILED: 3,
  UNKNOWN: 3,
};

/**
 * One person's one command, from the select to its end. Each message is sent at most once, nothing is
 * kept for later (R4), and what was selected is released when nobody wants it any more.
 */
export class CommandRun {
  phase = $state.raw<RunPhase>({ kind: "open" });
  reading = $state<Reading>("none");
  readonly wanted: Wanted;
  readonly #deps: RunDeps;
  #newest: Command | undefined;

  /** @param left an earlier one of this target whose end nobody knows yet: it has to be seen to first (R7). */
  constructor(wanted: Wanted, deps: RunDeps, left?: Command) {
    this.wanted = wanted;
    this.#deps = deps;
    if (!left) return;
    this.#newest = left;
    this.phase = { kind: "ended", command: left };
  }

  /** Whether an unknown end has been followed by a look at the machine. */
  get settled(): boolean {
    return this.#settled;
  }
  #settled = $state(false);

  /** First half of select before operate, with the words for a second person where one is needed. */
  async select(reason?: string): Promise<void> {
    const ticket = this.#ticket("open");
    if (ticket === undefined) return;
    this.phase = { kind: "selecting" };
    try {
      const command = await this.#deps.post("/commands", this.#body(ticket, reason));
      // Nobody waits for it any more: it must not hold the machine.
      if (this.phase.kind !== "selecting") return this.#cancel(command);
      this.#answered(command);
    } catch (error) {
      if (this.phase.kind !== "selecting") return;
      this.#failed(error, { kind: "lost" });
    }
  }

  /** What is done at once (C1). */
  async direct(): Promise<void> {
    const ticket = this.#ticket("open");
    if (ticket === undefined) return;
    await this.#send("/commands", this.#body(ticket), undefined);
  }

  /** Second half: the same parameters, the newest ticket. */
  async operate(): Promise<void> {
    const { phase } = this;
    const ticket = this.#ticket("selected");
    if (ticket === undefined || phase.kind !== "selected") return;
    const { value, arguments: given } = this.wanted;
    const path = `/commands/${encodeURIComponent(phase.command.id)}/operate`;
    await this.#send(path, { value, arguments: given, ticket }, phase.command);
  }

  /** Given up: what was selected is free for others. */
  release(): void {
    const { phase } = this;
    if (phase.kind === "sending" || phase.kind === "no-answer") return;
    if (phase.kind === "selected" || phase.kind === "pending") void this.#cancel(phase.command);
    this.phase = { kind: "released" };
  }

  /** A select dies with the connection that made it (R6). */
  connectionGone(): void {
    const { kind } = this.phase;
    if (kind === "selecting" || kind === "selected" || kind === "pending") this.phase = { kind: "lost" };
  }

  /** News of any command, from the socket. */
  heed(command: Command): void {
    if (command.id === this.#newest?.id) this.#adopt(command);
  }

  /** The only way on from an unknown end: values that the devices gave after it (R7). */
  async readMachine(tags: readonly string[]): Promise<void> {
    const { phase } = this;
    if (this.reading === "asking" || (phase.kind !== "ended" && phase.kind !== "no-answer")) return;
    this.reading = "asking";
    const { command } = phase;
    const afterMs = phase.kind === "no-answer" ? phase.sinceMs : Date.parse(command?.finishedAt ?? "");
    try {
      const read = wasRead(await this.#deps.read(tags), tags, afterMs);
      this.reading = read ? "none" : "stale";
      this.#settled = read;
      if (read && command) this.#deps.settle(command.id);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      this.reading = "failed";
    }
  }

  #ticket(from: RunPhase["kind"]): string | undefined {
    const ticket = this.#deps.ticket();
    return this.phase.kind === from && ticket !== "" ? ticket : undefined;
  }

  #body(ticket: string, reason = "") {
    return {
      ...this.wanted,
      key: this.#deps.key(),
      ticket,
      ...(reason.trim() === "" ? {} : { reason: reason.trim() }),
    };
  }

  async #send(path: string, body: unknown, command: Command | undefined): Promise<void> {
    const sinceMs = this.#deps.nowMs();
    this.phase = { kind: "sending", sinceMs, command };
    try {
      this.#answered(await this.#deps.post(path, body));
    } catch (error) {
      // An event of the socket may have told the end before the answer was lost.
      if (this.phase.kind === "sending")
        this.#failed(error, { kind: "no-answer", sinceMs, command: this.phase.command });
    }
  }

  /** An answer is news for the rest of the page; what the socket tells is known there already. */
  #answered(command: Command): void {
    this.#adopt(command);
    this.#deps.take(command);
  }

  #adopt(command: Command): void {
    if (this.phase.kind === "released" || this.phase.kind === "lost") return;
    const known = this.#newest;
    if (known && rank[command.state] < rank[known.state]) return;
    this.#newest = command;
    const operated = this.phase.kind === "sending" || this.phase.kind === "no-answer";
    switch (command.state) {
      case "SELECTED":
        if (!operated) this.phase = { kind: "selected", command };
        break;
      case "PENDING_APPROVAL":
        if (!operated) this.phase = { kind: "pending", command };
        break;
      case "SENT":
        this.phase = { kind: "sending", sinceMs: Date.parse(command.sentAt ?? command.requestedAt), command };
        break;
      default:
        this.phase = { kind: "ended", command };
    }
  }

  #failed(error: unknown, unanswered: RunPhase): void {
    if (error instanceof Refusal) {
      const { causes = [], detail, title } = error.problem;
      this.phase = { kind: "refused", causes, title: detail ?? title };
    } else if (error instanceof NoAnswer) this.phase = unanswered;
    else throw error;
  }

  async #cancel(command: Command): Promise<void> {
    try {
      this.#deps.take(await this.#deps.post(`/commands/${encodeURIComponent(command.id)}/cancel`, {}));
    } catch {
      // Nothing is repeated: a select that nobody operates ends by itself within half a minute.
      return;
    }
  }
}
