import mqtt, { type MqttClient } from "mqtt";
import { z } from "zod";
import { NumberedLog } from "../faults/numbered-log.ts";
import { StandingFaults } from "../faults/standing-faults.ts";
import type { WireFace } from "../process/open-plant.ts";
import { type MqttFault, mqttFaultKey, publisherFaults } from "./fault.ts";
import { PublishSchedule } from "./publish-schedule.ts";
import type { PublishedTopic } from "./topic.ts";

/** Where a sensor publishes. */
export interface BrokerAddress {
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

const publisherFault = z.discriminatedUnion("kind", [...publisherFaults]);
const reconnectMs = 1000;
const connectTimeoutMs = 3000;

/** A sensor that publishes to somebody else's broker. It waits for a broker that is not there yet, and queues nothing. */
export class PublisherFace implements WireFace {
  readonly faults = new StandingFaults<MqttFault>(mqttFaultKey, async () => undefined);
  /** A sensor takes no writes. */
  readonly writes = new NumberedLog<never>();
  readonly #broker: BrokerAddress;
  readonly #clientId: string;
  readonly #schedule: PublishSchedule;
  #client: MqttClient | undefined;
  #published = 0;

  constructor(topics: readonly PublishedTopic[], broker: BrokerAddress, clientId: string) {
    this.#schedule = new PublishSchedule(topics, this.faults);
    this.#broker = broker;
    this.#clientId = clientId;
  }

  get frozen(): boolean {
    return this.faults.of("freeze") !== undefined;
  }

  get state() {
    return {
      url: this.#broker.url,
      connected: this.#client?.connected ?? false,
      published: this.#published,
      silenced: this.#schedule.silenced,
      faults: this.faults.active(),
    };
  }

  async listen(): Promise<void> {
    const { url, user: username, password } = this.#broker;
    const client = mqtt.connect(url, {
      username,
      password,
      clientId: this.#clientId,
      queueQoSZero: false,
      reconnectPeriod: reconnectMs,
      connectTimeout: connectTimeoutMs,
    });
    // A broker that is away is everyday life for a sensor; mqtt.js tries again.
    client.on("error", () => undefined);
    this.#client = client;
  }

  async close(): Promise<void> {
    await this.#client?.endAsync(true);
    this.#client = undefined;
  }

  beat(dtS: number): void {
    for (const { topic, payload, retain } of this.#schedule.due(dtS, Date.now())) {
      if (this.#client?.connected !== true) continue;
      this.#published += 1;
      this.#client.publish(topic, payload, { qos: 0, retain });
    }
  }

  /** Throws ZodError on a fault that a sensor cannot have. */
  async setFault(input: unknown): Promise<void> {
    await this.faults.set(publisherFault.parse(input));
  }

  clearFaults(): Promise<void> {
    return this.faults.clear();
  }
}
