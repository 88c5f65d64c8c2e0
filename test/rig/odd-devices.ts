import { once } from "node:events";
import { createServer } from "node:net";
import { Aedes } from "aedes";
import { startTypedServer, type TypedServer } from "../conformance/opcua-typed-server.ts";
import { type Plant, type PlantSettings, startPlant } from "./plant.ts";

/** An OPC UA server that may refuse subscriptions, and a broker on which more is said than there are tags. */
export interface OddDevices extends AsyncDisposable {
  readonly server: TypedServer;
  readonly plant: Plant;
  /** One message, QoS 0, not retained. */
  say(topic: string, payload: string): Promise<void>;
}

/** The rig's furnace with the machine `cell` beside it, whose tags are on both. */
export async function startOddDevices(settings: Pick<PlantSettings, "people">): Promise<OddDevices> {
  const server = await startTypedServer();
  server.allow({ subscriptions: 0 });
  const broker = await Aedes.createBroker();
  const listener = createServer({ noDelay: true }, (socket) => broker.handle(socket)).listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as { port: number };
  const close = async (): Promise<void> => {
    listener.close();
    await new Promise<void>((resolve) => broker.close(() => resolve()));
    await server[Symbol.asyncDispose]();
  };
  const plant = await startPlant({
    ...settings,
    change({ devices, equipment }) {
      const endpoint = `opc.tcp://127.0.0.1:${server.port}`;
      devices["cell-plc"] = { driver: "opcua", endpoint, security: { mode: "None" }, interval: "250ms" };
      devices["cell-air"] = {
        ...{ driver: "mqtt", url: `mqtt://127.0.0.1:${port}` },
        topics: [{ filter: "plant/{equipment}/{tag}" }],
      };
      const plc = (node: string, type: string) => ({ device: "cell-plc", address: `ns=1;s=${node}`, type });
      equipment["cell"] = {
        ...{ name: "Painting cell", local: "none" },
        tags: {
          colour: { name: "Colour", ...plc("Colour", "int32") },
          level: { name: "Level", ...plc("Level", "double") },
          humidity: { name: "Humidity", device: "cell-air", type: "double", unit: "%", expect: "1h" },
        },
      };
    },
  }).catch(async (error: unknown) => {
    await close();
    throw error;
  });
  const said = { cmd: "publish", qos: 0, retain: false, dup: false } as const;
  return {
    server,
    plant,
    say: (topic, payload) =>
      new Promise((resolve, reject) => {
        broker.publish({ ...said, topic, payload }, (error) => (error ? reject(error) : resolve()));
      }),
    async [Symbol.asyncDispose]() {
      await plant.close();
      await close();
    },
  };
}
