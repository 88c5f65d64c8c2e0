import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Role } from "../../gateway/core/access/policy.ts";
import {
  type FillingLineOptions,
  type RunningFillingLine,
  startFillingLine,
} from "../../simulators/plants/filling-line/plant.ts";
import type { Configuration } from "./configuration.ts";
import { root } from "./node-process.ts";
import { type Plant, preparePlant } from "./plant.ts";

export interface LineSettings {
  readonly line?: FillingLineOptions;
  readonly change?: (configuration: Configuration) => void;
  readonly people?: Readonly<Record<string, Role>>;
  /** False: the gateway has never seen the line's certificate. */
  readonly trusted?: boolean;
}

export interface LinePlant {
  readonly plant: Plant;
  readonly line: RunningFillingLine;
  close(): Promise<void>;
}

/** The demo's filling line, which speaks PackML over OPC UA, beside the furnace; a gateway on both, running. */
export async function startLinePlant(settings: LineSettings = {}): Promise<LinePlant> {
  const line = await startFillingLine({ acceptAnyClient: true, ...settings.line });
  const close = async (plant?: Plant): Promise<void> => {
    await plant?.close();
    await line.close();
  };
  try {
    const plant = await preparePlant({
      change: (configuration) => {
        addLine(configuration, line);
        settings.change?.(configuration);
      },
    });
    try {
      if (settings.trusted !== false) await trustLine(plant, line);
      for (const [name, role] of Object.entries(settings.people ?? {})) await plant.addUser(name, role);
      await plant.start();
      return { plant, line, close: () => close(plant) };
    } catch (error) {
      await plant.close();
      throw error;
    }
  } catch (error) {
    await close();
    throw error;
  }
}

async function trustLine(plant: Plant, line: RunningFillingLine): Promise<void> {
  const trusted = await plant.plancia(["trust", "--file", line.opcua.certificate.file]);
  if (trusted.code !== 0) throw new Error(`trust: ${trusted.stderr}`);
}

function addLine(configuration: Configuration, line: RunningFillingLine): void {
  const { plc, line1 } = demoLine();
  configuration.devices["line1-plc"] = { ...plc, endpoint: line.endpointUrl, user: line.user, password: line.password };
  configuration.equipment["line1"] = line1;
}

/** The filling line of the demo's configuration, and its controller. */
export function demoLine() {
  const demo = parse(readFileSync(join(root, "config", "gateway.yaml"), "utf8")) as Configuration;
  const { line1 } = demo.equipment;
  const plc = demo.devices["line1-plc"];
  if (!line1 || !plc) throw new Error("the demo's configuration has no filling line any more");
  return { line1, plc };
}
