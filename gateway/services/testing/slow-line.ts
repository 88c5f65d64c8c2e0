import type { Withdrawn, WriteLane, WriteResult } from "../../core/driver-port.ts";
import type { Tag } from "../../core/plant.ts";
import type { Sample } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import type { ManualTime } from "../../kit/testing/manual-time.ts";
import type { FieldAccess } from "../control/desk.ts";

/** What becomes of a write: done and answered, refused, done without an answer, lost without an answer. */
export type Fate = "done" | "refused" | "unanswered" | "lost";

export interface Leaving {
  readonly tag: string;
  readonly value: Value;
  readonly lane: WriteLane;
}

/** The controller: it and its line outlive the gateways that speak with it. */
export class Controller {
  readonly values = new Map<string, Value>();
  connected = true;
  /** From the request to its answer, ms. */
  answersInMs = 0;
  fate: Fate = "done";
  /** What else happens in the machine when a value arrives. */
  onWrite: (tag: string, value: Value) => void = () => undefined;

  take(tag: string, value: Value): void {
    this.values.set(tag, value);
    this.onWrite(tag, value);
  }
}

interface Waiting extends Leaving {
  readonly notAfterMs: number;
  readonly withdrawn: Withdrawn | undefined;
  readonly done: (result: WriteResult) => void;
}

/** Hears what happens on the line, at the moment when it does. */
export interface LineWatch {
  /** It was given to the driver. */
  asked(leaving: Leaving): void;
  /** Its bytes leave. */
  left(leaving: Leaving): void;
  /** It was answered, or nobody waits for it any more. */
  ended(leaving: Leaving): void;
}

/**
 * What a driver does on a line that carries one request at a time: a stop goes before everything that
 * waits; age and withdrawal are looked at right before the bytes leave; nothing survives the connection.
 */
export class SlowLine implements FieldAccess {
  readonly #controller: Controller;
  readonly #time: ManualTime;
  readonly #watch: LineWatch;
  #waiting: Waiting[] = [];
  #busy = false;
  #dead = false;
  #connection = 0;

  constructor(controller: Controller, time: ManualTime, watch: LineWatch) {
    this.#controller = controller;
    this.#time = time;
    this.#watch = watch;
  }

  readNow(tags: readonly Tag[], _sinceMs: number): Promise<readonly Sample[]> {
    const connection = this.#connection;
    return new Promise((resolve) => {
      this.#time.after(this.#controller.connected ? this.#controller.answersInMs : 0, () => {
        if (!this.#dead) resolve(tags.map((tag) => this.#sample(tag, connection)));
      });
    });
  }

  write(tag: Tag, raw: Value, lane: WriteLane, notAfterMs: number, withdrawn?: Withdrawn): Promise<WriteResult> {
    return new Promise((done) => {
      if (this.#dead) return;
      const waiting = { tag: tag.name, value: raw, lane, notAfterMs, withdrawn, done };
      this.#watch.asked(waiting);
      if (!this.#controller.connected) done(notConnected);
      else if (lane === "stop") this.#waiting.splice(this.#waiting.findLastIndex(isStop) + 1, 0, waiting);
      else this.#waiting.push(waiting);
      this.#next();
    });
  }

  call(): Promise<WriteResult> {
    return Promise.resolve({ outcome: "not-sent", reason: "not-supported", detail: "no methods here" });
  }

  /** The connection is gone: what waits for it never leaves. */
  cut(): void {
    this.#controller.connected = false;
    this.#connection++;
    const { length } = this.#waiting;
    for (const each of this.#waiting.splice(0, length)) each.done(notConnected);
  }

  /** The gateway is gone; what has left has left. */
  kill(): void {
    this.#dead = true;
    this.#waiting = [];
  }

  /** What was asked on a connection that is gone has no answer. */
  #sample({ name }: Tag, connection: number): Sample {
    const now = this.#time.wallMs();
    const { connected, values } = this.#controller;
    return connected && connection === this.#connection
      ? { value: values.get(name) ?? null, status: Status.Good, sourceTime: now, serverTime: now }
      : { value: null, status: Status.Bad_Timeout, sourceTime: now, serverTime: now };
  }

  #next(): void {
    while (!this.#busy && !this.#dead) {
      const first = this.#waiting.shift();
      if (!first) return;
      if (this.#time.monotonicMs() > first.notAfterMs) first.done(expired);
      else if (first.withdrawn?.aborted) first.done(withdrawn);
      else this.#send(first);
    }
  }

  #send(request: Waiting): void {
    this.#busy = true;
    const { fate, answersInMs } = this.#controller;
    const connection = this.#connection;
    const sentAtMs = this.#time.monotonicMs();
    this.#watch.left(request);
    if (fate === "done" || fate === "unanswered") this.#controller.take(request.tag, request.value);
    this.#time.after(answersInMs, () => {
      this.#busy = false;
      this.#watch.ended(request);
      if (this.#dead) return;
      request.done(resultOf(connection === this.#connection ? fate : "unanswered", sentAtMs));
      this.#next();
    });
  }
}

function isStop({ lane }: Leaving): boolean {
  return lane === "stop";
}

function resultOf(fate: Fate, sentAtMs: number): WriteResult {
  switch (fate) {
    case "done":
      return { outcome: "written", sentAtMs };
    case "refused":
      return { outcome: "rejected", sentAtMs, status: 0x80740000, detail: "not now" };
    case "unanswered":
    case "lost":
      return { outcome: "unknown", sentAtMs, detail: "no answer" };
  }
}

const notConnected: WriteResult = { outcome: "not-sent", reason: "not-connected", detail: "the line is cut" };
const expired: WriteResult = { outcome: "not-sent", reason: "expired", detail: "too late" };
const withdrawn: WriteResult = { outcome: "not-sent", reason: "withdrawn", detail: "taken back" };
