import { z } from "zod";
import type { FaultBoard } from "../../modbus/fault-board.ts";
import { type OpenedPlant, openModbusPlant } from "../../modbus/open-plant.ts";
import { ModbusFace } from "../../modbus/wire-face.ts";
import type { WriteLog } from "../../modbus/write-log.ts";
import { listenAddress, pacing, port, portsOf, type RunningPlant } from "../plant.ts";
import { attendant } from "./attendant.ts";
import { FurnaceModel } from "./model.ts";
import { operatePanel } from "./panel.ts";
import { furnaceUnit } from "./registers.ts";

export const furnaceOptions = z.strictObject({
  modbusPort: port,
  /** How Modbus stands on the wire: as Modbus TCP, or as a serial server passes RTU frames on. */
  framing: z.enum(["mbap", "rtu"]).default("mbap"),
  faultPort: port,
  host: listenAddress,
  unitId: z.int().min(0).max(255).default(1),
  seed: z.int().min(0).max(0xffff_ffff).default(1),
  /** Where it starts: warm and running at 850 °C unless told. */
  chamberC: z.number().min(0).max(1200).default(850),
  setpointC: z.number().min(20).max(1100).default(850),
  running: z.boolean().default(true),
  attendant: z.strictObject({ restartAfterS: z.number().positive() }).optional(),
  ...pacing,
});

export type FurnaceOptions = z.input<typeof furnaceOptions>;

export interface RunningFurnace extends RunningPlant, OpenedPlant {
  readonly model: FurnaceModel;
  readonly faults: FaultBoard;
  readonly writes: WriteLog;
}

/**
 * A furnace on the wire, stepped in real time. Ports not given are any free ones. Throws ZodError on
 * wrong options and rejects with the system's error where a port is taken; then nothing is left open.
 */
export async function startFurnace(options: FurnaceOptions = {}): Promise<RunningFurnace> {
  const settings = furnaceOptions.parse(options);
  const model = new FurnaceModel(settings);
  const face = new ModbusFace(
    { host: settings.host, port: settings.modbusPort, framing: settings.framing },
    new Map([[settings.unitId, furnaceUnit(model)]]),
  );
  const people = settings.attendant === undefined ? [] : [attendant(model, settings.attendant.restartAfterS)];
  const opened = await openModbusPlant({
    face,
    faultPort: settings.faultPort,
    models: [model, ...people],
    pace: settings,
    state: () => ({ plant: "furnace", machine: model.readings }),
    machine: (action) => ({ outcome: operatePanel(model, action), machine: model.readings }),
  });
  return { name: "furnace", ports: portsOf(opened), ...opened, model, faults: face.faults, writes: face.writes };
}
