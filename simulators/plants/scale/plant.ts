import { z } from "zod";
import type { FaultBoard } from "../../modbus/fault-board.ts";
import { type OpenedPlant, openModbusPlant } from "../../modbus/open-plant.ts";
import { registerBank } from "../../modbus/register-bank.ts";
import { ModbusFace } from "../../modbus/wire-face.ts";
import type { WriteLog } from "../../modbus/write-log.ts";
import { listenAddress, nobodyHere, pacing, port, portsOf, type RunningPlant } from "../plant.ts";
import { type ScalePoint, scaleLayout } from "./layout.ts";
import { ScaleModel } from "./model.ts";

export const scaleOptions = z
  .strictObject({
    modbusPort: port,
    /** How Modbus stands on the wire: as Modbus TCP, or as a serial server passes RTU frames on. */
    framing: z.enum(["mbap", "rtu"]).default("mbap"),
    faultPort: port,
    host: listenAddress,
    seed: z.int().min(0).max(0xffff_ffff).default(1),
    registers: z.int().min(1).max(100_000).default(1000),
    units: z.int().min(1).max(247).default(10),
    layout: z.enum(["mixed", "uint16", "float32"]).default("mixed"),
    updatesPerS: z.number().positive().max(100).default(1),
    ...pacing,
    tickMs: pacing.tickMs.unwrap().default(20),
  })
  .refine((size) => size.registers >= size.units && size.registers / size.units <= 65_536, {
    error: "each unit needs 1 to 65,536 registers",
    path: ["registers"],
  });

export type ScaleOptions = z.input<typeof scaleOptions>;

export interface RunningScale extends RunningPlant, OpenedPlant {
  readonly model: ScaleModel;
  /** Every value with its unit id, register and type: what to configure as tags. */
  readonly points: readonly ScalePoint[];
  readonly faults: FaultBoard;
  readonly writes: WriteLog;
}

/** N holding registers over M unit ids, all changing at the same moment. Errors as `startFurnace`. */
export async function startScale(options: ScaleOptions = {}): Promise<RunningScale> {
  const settings = scaleOptions.parse(options);
  const model = new ScaleModel(settings, settings);
  const units = new Map([...model.banks].map(([unitId, bank]) => [unitId, registerBank(bank)]));
  const face = new ModbusFace({ host: settings.host, port: settings.modbusPort, framing: settings.framing }, units);
  const { registers, layout } = settings;
  const opened = await openModbusPlant({
    face,
    faultPort: settings.faultPort,
    models: [model],
    pace: settings,
    state: () => ({ plant: "scale", machine: { registers, units: units.size, layout, updates: model.updates } }),
    machine: nobodyHere,
  });
  const points = scaleLayout(settings);
  return { name: "scale", ports: portsOf(opened), ...opened, model, points, faults: face.faults, writes: face.writes };
}
