import { z } from "zod";
import { account, accountOf } from "../../line/account.ts";
import type { FaultBoard } from "../../modbus/fault-board.ts";
import { modbusWireFace } from "../../modbus/open-plant.ts";
import { ModbusFace } from "../../modbus/wire-face.ts";
import type { WriteLog } from "../../modbus/write-log.ts";
import { PublisherFace } from "../../mqtt/publisher-face.ts";
import { opcuaServerOptions } from "../../opcua/server-options.ts";
import { OpcuaFace } from "../../opcua/wire-face.ts";
import { attendant } from "../../packml/attendant.ts";
import { packmlStates } from "../../packml/states.ts";
import { operate, silent, stationActions } from "../../packml/station-panel.ts";
import { stationMethods } from "../../packml/station-points.ts";
import { type OpenedPlant, openPlant, type WireFace } from "../../process/open-plant.ts";
import { listenAddress, pacing, port, type RunningPlant } from "../plant.ts";
import { MillModel } from "./model.ts";
import { millPoints } from "./points.ts";
import { millModbusUnits } from "./registers.ts";
import { vibrationTopics } from "./vibration.ts";

const states = Object.keys(packmlStates) as (keyof typeof packmlStates)[];

export const millingMachineOptions = z.strictObject({
  opcuaPort: port,
  modbusPort: port,
  faultPort: port,
  host: listenAddress,
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  ...account,
  ...opcuaServerOptions,
  /** Where the vibration sensor publishes; without it there is no sensor. */
  broker: z.strictObject({ url: z.url({ protocol: /^mqtt$/ }), user: z.string(), password: z.string() }).optional(),
  /** Where it starts: running unless told. */
  state: z.enum(states).default("Execute"),
  enabled: z.boolean().default(true),
  attendant: z.strictObject({ restartAfterS: z.number().positive() }).optional(),
  ...pacing,
});

export type MillingMachineOptions = z.input<typeof millingMachineOptions>;

export interface RunningMillingMachine extends RunningPlant, OpenedPlant {
  readonly opcuaPort: number;
  readonly modbusPort: number;
  readonly endpointUrl: string;
  readonly user: string;
  readonly password: string;
  readonly model: MillModel;
  /** Faults (`setFault`, `clearFaults`), `writes` and the server's `certificate`. */
  readonly opcua: OpcuaFace;
  readonly modbus: { readonly faults: FaultBoard; readonly writes: WriteLog };
  readonly sensor: PublisherFace | undefined;
}

/** The lab's mill on OPC UA, Modbus and, given a broker, MQTT: one process behind three faces. Errors as `startFillingLine`. */
export async function startMillingMachine(options: MillingMachineOptions = {}): Promise<RunningMillingMachine> {
  const settings = millingMachineOptions.parse(options);
  const access = accountOf(settings);
  const model = new MillModel(settings);
  const opcua = new OpcuaFace(
    { name: "Mill1", points: millPoints(model), methods: stationMethods(model.station) },
    { ...settings, port: settings.opcuaPort, application: "milling-machine", account: access },
  );
  const modbus = new ModbusFace({ host: settings.host, port: settings.modbusPort }, millModbusUnits(model.electrics));
  const sensor =
    settings.broker === undefined
      ? undefined
      : new PublisherFace(vibrationTopics(model), settings.broker, "mill-vibration-sensor");
  const faces = new Map<string, WireFace>([
    ["opcua", opcua],
    ["modbus", modbusWireFace(modbus)],
  ]);
  if (sensor !== undefined) faces.set("mqtt", sensor);
  const actions = actionsOf(model);
  const opened = await openPlant({
    faces,
    faultPort: settings.faultPort,
    models: [
      model,
      ...(settings.attendant === undefined ? [] : [attendant(model.station, settings.attendant.restartAfterS)]),
    ],
    pace: settings,
    state: () => ({ plant: "milling-machine", machine: shown(model) }),
    machine: (action) => ({ outcome: operate(actions, action), machine: shown(model) }),
  });
  return {
    name: "milling-machine",
    ports: { opcuaPort: opcua.port, modbusPort: modbus.port, faultPort: opened.faultPort },
    details: { certificate: opcua.certificate, ...(access.madeUp ? { password: access.password } : {}) },
    ...opened,
    opcuaPort: opcua.port,
    modbusPort: modbus.port,
    endpointUrl: `opc.tcp://${settings.host}:${opcua.port}`,
    user: access.user,
    password: access.password,
    model,
    opcua,
    modbus,
    sensor,
  };
}

function actionsOf(model: MillModel) {
  return new Map([
    ...stationActions(model.station),
    ["relay-stick", silent(() => model.electrics.stick("stuck"))],
    ["relay-repair", silent(() => model.electrics.stick("repaired"))],
  ]);
}

/** The readings as JSON can carry them. */
function shown(model: MillModel): Readonly<Record<string, unknown>> {
  const { totalParts, ...readings } = model.readings;
  return { ...readings, setpoints: model.parameters, totalParts: `${totalParts}` };
}
