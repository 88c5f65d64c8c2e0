import type { StandingFaults } from "../faults/standing-faults.ts";
import { type MqttFault, payloadText } from "./fault.ts";
import { matchesFilter, type PublishedTopic } from "./topic.ts";

export interface Message {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

interface Entry {
  readonly published: PublishedTopic;
  untilNextS: number;
  last: string | undefined;
}

/** Decides what is published when, as the faults will have it. No sockets, no clock. */
export class PublishSchedule {
  readonly #faults: StandingFaults<MqttFault>;
  readonly #entries: readonly Entry[];
  #silenced = 0;

  constructor(topics: readonly PublishedTopic[], faults: StandingFaults<MqttFault>) {
    this.#faults = faults;
    this.#entries = topics.map((published) => ({ published, untilNextS: published.firstAfterS ?? 0, last: undefined }));
  }

  /** Messages that the fault `silence` has swallowed. */
  get silenced(): number {
    return this.#silenced;
  }

  /** What is due after `dtS` more seconds of real time; `nowMs` is the sensors' clock. */
  due(dtS: number, nowMs: number): Message[] {
    const clockMs = nowMs + 1000 * (this.#faults.of("clock")?.offsetS ?? 0);
    const due: Message[] = [];
    for (const entry of this.#entries) {
      const message = this.#dueOf(entry, dtS, clockMs);
      if (message !== undefined) due.push(message);
    }
    return due;
  }

  /** Everything is published again at the next `due`, as after a restart of the broker. */
  startAnew(): void {
    for (const entry of this.#entries) entry.untilNextS = entry.published.firstAfterS ?? 0;
  }

  #dueOf(entry: Entry, dtS: number, clockMs: number): Message | undefined {
    const { topic, onChange } = entry.published;
    entry.untilNextS -= dtS;
    const late = entry.untilNextS <= 1e-9;
    if (!late && onChange === undefined) return undefined;
    const body = entry.published.payload(clockMs);
    if (!late && withoutTime(body) === entry.last) return undefined;
    entry.untilNextS = untilNext(entry);
    if (onChange !== undefined) entry.last = withoutTime(body);
    if (this.#faults.active().some((fault) => fault.kind === "silence" && matchesFilter(fault.topic, topic))) {
      this.#silenced += 1;
      return undefined;
    }
    const lie = this.#faults.take("falsify", (fault) => matchesFilter(fault.topic, topic));
    const payload = lie === undefined ? JSON.stringify(body) : payloadText(lie.payload);
    return { topic, payload, retain: onChange !== undefined };
  }
}

/** Kept in step, so that a tick that comes late does not shift all that follow; after a change or a stall it counts anew. */
function untilNext({ untilNextS, published: { everyS } }: Entry): number {
  return untilNextS > 1e-9 || untilNextS < -everyS ? everyS : untilNextS + everyS;
}

function withoutTime(body: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...body, ts: undefined });
}
