import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { stringify } from "yaml";
import { scaleLayout } from "../../simulators/plants/scale/layout.ts";
import { type Configuration, furnaceConfiguration } from "../rig/configuration.ts";
import { demoLine } from "../rig/line.ts";
import type { Answered, Asked, MachineReady } from "./command-shape.ts";
import { startScript } from "./gateway-process.ts";
import { startPlant } from "./load-pair.ts";

/** Changes a second of all values together: half of them OPC UA, half Modbus. */
export const changesPerSecond = 10_000;
const units = 10;

/** A machine of the demo in a process of its own, and its log of what came over the wire. */
export class Machine {
  readonly ready: MachineReady;
  readonly #child: ChildProcess;
  readonly #waiting: ((answered: Answered) => void)[] = [];

  private constructor(child: ChildProcess, ready: MachineReady) {
    this.#child = child;
    this.ready = ready;
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (text) =>
      this.#waiting.shift()?.(JSON.parse(text) as Answered),
    );
  }

  static async start(kind: "furnace" | "line"): Promise<Machine> {
    const { child, line } = await startScript(["test/bench/command-machine.ts", kind], (text) =>
      text.includes("ready"),
    );
    return new Machine(child, (JSON.parse(line) as { ready: MachineReady }).ready);
  }

  ask(asked: Asked): Promise<Answered> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#child.stdin?.write(`${JSON.stringify(asked)}\n`);
    });
  }

  end(): void {
    this.#child.stdin?.end();
  }
}

/** Both machines and the two plants that make the load, each a process. */
export interface Machines {
  readonly furnace: Machine;
  readonly line: Machine;
  readonly configuration: Configuration;
  end(): void;
}

export async function startMachines(change: (configuration: Configuration) => void): Promise<Machines> {
  const furnace = await Machine.start("furnace");
  const line = await Machine.start("line");
  const half = changesPerSecond / 2;
  const opcua = await startPlant({
    ...{ plant: "scale-opcua", variables: half, allowNone: true, anonymous: true, opcuaPort: 0, faultPort: 0 },
  });
  const modbus = await startPlant({
    ...{ plant: "scale", registers: 2 * half, units, layout: "float32", modbusPort: 0, faultPort: 0 },
  });
  const configuration = furnaceConfiguration(furnace.ready.port);
  const { user, password, port } = line.ready;
  const { plc, line1 } = demoLine();
  configuration.devices["line1-plc"] = { ...plc, endpoint: `opc.tcp://127.0.0.1:${port}`, user, password };
  // Whoever has control is not what is measured, and the controller's lock would keep the bare client out. A
  // machine with an emergency-stop chain would not be taken without the lease.
  const { deviceLock: _lock, heartbeat: _heartbeat, emergencyStop: _chain, ...unlocked } = line1;
  configuration.equipment["line1"] = { ...unlocked, lease: "off" } as typeof line1;
  addLoad(configuration, opcua.ports["opcuaPort"] ?? 0, modbus.ports["modbusPort"] ?? 0);
  change(configuration);
  return {
    furnace,
    line,
    configuration,
    end() {
      for (const machine of [furnace, line]) machine.end();
      for (const { child } of [opcua, modbus]) child.stdin?.end();
    },
  };
}

export function configurationText(configuration: Configuration): string {
  return stringify(configuration, { aliasDuplicateObjects: false });
}

function addLoad({ devices, equipment }: Configuration, opcuaPort: number, modbusPort: number): void {
  const half = changesPerSecond / 2;
  const tags: Record<string, Record<string, unknown>> = {};
  const endpoint = `opc.tcp://127.0.0.1:${opcuaPort}`;
  devices["load-opcua"] = { driver: "opcua", endpoint, security: { mode: "None" }, interval: "1s" };
  for (let n = 0; n < half; n++) {
    const name = String(n).padStart(5, "0");
    const type = n >= half / 2 ? "int32" : "double";
    tags[`v${name}`] = { device: "load-opcua", address: `ns=1;s=Scale.V${name}`, type };
  }
  for (let unitId = 1; unitId <= units; unitId++) {
    const place = { host: "127.0.0.1", port: modbusPort, unitId };
    devices[`load-${unitId}`] = { driver: "modbus", ...place, interval: "1s" };
  }
  for (const { unitId, register } of scaleLayout({ registers: 2 * half, units, layout: "float32" })) {
    const address = { table: "holding", register, type: "float32" };
    tags[`r${unitId}_${register}`] = { device: `load-${unitId}`, address };
  }
  equipment["load"] = { name: "Load", tags };
}
