import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse } from "yaml";
import { z } from "zod";
import { demoPlants, type PlantOrder, plantTable } from "./plants/plant-table.ts";

/** What the command line or a file is wrong about; the message is one line for a person. */
export class OrderError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "OrderError";
  }
}

export interface Orders {
  readonly plants: readonly PlantOrder[];
  readonly endWithStdin: boolean;
}

const file = z.strictObject({
  plants: z
    .array(z.looseObject({ plant: z.string() }))
    .min(1)
    .max(64),
});

const flags = {
  plant: { type: "string" },
  only: { type: "string" },
  file: { type: "string" },
  "end-with-stdin": { type: "boolean", default: false },
  "any-ports": { type: "boolean", default: false },
  host: { type: "string" },
  "modbus-port": { type: "string" },
  "opcua-port": { type: "string" },
  "mqtt-port": { type: "string" },
  "fault-port": { type: "string" },
  pki: { type: "string" },
  trust: { type: "string", multiple: true },
  "accept-any-client": { type: "boolean" },
  user: { type: "string" },
  password: { type: "string" },
  seed: { type: "string" },
  speed: { type: "string" },
  attendant: { type: "string" },
  registers: { type: "string" },
  units: { type: "string" },
  layout: { type: "string" },
  variables: { type: "string" },
  topics: { type: "string" },
} as const;

type Flags = ReturnType<typeof readFlags>;

/**
 * Reads the command line: `--plant demo` (the default) with `--only`, `--any-ports` and what concerns
 * certificates and log-in, `--plant NAME` with its options, or `--file FILE` (YAML or JSON:
 * `plants: [{plant: furnace, modbusPort: 5020, …}]`). Throws OrderError with one line.
 */
export function readOrders(argv: readonly string[]): Orders {
  const values = readFlags(argv);
  const plants = values.file !== undefined ? plantsOfFile(values.file) : plantsOfFlags(values);
  for (const { plant } of plants) {
    if (!plantTable.has(plant))
      throw new OrderError(`no plant "${plant}"; there are demo, ${[...plantTable.keys()].join(", ")}`);
  }
  return { plants: values["any-ports"] ? plants.map(onAnyPorts) : plants, endWithStdin: values["end-with-stdin"] };
}

function readFlags(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: flags, strict: true }).values;
  } catch (error) {
    throw new OrderError(firstLine(error));
  }
}

function plantsOfFlags(values: Flags): readonly PlantOrder[] {
  const access = accessOf(values);
  const options = optionsOf(values);
  const plant = values.plant ?? "demo";
  if (plant === "demo") {
    if (Object.keys(options).length > 0)
      throw new OrderError(
        "the demo takes only --only, --any-ports, --pki, --trust, --accept-any-client, --user and --password; name one plant to give it options",
      );
    return demoOnly(values.only).map((order) => withAccess(order, access));
  }
  if (values.only !== undefined) throw new OrderError("--only is for the demo");
  // What a plant does not take its own schema refuses, by name.
  return [{ plant, ...options, ...access.account, ...pkiOf(plant, access) }];
}

function demoOnly(only: string | undefined): readonly PlantOrder[] {
  if (only === undefined) return demoPlants;
  const names = only.split(",").map((name) => name.trim());
  const missing = names.find((name) => !demoPlants.some((order) => order.plant === name));
  if (missing !== undefined)
    throw new OrderError(
      `no plant "${missing}" in the demo; there are ${demoPlants.map(({ plant }) => plant).join(", ")}`,
    );
  return demoPlants.filter((order) => names.includes(order.plant));
}

interface Access {
  readonly account: Readonly<Record<string, string>>;
  readonly pki: string | undefined;
  readonly trust: readonly string[] | undefined;
  readonly acceptAnyClient: boolean | undefined;
}

function accessOf(values: Flags): Access {
  return {
    account: given({ user: values.user, password: values.password }) as Record<string, string>,
    pki: values.pki,
    trust: values.trust,
    acceptAnyClient: values["accept-any-client"],
  };
}

/** Gives each plant of the demo what it takes. */
function withAccess(order: PlantOrder, access: Access): PlantOrder {
  const takes = plantTable.get(order.plant)?.takes ?? [];
  return {
    ...order,
    ...(takes.includes("account") ? access.account : {}),
    ...(takes.includes("pki") ? pkiOf(order.plant, access) : {}),
  };
}

/** Each server has a folder of its own in the folder that was said. */
function pkiOf(plant: string, access: Access): Record<string, unknown> {
  const pki = access.pki === undefined ? undefined : join(access.pki, plant);
  return given({ pki, trust: access.trust, acceptAnyClient: access.acceptAnyClient });
}

function optionsOf(values: Flags): Record<string, unknown> {
  return given({
    host: values.host,
    layout: values.layout,
    modbusPort: number("modbus-port", values["modbus-port"]),
    opcuaPort: number("opcua-port", values["opcua-port"]),
    mqttPort: number("mqtt-port", values["mqtt-port"]),
    faultPort: number("fault-port", values["fault-port"]),
    seed: number("seed", values.seed),
    speed: number("speed", values.speed),
    registers: number("registers", values.registers),
    units: number("units", values.units),
    variables: number("variables", values.variables),
    topics: number("topics", values.topics),
    attendant: values.attendant === undefined ? undefined : { restartAfterS: number("attendant", values.attendant) },
  });
}

/** Without what was not said. */
function given(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function number(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) throw new OrderError(`--${flag} needs a number, not "${text}"`);
  return value;
}

function plantsOfFile(path: string): readonly PlantOrder[] {
  try {
    return file.parse(parse(readFileSync(path, "utf8"))).plants;
  } catch (error) {
    const reason = error instanceof z.ZodError ? z.prettifyError(error).replaceAll("\n", " ") : firstLine(error);
    throw new OrderError(`${path}: ${reason}`);
  }
}

function onAnyPorts(order: PlantOrder): PlantOrder {
  return Object.fromEntries(
    Object.entries(order).map(([option, value]) => [option, option.endsWith("Port") ? 0 : value]),
  ) as PlantOrder;
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
}
