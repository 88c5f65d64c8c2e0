import type { MachineMethod, MachinePoint } from "../process/machine-point.ts";
import { packmlCommandNames, packmlCommands, packmlStates } from "./states.ts";
import { type PackmlStation, stopReasons, unitModes } from "./station.ts";

const stateTexts = ["Undefined", ...Object.keys(packmlStates)];

/** The variables that every PackML machine has. */
export function stationPoints(station: PackmlStation): readonly MachinePoint[] {
  return [...statePoints(station), ...commandPoints(station), ...contactPoints(station)];
}

/** The PackML commands as methods without arguments. */
export function stationMethods(station: PackmlStation): readonly MachineMethod[] {
  return packmlCommandNames.map((name) => ({ name, stops: name === "Stop", call: () => station.command(name) }));
}

function statePoints(station: PackmlStation): MachinePoint[] {
  const number = (): number => station.readings.stateNumber;
  return [
    { name: "StateCurrent", type: "Int32", read: number, description: "PackML state, 1 to 17 (6 = Execute)" },
    { name: "StateText", type: "Int32", texts: stateTexts, read: number, description: "The same as an enumeration" },
    {
      name: "StateDuration",
      type: "Double",
      unit: "s",
      range: [0, 86_400],
      read: () => Math.floor(station.readings.secondsInState),
      description: "Time in the present state",
    },
    {
      name: "UnitModeCurrent",
      type: "Int32",
      read: () => unitModes[station.readings.mode],
      description: "1 production, 2 maintenance, 3 manual; changed at the panel only",
    },
    {
      name: "StopReason",
      type: "Int16",
      read: () => stopReasons.indexOf(station.reason),
      description: `Why it stands: ${stopReasons.map((reason, index) => `${index} ${reason}`).join(", ")}`,
    },
  ];
}

function commandPoints(station: PackmlStation): MachinePoint[] {
  return [
    {
      name: "CntrlCmd",
      type: "Int32",
      read: () => station.readings.lastCommand,
      write: (value) => station.commandNumber(Number(value)),
      stops: (value) => value === packmlCommands.Stop,
      description: "PackML command, 1 Reset to 10 Complete; each write counts, shown for half a second",
    },
    {
      name: "StopRequest",
      type: "Boolean",
      read: () => station.readings.stopRequested,
      write: (value) => {
        // Latched in the controller: writing false is answered and changes nothing.
        if (value === true) station.requestStop();
        return "done";
      },
      stops: (value) => value === true,
      description: "Stop request: a level, latched until the local reset",
    },
  ];
}

function contactPoints(station: PackmlStation): MachinePoint[] {
  return [
    contact("RemoteKey", () => station.readings.keyRemote, "Key at the machine: true = REMOTE"),
    contact("ZoneClear", () => station.readings.zoneClear, "Nobody in the zone around the machine"),
    contact("EStopChain", () => station.readings.chainClosed, "Emergency-stop chain closed; read-only"),
    contact("GuardClosed", () => station.readings.guardClosed, "Guard doors closed"),
    contact("ResetRequired", () => station.readings.resetRequired, "A reset at the panel is needed first"),
  ];
}

/** A read-only Boolean. */
export function contact(name: string, read: () => boolean, description: string): MachinePoint {
  return { name, type: "Boolean", read, description };
}

/** A measured value with the two decimals that its instrument means; a Float as a client gets it back. */
export function measured(
  [name, type, unit]: readonly [name: string, type: "Float" | "Double", unit: string],
  range: readonly [low: number, high: number],
  read: () => number,
  description: string,
): MachinePoint {
  const short = (): number => Math.round(read() * 100) / 100;
  return { name, type, unit, range, read: type === "Float" ? () => Math.fround(short()) : short, description };
}
