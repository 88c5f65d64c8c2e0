import type { Connection } from "./request-desk.ts";

/** Runs something after `ms` milliseconds; what it returns calls it off. */
export type Schedule = (ms: number, run: () => void) => () => void;

const mostWaiting = 1000;

/** Answers that are ready but not sent yet: for a time, or until the next request on the same connection. */
export class LateAnswers {
  readonly #schedule: Schedule;
  readonly #waiting = new Set<() => void>();
  #held = new WeakMap<Connection, Buffer>();
  #dropped = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
  }

  /** Answers that were thrown away because 1,000 were waiting already. */
  get dropped(): number {
    return this.#dropped;
  }

  sendAfter(ms: number, connection: Connection, bytes: Buffer): void {
    if (this.#waiting.size >= mostWaiting) {
      this.#dropped += 1;
      return;
    }
    const callOff = this.#schedule(ms, () => {
      this.#waiting.delete(callOff);
      connection.send(bytes);
    });
    this.#waiting.add(callOff);
  }

  /** Keeps the answer until `releaseHeld`; one for each connection, the newest. */
  hold(connection: Connection, bytes: Buffer): void {
    this.#held.set(connection, bytes);
  }

  /** Sends what was held, so that the old answer reaches a client that waits for a new one. */
  releaseHeld(connection: Connection): void {
    const bytes = this.#held.get(connection);
    if (bytes === undefined) return;
    this.#held.delete(connection);
    connection.send(bytes);
  }

  forget(): void {
    for (const callOff of this.#waiting) callOff();
    this.#waiting.clear();
    this.#held = new WeakMap();
  }
}
