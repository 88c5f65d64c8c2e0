import { exceptionCode } from "../../modbus/exception.ts";
import { type BitPoint, pointUnit, type WordPoint } from "../../modbus/point-unit.ts";
import type { ModbusUnit } from "../../modbus/unit.ts";
import type { FurnaceModel, FurnaceParameter } from "./model.ts";

/** The controller's register map (README.md has it as a table). */
export function furnaceUnit(furnace: FurnaceModel): ModbusUnit {
  return pointUnit(bitPoints(furnace), [...inputPoints(furnace), ...holdingPoints(furnace)]);
}

function bitPoints(furnace: FurnaceModel): BitPoint[] {
  const show = (address: number, read: () => boolean): BitPoint => ({ table: "discrete", address, read });
  return [
    {
      table: "coil",
      address: 0,
      read: () => furnace.readings.stopRequested,
      // Latched in the controller: writing 0 is answered and changes nothing.
      write: (on) => (on ? furnace.requestStop() : undefined),
    },
    {
      table: "coil",
      address: 1,
      read: () => furnace.readings.startRequested,
      refuse: (on) => (on && !furnace.mayStartRemotely ? exceptionCode.illegalFunction : undefined),
      // A pulse that the controller ends itself: writing 0 is answered and changes nothing.
      write: (on) => (on ? furnace.requestStart() : undefined),
    },
    show(0, () => furnace.readings.doorClosed),
    show(1, () => furnace.readings.keyRemote),
    show(2, () => furnace.readings.running),
    show(3, () => furnace.readings.tripped),
  ];
}

function inputPoints(furnace: FurnaceModel): WordPoint[] {
  return [
    { table: "input", address: 0, type: "float32", wordOrder: "big", read: () => furnace.readings.temperatureC },
    { table: "input", address: 2, type: "float32", wordOrder: "little", read: () => furnace.readings.outputPercent },
    { table: "input", address: 4, type: "int16", scale: 0.1, read: () => furnace.readings.shellC },
    {
      table: "input",
      address: 5,
      type: "uint32",
      wordOrder: "big",
      scale: 0.01,
      read: () => furnace.readings.energyKWh,
    },
    { table: "input", address: 7, type: "float32", wordOrder: "big", read: () => furnace.readings.powerKW },
    { table: "input", address: 9, type: "float32", wordOrder: "big", read: () => furnace.readings.setpointInForceC },
    { table: "input", address: 11, type: "uint16", read: () => furnace.readings.fanInForcePercent },
  ];
}

function holdingPoints(furnace: FurnaceModel): WordPoint[] {
  const parameter = (name: FurnaceParameter): Pick<WordPoint, "table" | "read" | "refuse" | "write"> => ({
    table: "holding",
    read: () => furnace.readings[name],
    refuse: (value) => refusal(furnace, name, value),
    write: (value) => furnace.set(name, value),
  });
  return [
    { address: 0, type: "float32", wordOrder: "big", ...parameter("setpointC") },
    { address: 2, type: "int16", scale: 0.1, ...parameter("rampKPerMin") },
    { address: 3, type: "uint16", ...parameter("fanPercent") },
  ];
}

function refusal(furnace: FurnaceModel, name: FurnaceParameter, value: number): number | undefined {
  // Local wins in the controller too: V1.1b3 section 7 gives code 1 for a server "in the wrong state".
  if (!furnace.readings.keyRemote) return exceptionCode.illegalFunction;
  return furnace.accepts(name, value) ? undefined : exceptionCode.illegalDataValue;
}
