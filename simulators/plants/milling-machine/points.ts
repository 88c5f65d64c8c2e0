import { measured, stationPoints } from "../../packml/station-points.ts";
import type { MachinePoint } from "../../process/machine-point.ts";
import { type MillModel, type MillParameter, millGuards } from "./model.ts";

/** The mill's OPC UA variables (README.md has them as a table). */
export function millPoints(mill: MillModel): readonly MachinePoint[] {
  return [...stationPoints(mill.station), ...spindlePoints(mill), ...axisPoints(mill), ...programPoints(mill)];
}

function spindlePoints(mill: MillModel): MachinePoint[] {
  return [
    parameter(mill, "SpindleSpeedSetpoint", "spindleRpm", "Spindle speed", "1/min"),
    measured(["SpindleSpeed", "Double", "1/min"], [0, 12_500], () => mill.readings.spindleRpm, "Spindle, actual"),
    measured(["SpindleLoad", "Float", "%"], [0, 120], () => mill.readings.loadPercent, "Share of the rated torque"),
    parameter(mill, "FeedOverride", "feedPercent", "Feed override", "%"),
    measured(["FeedRate", "Double", "mm/min"], [0, 5000], () => mill.readings.feedMmPerMin, "Feed, actual"),
    measured(["CoolantTemperature", "Float", "°C"], [0, 60], () => mill.readings.coolantC, "Coolant in the tank"),
  ];
}

function axisPoints(mill: MillModel): MachinePoint[] {
  return [
    measured(["AxisX", "Double", "mm"], [-200, 200], () => mill.readings.x, "X, from the work-piece's zero point"),
    measured(["AxisY", "Double", "mm"], [-150, 150], () => mill.readings.y, "Y, from the work-piece's zero point"),
    measured(["AxisZ", "Double", "mm"], [-100, 200], () => mill.readings.z, "Z, from the work-piece's zero point"),
  ];
}

function programPoints(mill: MillModel): MachinePoint[] {
  return [
    {
      name: "ProgramName",
      type: "String",
      read: () => mill.readings.program,
      description: "Program in the controller",
    },
    measured(["ProgramProgress", "Float", "%"], [0, 100], () => mill.readings.programPercent, "Of the present part"),
    { name: "ToolNumber", type: "Byte", read: () => mill.readings.tool, description: "Tool in the spindle" },
    { name: "PartCount", type: "UInt32", read: () => mill.readings.parts, description: "Parts since the start" },
    {
      name: "PartCountTotal",
      type: "UInt64",
      read: () => mill.readings.totalParts,
      description: "Parts of the machine's life",
    },
  ];
}

function parameter(mill: MillModel, name: string, of: MillParameter, what: string, unit: string): MachinePoint {
  const [low, high] = millGuards[of];
  return {
    name,
    type: "Double",
    unit,
    range: [0, high],
    read: () => mill.parameters[of],
    write: (value) => mill.set(of, Number(value)),
    description: `${what}; the controller accepts ${low} to ${high}`,
  };
}
