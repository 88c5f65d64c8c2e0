import type { Timers } from "../../core/clock.ts";
import type { Point } from "../../core/driver-port.ts";
import { isGood } from "../../core/status.ts";
import { sameValue, type Value } from "../../core/value.ts";
import { type Payload, readPoint } from "./payload.ts";
import type { MqttAddress } from "./settings.ts";

/** `none`: no answer came in time, or the connection went. */
export type Acknowledged = "same" | "other" | "none";

interface Waiting {
  readonly topic: string;
  hear(payload: Payload | undefined): void;
  end(outcome: Acknowledged): void;
}

/** Values written without an answer, whose late answers are still known as such. */
const mostUnanswered = 16;

/** Writes that wait for the device to repeat their value on its acknowledge topic. */
export class Acknowledgements {
  readonly #timers: Timers;
  readonly #waiting = new Set<Waiting>();
  #unanswered: { readonly topic: string; readonly value: Value }[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Without an acknowledge topic "same" at once. What cannot be read as a value is no answer. */
  expect(point: Point<MqttAddress>, value: Value): Promise<Acknowledged> {
    const { acknowledge, acknowledgeWithin } = point.address;
    if (!acknowledge) return Promise.resolve("same");
    const { topic, path } = acknowledge;
    const address: MqttAddress = { ...point.address, path, timestamp: undefined };
    return new Promise((resolve) => {
      const end = (outcome: Acknowledged): void => {
        cancel();
        this.#waiting.delete(waiting);
        if (outcome === "none") this.#unanswered = [...this.#unanswered, { topic, value }].slice(-mostUnanswered);
        resolve(outcome);
      };
      const cancel = this.#timers.after(acknowledgeWithin, () => end("none"));
      const hear = (payload: Payload | undefined): void => {
        const reading = readPoint(payload, point.type, address, 0);
        if (!isGood(reading.status)) return;
        if (sameValue(reading.value, value)) end("same");
        else if (!this.#isLate(topic, reading.value)) end("other");
      };
      const waiting: Waiting = { topic, hear, end };
      this.#waiting.add(waiting);
    });
  }

  message(topic: string, payload: Payload | undefined): void {
    for (const waiting of [...this.#waiting]) if (waiting.topic === topic) waiting.hear(payload);
  }

  /** The connection is gone: nothing more will come, and nobody knows what arrived (R5). */
  close(): void {
    for (const waiting of [...this.#waiting]) waiting.end("none");
  }

  /** The answer to an earlier write says nothing about this one. Each is awaited once. */
  #isLate(topic: string, value: Value): boolean {
    const at = this.#unanswered.findIndex((each) => each.topic === topic && sameValue(each.value, value));
    if (at < 0) return false;
    this.#unanswered.splice(at, 1);
    return true;
  }
}
