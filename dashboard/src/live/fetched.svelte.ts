import { NoAnswer, Refusal } from "../api/client.ts";
import { link } from "./link.svelte.ts";

/** What is asked for over HTTP and shown with the time of its answer. Nothing is asked without a live connection. */
export class Fetched<Value> {
  value = $state.raw<Value | undefined>(undefined);
  error = $state.raw<Refusal | NoAnswer | undefined>(undefined);
  /** UTC ms by the gateway's clock, of the answer that is shown. */
  atMs = $state<number | undefined>(undefined);
  readonly #ask: () => Promise<Value>;
  #turn = 0;

  constructor(ask: () => Promise<Value>) {
    this.#ask = ask;
  }

  /** A late answer of an earlier question is not taken. What may no longer be seen is not kept. */
  async load(): Promise<void> {
    this.#turn += 1;
    const turn = this.#turn;
    try {
      const value = await this.#ask();
      if (turn !== this.#turn) return;
      this.value = value;
      this.atMs = link.exactMs();
      this.error = undefined;
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      if (turn !== this.#turn) return;
      if (error instanceof Refusal && (error.problem.status === 403 || error.problem.status === 404)) this.drop();
      this.error = error;
    }
  }

  drop(): void {
    this.#turn += 1;
    this.value = undefined;
    this.atMs = undefined;
    this.error = undefined;
  }

  /** Now and then every so many ms. Returns what ends it. */
  keep(everyMs: number): () => void {
    void this.load();
    const timer = setInterval(() => link.live && void this.load(), everyMs);
    return () => clearInterval(timer);
  }
}
