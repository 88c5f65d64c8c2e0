import { contact, measured, stationPoints } from "../../packml/station-points.ts";
import type { MachinePoint, ScalarValue } from "../../process/machine-point.ts";
import { type FillingLineModel, type FillingLineParameter, fillingLineGuards } from "./model.ts";

/** The line's variables (README.md has them as a table). */
export function fillingLinePoints(line: FillingLineModel): readonly MachinePoint[] {
  return [
    ...stationPoints(line.station),
    ...gatewayPoints(line),
    ...feedPoints(line),
    ...processPoints(line),
    ...orderPoints(line),
    ...utilityPoints(line),
  ];
}

/** Taken whatever the key says: they move nothing. */
function gatewayPoints(line: FillingLineModel): MachinePoint[] {
  return [
    {
      name: "GatewayAlive",
      type: "UInt32",
      read: () => line.readings.gatewayAlive,
      write: (value) => {
        line.gateway.count(Number(value));
        return "done";
      },
      description: "Counted up by a gateway; once written, 10 s without a change in Execute hold the line",
    },
    {
      name: "OperatorPresent",
      type: "Boolean",
      read: () => line.readings.operatorPresent,
      write: (value) => {
        line.gateway.operatorIs(value === true ? "present" : "absent");
        return "done";
      },
      description: "Somebody operates from afar, as the gateway says: the lamp on the panel",
    },
    contact("Warning", () => line.readings.warning, "The horn sounds before the line starts"),
  ];
}

function feedPoints(line: FillingLineModel): MachinePoint[] {
  return [
    contact("SupplyAvailable", () => line.readings.supplied, "Product comes from upstream"),
    contact("Starved", () => line.readings.starved, "Tank too low to fill"),
    contact("InletValve", () => line.readings.valveOpen, "Inlet valve open"),
  ];
}

function processPoints(line: FillingLineModel): MachinePoint[] {
  return [
    parameter(line, "SpeedSetpoint", "Double", "speedPerMin", "Bottles a minute", "1/min"),
    measured(["MachSpeed", "Double", "1/min"], [0, 250], () => line.readings.speedPerMin, "Bottles a minute, actual"),
    parameter(line, "FillVolumeSetpoint", "Float", "volumeMl", "Fill volume", "ml"),
    measured(["FillVolume", "Float", "ml"], [0, 1100], () => line.readings.volumeMl, "Volume of the last bottle"),
    measured(["CapTorque", "Float", "N·m"], [0, 4], () => line.readings.torqueNm, "Torque of the last cap"),
    measured(["TankLevel", "Double", "%"], [0, 100], () => line.readings.levelPercent, "Product tank"),
    measured(["ProductTemperature", "Float", "°C"], [0, 40], () => line.readings.temperatureC, "Product in the tank"),
    parameter(line, "ConveyorTrim", "Int16", "trimTenthsPercent", "Conveyor against filler, 0.1 %"),
    parameter(line, "RecipeNumber", "Byte", "recipe", "Recipe, 1 to 12"),
    {
      name: "RecipeLoaded",
      type: "Byte",
      read: () => line.readings.recipeLoaded,
      description: "Recipe that the controller has loaded for the next order",
    },
    {
      name: "LaneOffset",
      type: "SByte",
      unit: "mm",
      range: [-20, 20],
      read: () => Math.round(line.parameters.trimTenthsPercent / 5),
      description: "Lateral correction of the bottle lane",
    },
    {
      name: "LastBottleCode",
      type: "ByteString",
      read: () => line.readings.lastCode,
      description: "Serial number on the last bottle, 8 bytes, big-endian",
    },
  ];
}

function parameter(
  line: FillingLineModel,
  name: string,
  type: "Double" | "Float" | "Int16" | "Byte" | "UInt32",
  of: FillingLineParameter,
  what: string,
  unit?: string,
): MachinePoint {
  const [low, high] = fillingLineGuards[of];
  return {
    name,
    type,
    ...(unit === undefined ? {} : { unit, range: [0, high] as const }),
    read: () => line.parameters[of],
    write: (value: ScalarValue) => line.set(of, Number(value)),
    description: `${what}; the controller accepts ${low} to ${high}`,
  };
}

function orderPoints(line: FillingLineModel): MachinePoint[] {
  return [
    {
      name: "OrderNumber",
      type: "String",
      read: () => line.readings.order.number,
      write: (value) => line.setOrderNumber(String(value)),
      description:
        "Two capitals, hyphen, digits; writable when stopped, idle or complete, and starts the counters at 0",
    },
    parameter(line, "OrderTarget", "UInt32", "orderTarget", "Bottles of the order"),
    {
      name: "OrderGood",
      type: "UInt32",
      read: () => line.readings.order.good,
      description: "Good bottles of the order",
    },
    {
      name: "OrderRejected",
      type: "UInt32",
      read: () => line.readings.order.rejected,
      description: "Rejected bottles of the order",
    },
    {
      name: "OrderStarted",
      type: "DateTime",
      read: () => line.readings.order.startedMs,
      description: "When the order was started; 1970 before that",
    },
    {
      name: "ProdProcessedCount",
      type: "UInt64",
      read: () => line.readings.processed,
      description: "Bottles of the machine's life",
    },
    {
      name: "ProdDefectiveCount",
      type: "Int64",
      read: () => line.readings.defective,
      description: "Rejected bottles of the machine's life",
    },
  ];
}

function utilityPoints(line: FillingLineModel): MachinePoint[] {
  return [
    measured(["AirPressure", "Float", "bar"], [0, 10], () => line.readings.airBar, "Compressed air at the inlet"),
    measured(["Power", "Float", "kW"], [0, 15], () => line.readings.powerKW, "Electrical power"),
    {
      name: "Energy",
      type: "Double",
      unit: "kWh",
      range: [0, 1_000_000],
      read: () => Math.round(line.readings.energyKWh * 1000) / 1000,
      description: "Electrical energy",
    },
    {
      name: "HoursSinceCleaning",
      type: "UInt16",
      read: () => line.readings.hoursSinceCleaning,
      description: "Running hours since the last cleaning",
    },
    {
      name: "ControllerTime",
      type: "DateTime",
      read: () => 1000 * Math.floor(line.readings.clockMs / 1000),
      description: "The controller's clock, once a second",
    },
  ];
}
