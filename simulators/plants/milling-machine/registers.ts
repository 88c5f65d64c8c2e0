import { pointUnit, type WordPoint } from "../../modbus/point-unit.ts";
import type { ModbusUnit } from "../../modbus/unit.ts";
import type { Electrics } from "./electrics.ts";

/** Unit ids of the two boxes in the mill's switch cabinet. */
export const millUnits = { relay: 1, meter: 2 } as const;

/** Enable relay and energy meter (README.md has the registers as a table). */
export function millModbusUnits(electrics: Electrics): ReadonlyMap<number, ModbusUnit> {
  return new Map([
    [millUnits.relay, relayUnit(electrics)],
    [millUnits.meter, meterUnit(electrics)],
  ]);
}

function relayUnit(electrics: Electrics): ModbusUnit {
  return pointUnit(
    [
      {
        table: "coil",
        address: 0,
        read: () => electrics.readings.coil,
        write: (on) => electrics.switch(on ? "on" : "off"),
      },
      { table: "discrete", address: 0, read: () => electrics.readings.contact },
    ],
    [],
  );
}

function meterUnit(electrics: Electrics): ModbusUnit {
  const float = (address: number, read: () => number): WordPoint => ({
    table: "input",
    address,
    type: "float32",
    wordOrder: "big",
    read,
  });
  return pointUnit(
    [],
    [
      float(0, () => electrics.readings.voltageV),
      float(2, () => electrics.readings.currentA),
      float(4, () => electrics.readings.powerKW),
      {
        table: "input",
        address: 6,
        type: "uint32",
        wordOrder: "big",
        scale: 0.01,
        read: () => electrics.readings.energyKWh,
      },
    ],
  );
}
