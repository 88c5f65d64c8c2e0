import { z } from "zod";
import { account, accountOf } from "../../line/account.ts";
import { opcuaServerOptions } from "../../opcua/server-options.ts";
import { OpcuaFace } from "../../opcua/wire-face.ts";
import type { MachinePoint } from "../../process/machine-point.ts";
import { MovingValues } from "../../process/moving-values.ts";
import { type OpenedPlant, openPlant } from "../../process/open-plant.ts";
import { listenAddress, nobodyHere, pacing, port, type RunningPlant } from "../plant.ts";

export const scaleOpcuaOptions = z.strictObject({
  opcuaPort: port,
  faultPort: port,
  host: listenAddress,
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  ...account,
  ...opcuaServerOptions,
  variables: z.int().min(1).max(100_000).default(1000),
  updatesPerS: z.number().positive().max(100).default(1),
  ...pacing,
  tickMs: pacing.tickMs.unwrap().default(20),
});

export type ScaleOpcuaOptions = z.input<typeof scaleOpcuaOptions>;

export interface RunningScaleOpcua extends RunningPlant, OpenedPlant {
  readonly opcuaPort: number;
  readonly endpointUrl: string;
  readonly user: string;
  readonly password: string;
  /** Node ids of all variables: what to configure as tags. The first half are Double, the rest Int32. */
  readonly nodeIds: readonly string[];
  readonly opcua: OpcuaFace;
}

/** N variables on OPC UA, all changing at the same moment. Errors as `startFillingLine`. */
export async function startScaleOpcua(options: ScaleOpcuaOptions = {}): Promise<RunningScaleOpcua> {
  const settings = scaleOpcuaOptions.parse(options);
  const access = accountOf(settings);
  const model = new MovingValues(settings.variables, settings);
  const points = Array.from({ length: settings.variables }, (_, index) => pointAt(model, index));
  const opcua = new OpcuaFace(
    { name: "Scale", points, methods: [], revision: () => model.updates },
    { ...settings, port: settings.opcuaPort, application: "scale", account: access },
  );
  const opened = await openPlant({
    faces: new Map([["opcua", opcua]]),
    faultPort: settings.faultPort,
    models: [model],
    pace: settings,
    state: () => ({ plant: "scale-opcua", machine: { variables: settings.variables, updates: model.updates } }),
    machine: nobodyHere,
  });
  return {
    name: "scale-opcua",
    ports: { opcuaPort: opcua.port, faultPort: opened.faultPort },
    details: { certificate: opcua.certificate, ...(access.madeUp ? { password: access.password } : {}) },
    ...opened,
    opcuaPort: opcua.port,
    endpointUrl: `opc.tcp://${settings.host}:${opcua.port}`,
    user: access.user,
    password: access.password,
    nodeIds: points.map((point) => `ns=1;s=Scale.${point.name}`),
    opcua,
  };
}

function pointAt(model: MovingValues, index: number): MachinePoint {
  const value = (): number => model.values[index] ?? 0;
  const whole = index >= model.values.length / 2;
  return {
    name: `V${String(index).padStart(5, "0")}`,
    type: whole ? "Int32" : "Double",
    // In hundredths, so that a whole number changes each time too.
    read: whole ? () => Math.round(100 * value()) : value,
    description: index === 0 ? "Counts the updates" : "Changes with every update",
  };
}
