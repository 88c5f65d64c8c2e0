import { z } from "zod";
import { account, accountOf } from "../../line/account.ts";
import { BrokerFace } from "../../mqtt/broker-face.ts";
import type { PublishedTopic } from "../../mqtt/topic.ts";
import { MovingValues } from "../../process/moving-values.ts";
import { type OpenedPlant, openPlant } from "../../process/open-plant.ts";
import { listenAddress, nobodyHere, pacing, port, type RunningPlant } from "../plant.ts";

export const scaleMqttOptions = z.strictObject({
  mqttPort: port,
  faultPort: port,
  host: listenAddress,
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  ...account,
  topics: z.int().min(1).max(100_000).default(1000),
  updatesPerS: z.number().positive().max(100).default(1),
  ...pacing,
  tickMs: pacing.tickMs.unwrap().default(20),
});

export type ScaleMqttOptions = z.input<typeof scaleMqttOptions>;

export interface RunningScaleMqtt extends RunningPlant, OpenedPlant {
  readonly mqttPort: number;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** All topics: what to configure as tags, with the path `/value`. */
  readonly topics: readonly string[];
  readonly mqtt: BrokerFace;
}

/** N topics on a broker of their own, each published once an update, evenly spread over it. Errors as `startFillingLine`. */
export async function startScaleMqtt(options: ScaleMqttOptions = {}): Promise<RunningScaleMqtt> {
  const settings = scaleMqttOptions.parse(options);
  const access = accountOf(settings);
  const model = new MovingValues(settings.topics, settings);
  const published = Array.from({ length: settings.topics }, (_, index) => topicAt(model, index, settings.updatesPerS));
  const { host, mqttPort } = settings;
  const mqtt = new BrokerFace({ host, port: mqttPort, account: access, published, inputs: [] });
  const opened = await openPlant({
    faces: new Map([["mqtt", mqtt]]),
    faultPort: settings.faultPort,
    models: [model],
    pace: settings,
    state: () => ({ plant: "scale-mqtt", machine: { topics: settings.topics, updates: model.updates } }),
    machine: nobodyHere,
  });
  return {
    name: "scale-mqtt",
    ports: { mqttPort: mqtt.port, faultPort: opened.faultPort },
    details: access.madeUp ? { password: access.password } : {},
    ...opened,
    mqttPort: mqtt.port,
    url: `mqtt://${host}:${mqtt.port}`,
    user: access.user,
    password: access.password,
    topics: published.map(({ topic }) => topic),
    mqtt,
  };
}

function topicAt(model: MovingValues, index: number, updatesPerS: number): PublishedTopic {
  return {
    topic: `scale/${String(index).padStart(5, "0")}`,
    everyS: 1 / updatesPerS,
    firstAfterS: index / model.values.length / updatesPerS,
    payload: (ts) => ({ value: model.values[index] ?? 0, ts }),
  };
}
