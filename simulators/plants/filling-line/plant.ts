import { z } from "zod";
import { account, accountOf } from "../../line/account.ts";
import { MachineLock } from "../../opcua/machine-lock.ts";
import { opcuaServerOptions } from "../../opcua/server-options.ts";
import { OpcuaFace } from "../../opcua/wire-face.ts";
import { attendant } from "../../packml/attendant.ts";
import { packmlStates } from "../../packml/states.ts";
import { operate, silent, stationActions, wanted } from "../../packml/station-panel.ts";
import { stationMethods } from "../../packml/station-points.ts";
import { type OpenedPlant, openPlant } from "../../process/open-plant.ts";
import { listenAddress, pacing, port, type RunningPlant } from "../plant.ts";
import { FillingLineModel } from "./model.ts";
import { fillingLinePoints } from "./points.ts";

const states = Object.keys(packmlStates) as (keyof typeof packmlStates)[];

export const fillingLineOptions = z.strictObject({
  opcuaPort: port,
  faultPort: port,
  host: listenAddress,
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  ...account,
  ...opcuaServerOptions,
  /** Where it starts: running unless told. */
  state: z.enum(states).default("Execute"),
  /** Upstream supply: so long there, then so long away; always there where `supplyOffS` is 0. */
  supplyOnS: z.number().positive().default(900),
  supplyOffS: z.number().min(0).default(0),
  orderTarget: z.int().min(1).max(1_000_000).default(12_000),
  attendant: z.strictObject({ restartAfterS: z.number().positive() }).optional(),
  ...pacing,
});

export type FillingLineOptions = z.input<typeof fillingLineOptions>;

export interface RunningFillingLine extends RunningPlant, OpenedPlant {
  readonly opcuaPort: number;
  readonly endpointUrl: string;
  readonly user: string;
  readonly password: string;
  readonly model: FillingLineModel;
  /** The controller's own lock. */
  readonly lock: MachineLock;
  /** Faults (`setFault`, `clearFaults`), `writes` and the server's `certificate`. */
  readonly opcua: OpcuaFace;
}

/**
 * A filling line on the wire, stepped in real time. Ports not given are any free ones. Throws ZodError on
 * wrong options and rejects with the system's error where a port is taken; then nothing is left open.
 */
export async function startFillingLine(options: FillingLineOptions = {}): Promise<RunningFillingLine> {
  const settings = fillingLineOptions.parse(options);
  const access = accountOf(settings);
  const model = new FillingLineModel({ ...settings, clock: () => Date.now() });
  const lock = new MachineLock();
  const opcua = new OpcuaFace(
    { name: "Line1", points: fillingLinePoints(model), methods: stationMethods(model.station), lock },
    { ...settings, port: settings.opcuaPort, application: "filling-line", account: access },
  );
  const actions = new Map([
    ...stationActions(model.station),
    ["supply-off", silent(() => model.switchSupply("off"))],
    ["supply-on", silent(() => model.switchSupply("on"))],
    ["break-lock", () => wanted(lock.breakAtPanel())],
  ]);
  const people = settings.attendant === undefined ? [] : [attendant(model.station, settings.attendant.restartAfterS)];
  const opened = await openPlant({
    faces: new Map([["opcua", opcua]]),
    faultPort: settings.faultPort,
    models: [model, lock, ...people],
    pace: settings,
    state: () => ({ plant: "filling-line", machine: shown(model), lock: lock.readings }),
    machine: (action) => ({ outcome: operate(actions, action), machine: shown(model) }),
  });
  return {
    name: "filling-line",
    ports: { opcuaPort: opcua.port, faultPort: opened.faultPort },
    details: { certificate: opcua.certificate, ...(access.madeUp ? { password: access.password } : {}) },
    ...opened,
    opcuaPort: opcua.port,
    endpointUrl: `opc.tcp://${settings.host}:${opcua.port}`,
    user: access.user,
    password: access.password,
    model,
    lock,
    opcua,
  };
}

/** The readings as JSON can carry them. */
function shown(model: FillingLineModel): Readonly<Record<string, unknown>> {
  const { processed, defective, lastCode, ...readings } = model.readings;
  const lastBottleCode = Buffer.from(lastCode).toString("base64");
  return { ...readings, ...model.parameters, processed: `${processed}`, defective: `${defective}`, lastBottleCode };
}
