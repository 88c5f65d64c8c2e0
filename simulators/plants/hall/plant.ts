import { z } from "zod";
import { account, accountOf } from "../../line/account.ts";
import { BrokerFace } from "../../mqtt/broker-face.ts";
import { type OpenedPlant, openPlant } from "../../process/open-plant.ts";
import { listenAddress, pacing, port, type RunningPlant } from "../plant.ts";
import { HallModel } from "./model.ts";
import { hallInputs, hallTopics } from "./topics.ts";

export const hallOptions = z.strictObject({
  mqttPort: port,
  faultPort: port,
  host: listenAddress,
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  ...account,
  ...pacing,
});

export type HallOptions = z.input<typeof hallOptions>;

export interface RunningHall extends RunningPlant, OpenedPlant {
  readonly mqttPort: number;
  readonly url: string;
  readonly user: string;
  readonly password: string;
  readonly model: HallModel;
  /** Faults (`setFault`, `clearFaults`) and `writes`. */
  readonly mqtt: BrokerFace;
}

/** The hall with its broker, published in real time. Errors as `startFillingLine`. */
export async function startHall(options: HallOptions = {}): Promise<RunningHall> {
  const settings = hallOptions.parse(options);
  const access = accountOf(settings);
  const model = new HallModel(settings);
  const mqtt = new BrokerFace({
    host: settings.host,
    port: settings.mqttPort,
    account: access,
    published: hallTopics(model),
    inputs: hallInputs(model),
  });
  const opened = await openPlant({
    faces: new Map([["mqtt", mqtt]]),
    faultPort: settings.faultPort,
    models: [model],
    pace: settings,
    state: () => ({ plant: "hall", machine: model.readings }),
    machine: (action) => {
      operate(model, action);
      return { outcome: "done", machine: model.readings };
    },
  });
  return {
    name: "hall",
    ports: { mqttPort: mqtt.port, faultPort: opened.faultPort },
    broker: { url: `mqtt://${settings.host}:${mqtt.port}`, user: access.user, password: access.password },
    details: access.madeUp ? { password: access.password } : {},
    ...opened,
    mqttPort: mqtt.port,
    url: `mqtt://${settings.host}:${mqtt.port}`,
    user: access.user,
    password: access.password,
    model,
    mqtt,
  };
}

const actions: ReadonlyMap<string, "open" | "closed" | "free"> = new Map([
  ["doors-open", "open"],
  ["doors-close", "closed"],
  ["doors-free", "free"],
]);

/** What a person in the hall can do. Throws RangeError on anything else. */
function operate(hall: HallModel, action: string): void {
  const position = actions.get(action);
  if (position === undefined)
    throw new RangeError(`no action "${action}"; there are ${[...actions.keys()].join(", ")}`);
  hall.holdDoors(position);
}
