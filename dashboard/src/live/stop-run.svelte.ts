import { Refusal } from "../api/client.ts";
import type { Cause, Command } from "../api/wire.ts";

/** R10: tried at once, given up after this, never kept for later. */
export const giveUpMs = 3_000;
const askAgainMs = 400;
const followMs = 60_000;

export interface StopDeps {
  /** Plain HTTP, at once, with whatever credential there is. @throws Refusal, NoAnswer. */
  post(signal: AbortSignal): Promise<readonly Command[]>;
  /** @throws Refusal, NoAnswer. */
  get(id: string, signal: AbortSignal): Promise<Command>;
  /** Monotonic milliseconds. */
  now(): number;
  /** UTC ms. */
  wallMs(): number;
  after(ms: number, action: () => void): () => void;
}

export type StopPhase = "idle" | "sent" | "received" | "confirmed" | "not-confirmed";

/**
 * One stop request and what became of it. Pressing again asks again: a stop is a level, nothing
 * stands in its way, and no state of this object disables it.
 */
export class StopRun {
  phase = $state<StopPhase>("idle");
  requestedAtMs = $state(0);
  receivedMs = $state<number | undefined>(undefined);
  confirmedMs = $state<number | undefined>(undefined);
  /** What the gateway said when it refused. */
  causes = $state.raw<readonly Cause[]>([]);
  refusal = $state<string | undefined>(undefined);
  /** The full screen has been read and put away; the line below the button stays. */
  acknowledged = $state(false);
  readonly #deps: StopDeps;
  readonly #open = new Map<string, Command>();
  #startedAt = 0;
  #run = 0;
  #cancels: (() => void)[] = [];

  constructor(deps: StopDeps) {
    this.#deps = deps;
  }

  press(): void {
    this.#end();
    this.#run += 1;
    const run = this.#run;
    this.phase = "sent";
    this.requestedAtMs = this.#deps.wallMs();
    this.#startedAt = this.#deps.now();
    this.receivedMs = undefined;
    this.confirmedMs = undefined;
    this.causes = [];
    this.refusal = undefined;
    this.acknowledged = false;
    this.#open.clear();
    const abort = new AbortController();
    this.#cancels.push(
      () => abort.abort(),
      this.#deps.after(giveUpMs, () => this.#giveUp(abort)),
    );
    this.#deps.post(abort.signal).then(
      (answers) => run === this.#run && this.#received(answers, abort.signal),
      (error: unknown) => run === this.#run && this.#failed(error),
    );
  }

  /** A command event from the socket, which may be faster than asking. */
  heed(command: Command): void {
    if (this.#open.has(command.id)) this.#judge(command);
  }

  acknowledge(): void {
    this.acknowledged = true;
  }

  /** The page is left: nothing goes on being asked. */
  close(): void {
    this.#run += 1;
    this.#end();
    this.phase = "idle";
  }

  #elapsed(): number {
    return this.#deps.now() - this.#startedAt;
  }

  #received(answers: readonly Command[], signal: AbortSignal): void {
    this.receivedMs = this.#elapsed();
    if (this.phase === "sent") this.phase = "received";
    for (const answer of answers) this.#open.set(answer.id, answer);
    for (const answer of answers) this.#judge(answer);
    this.#follow(signal);
  }

  /** Reads what became of it, also without a socket. Only reads: the repeating is the gateway's. */
  #follow(signal: AbortSignal): void {
    if (this.phase === "confirmed" || this.#elapsed() > followMs) return;
    this.#cancels.push(
      this.#deps.after(askAgainMs, () => {
        const run = this.#run;
        const asked = [...this.#open.values()]
          .filter((command) => command.state !== "VERIFIED")
          .map((command) =>
            this.#deps.get(command.id, signal).then(
              (answer) => run === this.#run && this.#judge(answer),
              // No answer to a question is no news; the next one follows until the time is over.
              () => false,
            ),
          );
        void Promise.allSettled(asked).then(() => run === this.#run && this.#follow(signal));
      }),
    );
  }

  #judge(command: Command): void {
    this.#open.set(command.id, command);
    const states = [...this.#open.values()].map((one) => one.state);
    if (states.every((state) => state === "VERIFIED")) {
      this.confirmedMs ??= this.#elapsed();
      this.phase = "confirmed";
    } else if (states.some((state) => state === "FAILED" || state === "REFUSED")) {
      this.causes = [...this.#open.values()].flatMap((one) => one.causes ?? []);
      this.phase = "not-confirmed";
    }
  }

  #failed(error: unknown): void {
    if (error instanceof Refusal) {
      this.causes = error.problem.causes ?? [];
      this.refusal = error.problem.detail ?? error.problem.title;
    }
    this.phase = "not-confirmed";
  }

  #giveUp(abort: AbortController): void {
    if (this.phase === "sent") abort.abort();
    if (this.phase !== "confirmed") this.phase = "not-confirmed";
  }

  #end(): void {
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }
}
