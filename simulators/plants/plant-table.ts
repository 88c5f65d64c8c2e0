import type { PlantKind } from "./plant.ts";

type Start = (options: unknown) => ReturnType<PlantKind["start"]>;

/** Every kind of plant: a new one is its folder and one line here. A plant's code and libraries are loaded when it starts. */
export const plantTable: ReadonlyMap<string, PlantKind> = new Map<string, PlantKind>([
  kind(
    "furnace",
    "heat-treatment furnace, Modbus TCP",
    [],
    async () => (await import("./furnace/plant.ts")).startFurnace,
  ),
  kind(
    "filling-line",
    "filling line, OPC UA",
    ["pki", "account"],
    async () => (await import("./filling-line/plant.ts")).startFillingLine,
  ),
  kind(
    "milling-machine",
    "the lab's mill, OPC UA, Modbus TCP and MQTT",
    ["pki", "account"],
    async () => (await import("./milling-machine/plant.ts")).startMillingMachine,
  ),
  kind(
    "hall",
    "climate, air, doors and lights, MQTT with a broker",
    ["account"],
    async () => (await import("./hall/plant.ts")).startHall,
  ),
  kind(
    "scale",
    "many registers at a fixed rate, Modbus TCP",
    [],
    async () => (await import("./scale/plant.ts")).startScale,
  ),
  kind(
    "scale-opcua",
    "many variables at a fixed rate, OPC UA",
    ["pki", "account"],
    async () => (await import("./scale-opcua/plant.ts")).startScaleOpcua,
  ),
  kind(
    "scale-mqtt",
    "many topics at a fixed rate, MQTT",
    ["account"],
    async () => (await import("./scale-mqtt/plant.ts")).startScaleMqtt,
  ),
]);

/** The plant's own schema checks the options, so that they may come from a command line or a file. */
function kind<Options>(
  name: string,
  summary: string,
  takes: PlantKind["takes"],
  load: () => Promise<(options: Options) => ReturnType<Start>>,
): [string, PlantKind] {
  return [name, { summary, takes, start: async (options) => (await load())(options as Options) }];
}

/** One plant to start: its kind, and its options as the folder's `plant.ts` describes them. */
export interface PlantOrder {
  readonly plant: string;
  /** Name of a plant before it in the list: its broker is the one that this plant's sensors publish to. */
  readonly brokerOf?: string;
  readonly [option: string]: unknown;
}

const attendant = { restartAfterS: 120 };

/** The demo: what `config/gateway.yaml` expects to find. The hall comes first: its broker is the mill's too. */
export const demoPlants: readonly PlantOrder[] = [
  { plant: "furnace", modbusPort: 5020, faultPort: 5921, attendant },
  { plant: "hall", mqttPort: 18_830, faultPort: 5924 },
  { plant: "filling-line", opcuaPort: 4840, faultPort: 5922, supplyOnS: 900, supplyOffS: 300, attendant },
  { plant: "milling-machine", opcuaPort: 4841, modbusPort: 5021, faultPort: 5923, brokerOf: "hall", attendant },
];
