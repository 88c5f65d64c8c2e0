import { NumberedLog } from "../faults/numbered-log.ts";
import { StandingFaults } from "../faults/standing-faults.ts";
import type { Account } from "../line/account.ts";
import type { WireFace } from "../process/open-plant.ts";
import { type ClientMessage, DemoBroker } from "./broker.ts";
import { type MqttFault, mqttFault, mqttFaultKey, payloadText } from "./fault.ts";
import { PublishSchedule } from "./publish-schedule.ts";
import { type InputTopic, matchesFilter, type PublishedTopic } from "./topic.ts";

/** One message that a client has published, as the write log shows it. */
export interface LoggedMessage {
  readonly clientId: string;
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  readonly qos: number;
  /** `passed on`: no topic of this plant, the broker hands it to whoever has subscribed. */
  readonly outcome: "done" | "refused" | "passed on";
  /** False where the acknowledge was lost on purpose. */
  readonly answered: boolean;
}

const longestLoggedPayload = 2000;

export interface BrokerFaceSettings {
  readonly host: string;
  readonly port: number;
  readonly account: Account;
  readonly published: readonly PublishedTopic[];
  readonly inputs: readonly InputTopic[];
}

/** Puts a plant on MQTT with a broker of its own, with faults between and a log of all that clients publish. */
export class BrokerFace implements WireFace {
  readonly faults: StandingFaults<MqttFault>;
  readonly writes = new NumberedLog<LoggedMessage>();
  readonly #broker: DemoBroker;
  readonly #schedule: PublishSchedule;
  readonly #inputs: readonly InputTopic[];
  /** Topics whose next messages are lost on purpose, with how many. */
  readonly #lost = new Map<string, number>();

  constructor(settings: BrokerFaceSettings) {
    this.faults = new StandingFaults(mqttFaultKey, () => this.#followFaults());
    this.#broker = new DemoBroker(settings, settings.account, (message) => this.#receive(message));
    this.#schedule = new PublishSchedule(settings.published, this.faults);
    this.#inputs = settings.inputs;
  }

  get port(): number {
    return this.#broker.line.port;
  }

  get frozen(): boolean {
    return this.faults.of("freeze") !== undefined;
  }

  get state() {
    return {
      ...this.#broker.state,
      messages: this.writes.count,
      silenced: this.#schedule.silenced,
      faults: this.faults.active(),
    };
  }

  listen(): Promise<void> {
    return this.#broker.open();
  }

  close(): Promise<void> {
    return this.#broker.close();
  }

  beat(dtS: number): void {
    for (const message of this.#schedule.due(dtS, Date.now())) {
      if (!this.#loses(message.topic)) this.#broker.publish(message);
    }
  }

  /** Puts an `MqttFaultInput` in force; `restart` happens at once. Throws ZodError on a fault that does not exist. */
  async setFault(input: unknown): Promise<void> {
    const fault = mqttFault.parse(input);
    if (fault.kind === "restart") {
      await this.#broker.restart();
      this.#schedule.startAnew();
      // The fault still stands: the junk is there again, as if it had been published since.
      for (const standing of this.faults.active())
        if (standing.kind === "junk") this.#keep(standing.topic, payloadText(standing.payload));
      return;
    }
    await this.faults.set(fault);
    if (fault.kind === "junk") this.#keep(fault.topic, payloadText(fault.payload));
  }

  async clearFaults(): Promise<void> {
    // An empty retained message takes the kept one away (MQTT 3.1.1 §3.3.1.3).
    for (const fault of this.faults.active()) if (fault.kind === "junk") this.#keep(fault.topic, "");
    this.#lost.clear();
    await this.faults.clear();
  }

  #keep(topic: string, payload: string): void {
    this.#broker.publish({ topic, payload, retain: true });
  }

  #receive(message: ClientMessage): void {
    const { payload, ...head } = message;
    const input = this.#inputs.find((candidate) => candidate.topic === message.topic);
    const outcome = input === undefined ? "passed on" : this.#carryOut(input, message);
    const answered =
      outcome !== "done" ||
      this.faults.take("drop-acknowledge", (fault) => matchesFilter(fault.topic, message.topic)) === undefined;
    if (input !== undefined && !answered) this.#lost.set(input.acknowledge, 1);
    this.writes.record({ ...head, payload: payload.toString("utf8", 0, longestLoggedPayload), outcome, answered });
    if (input !== undefined && outcome === "done") this.beat(0);
  }

  #carryOut(input: InputTopic, message: ClientMessage): "done" | "refused" {
    // A command that the broker has kept or repeats is old (R4): a controller does not act on it.
    if (message.retain) return "refused";
    if (this.faults.take("reject-writes", (fault) => matchesFilter(fault.topic, input.topic))) return "refused";
    try {
      return input.write(JSON.parse(message.payload.toString("utf8"))) === "done" ? "done" : "refused";
    } catch (error) {
      if (error instanceof SyntaxError) return "refused";
      throw error;
    }
  }

  #loses(topic: string): boolean {
    const left = this.#lost.get(topic) ?? 0;
    if (left > 0) this.#lost.set(topic, left - 1);
    return left > 0;
  }

  #followFaults(): Promise<void> {
    return this.#broker.line.follow({
      cut: this.faults.of("cut") !== undefined,
      hung: this.faults.of("hang") !== undefined,
      answerDelayMs: this.faults.of("delay")?.ms ?? 0,
    });
  }
}
