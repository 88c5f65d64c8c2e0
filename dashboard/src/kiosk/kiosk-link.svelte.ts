import { NoAnswer, Refusal } from "../api/client.ts";
import type { KioskView } from "../api/wire.ts";
import { type KioskPhase, phaseOf } from "./kiosk-phase.ts";

const askEveryMs = 1_000;
const tickMs = 250;

export interface KioskDeps {
  /** @throws Refusal, NoAnswer. */
  ask(): Promise<KioskView>;
  /** @throws Refusal, NoAnswer. */
  post(path: string, body: unknown): Promise<KioskView>;
  /** Monotonic ms. */
  now(): number;
  /** The browser's own clock, for nothing but "since when no answer came". */
  wallMs(): number;
  after(ms: number, action: () => void): () => void;
}

/** The machine as the gateway said it last, asked for each second; nothing is queued and nothing is sent by itself. */
export class KioskLink {
  view = $state.raw<KioskView | undefined>(undefined);
  refusal = $state.raw<Refusal | undefined>(undefined);
  #answeredMs = $state<number | undefined>(undefined);
  #failures = $state(0);
  #nowMs = $state(0);
  /** Wall ms since which nothing is heard. */
  lostSinceMs = $state(0);
  readonly #deps: KioskDeps;
  #running = false;
  #turn = 0;
  #cancels: (() => void)[] = [];

  constructor(deps: KioskDeps) {
    this.#deps = deps;
    this.#nowMs = deps.now();
    this.lostSinceMs = deps.wallMs();
  }

  get phase(): KioskPhase {
    const [refusal, answeredMs] = [this.refusal?.problem, this.#answeredMs];
    return phaseOf({ answeredMs, refusal, failures: this.#failures, nowMs: this.#nowMs });
  }

  /** Only then anything may be pressed but the stop request. */
  get live(): boolean {
    return this.phase === "live";
  }

  /** Age of the picture, ms; undefined: there is none. */
  get ageMs(): number | undefined {
    return this.#answeredMs === undefined ? undefined : this.#nowMs - this.#answeredMs;
  }

  /** The gateway's clock, carried on since it was read; it stands still in the past. */
  get clockMs(): number | undefined {
    if (!this.view) return undefined;
    return Date.parse(this.view.at) + (this.live ? (this.ageMs ?? 0) : 0);
  }

  /** What is left of something that had so much left when the picture was taken. */
  left(ms: number): number {
    return Math.max(0, ms - (this.ageMs ?? 0));
  }

  start(): () => void {
    this.#running = true;
    void this.#poll();
    this.#tick();
    return () => this.stop();
  }

  stop(): void {
    this.#running = false;
    for (const cancel of this.#cancels) cancel();
    this.#cancels = [];
  }

  /** A picture that came with another answer (an enrolment). */
  take(view: KioskView): void {
    this.#turn += 1;
    this.view = view;
    this.refusal = undefined;
    this.#failures = 0;
    this.#nowMs = this.#deps.now();
    this.#answeredMs = this.#nowMs;
    this.lostSinceMs = this.#deps.wallMs();
  }

  /** Sets something at the machine, sent once. @throws Refusal, NoAnswer. */
  async post(path: string, body: unknown): Promise<void> {
    this.take(await this.#deps.post(path, body));
  }

  async #poll(): Promise<void> {
    const turn = this.#turn;
    try {
      const view = await this.#deps.ask();
      // What was set meanwhile has brought a newer picture.
      if (turn === this.#turn) this.take(view);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      if (turn === this.#turn) this.#failed(error);
    }
    if (this.#running) this.#later(askEveryMs, () => void this.#poll());
  }

  #failed(error: Refusal | NoAnswer): void {
    if (error instanceof Refusal) {
      this.refusal = error;
      this.#failures = 0;
      // Whoever is nobody any more is shown nothing any more.
      if (error.problem.status === 401) this.view = undefined;
    } else {
      this.refusal = undefined;
      this.#failures += 1;
    }
  }

  #tick(): void {
    this.#nowMs = this.#deps.now();
    if (this.#running) this.#later(tickMs, () => this.#tick());
  }

  #later(ms: number, action: () => void): void {
    const cancel = this.#deps.after(ms, () => {
      this.#cancels = this.#cancels.filter((each) => each !== cancel);
      action();
    });
    this.#cancels.push(cancel);
  }
}
