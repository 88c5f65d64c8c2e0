import { type OpenedPlant as Opened, openPlant, type PlantOnWire, type WireFace } from "../process/open-plant.ts";
import { modbusFault } from "./fault.ts";
import type { ModbusFace } from "./wire-face.ts";

/** What a plant brings to its Modbus wire face. */
export interface ModbusPlant extends Omit<PlantOnWire, "faces"> {
  readonly face: ModbusFace;
}

export interface OpenedPlant extends Opened {
  readonly modbusPort: number;
}

/** As `openPlant`, for a plant that speaks Modbus alone. */
export async function openModbusPlant(plant: ModbusPlant): Promise<OpenedPlant> {
  const { face, ...rest } = plant;
  const opened = await openPlant({ ...rest, faces: new Map([["modbus", modbusWireFace(face)]]) });
  return { ...opened, modbusPort: face.port };
}

/** A Modbus face among the faces of a plant. */
export function modbusWireFace(face: ModbusFace): WireFace {
  const { faults } = face;
  return {
    get state() {
      return face.state;
    },
    get frozen() {
      return faults.frozen;
    },
    writes: face.writes,
    listen: () => face.listen(),
    close: () => face.close(),
    setFault: (body) => faults.set(modbusFault.parse(body)),
    clearFaults: () => faults.clear(),
  };
}
