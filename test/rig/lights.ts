import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { MqttClient } from "mqtt";
import { parse } from "yaml";
import type { Configuration } from "./configuration.ts";
import type { Mosquitto } from "./mosquitto.ts";
import { root } from "./node-process.ts";

const set = "hall/lights/set";
const state = "hall/lights/state";

/** The demo's hall with nothing but its lights, on this broker. */
export function addLights({ devices, equipment }: Configuration, broker: Mosquitto): void {
  const demo = parse(readFileSync(join(root, "config", "gateway.yaml"), "utf8")) as Configuration;
  const { hall } = demo.equipment;
  const { lights } = hall?.tags ?? {};
  if (!hall || !lights) throw new Error("the demo's configuration has no lights any more");
  devices["hall-mqtt"] = { driver: "mqtt", url: broker.url, version: "3.1.1" };
  equipment["hall"] = { ...hall, overview: ["lights"], tags: { lights } };
}

/**
 * The relay of the hall's lights: does what is asked, and says how it stands twice a second, retained. Its session is
 * kept by the broker, so that whatever can be queued for it while it is away comes when it is back.
 */
export class Lights {
  readonly #broker: Mosquitto;
  #client: MqttClient | undefined;
  #beat: NodeJS.Timeout | undefined;
  /** When it last said how it stands, wall-clock ms: the source time of what is heard. */
  saidMs = 0;
  #said: Promise<unknown> = Promise.resolve();
  /** Everything that was ever asked of it, in order. */
  readonly asked: string[] = [];
  on = false;

  constructor(broker: Mosquitto) {
    this.#broker = broker;
  }

  async plugIn(): Promise<void> {
    const client = await this.#broker.client("lights-relay", "kept");
    this.#client = client;
    client.on("message", (_topic, payload) => {
      this.asked.push(payload.toString());
      this.on = JSON.parse(payload.toString()).on === true;
      this.#say();
    });
    await client.subscribeAsync(set, { qos: 1 });
    this.#say();
    this.#beat = setInterval(() => this.#say(), 500);
  }

  /** The power is gone: no farewell, and the session stays on the broker, which has all that was said. */
  async pullOut(): Promise<void> {
    clearInterval(this.#beat);
    await this.#said;
    await this.#client?.endAsync(true);
    this.#client = undefined;
  }

  /** The switch on the wall. */
  switchByHand(on: boolean): void {
    this.on = on;
    this.#say();
  }

  #say(): void {
    if (!this.#client?.connected) return;
    this.saidMs = Date.now();
    const payload = JSON.stringify({ on: this.on, ts: this.saidMs });
    // Sent in vain where the broker ended meanwhile.
    this.#said = this.#client.publishAsync(state, payload, { qos: 1, retain: true }).catch(() => undefined);
  }
}
