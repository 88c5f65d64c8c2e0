import { describe, expect, it } from "vitest";
import { Refusal } from "../faults/fault-port.ts";
import { attendant } from "./attendant.ts";
import type { PackmlState } from "./states.ts";
import { PackmlStation } from "./station.ts";
import { operate, stationActions } from "./station-panel.ts";

function standing(state: PackmlState, machine = { mayMove: true, moves: false }): PackmlStation {
  return new PackmlStation(state, { mayMove: () => machine.mayMove, moves: () => machine.moves });
}

function pass(station: PackmlStation, seconds: number): void {
  for (let tenths = 0; tenths < seconds * 10; tenths += 1) station.step(0.1);
}

describe("commands from the wire", () => {
  it("leads from Stopped to Execute, one after the other", () => {
    const station = standing("Stopped");
    expect(station.command("Reset")).toBe("done");
    pass(station, 4);
    expect(station.command("Start")).toBe("done");
    pass(station, 5);
    expect(station.state).toBe("Execute");
  });

  it.each([
    ["the key is on LOCAL", (station: PackmlStation) => station.turnKey("local")],
    ["the mode is not production", (station: PackmlStation) => station.switchMode("maintenance")],
    ["somebody is in the zone", (station: PackmlStation) => station.occupyZone("occupied")],
    ["the guard is open", (station: PackmlStation) => station.moveGuard("open")],
    ["a stop request is latched", (station: PackmlStation) => station.requestStop()],
  ])("refuses a start where %s", (_, prepare) => {
    const station = standing("Idle");
    prepare(station);
    expect(station.command("Start")).toBe("wrong-state");
    expect(["Idle", "Stopping"]).toContain(station.state);
  });

  it("refuses a start where the machine itself is not ready", () => {
    expect(standing("Idle", { mayMove: false, moves: false }).command("Start")).toBe("wrong-state");
  });

  it("takes a stop with the key on LOCAL", () => {
    const station = standing("Execute");
    station.turnKey("local");
    expect(station.command("Hold")).toBe("wrong-state");
    expect(station.command("Stop")).toBe("done");
  });

  it("shows the number of a command for half a second and takes each write as a new one", () => {
    const station = standing("Execute");
    expect(station.commandNumber(4)).toBe("done");
    expect(station.readings.lastCommand).toBe(4);
    pass(station, 2);
    expect(station.readings).toMatchObject({ lastCommand: 0, state: "Held" });
    expect(station.commandNumber(5)).toBe("done");
  });

  it.each([11, -1, 2.5, Number.NaN])("knows no command %s", (number) => {
    expect(standing("Idle").commandNumber(number)).toBe("out-of-range");
  });
});

describe("the stop request", () => {
  it("stops with the key on LOCAL, is latched until the local reset and starts nothing then", () => {
    const station = standing("Execute");
    station.turnKey("local");
    station.requestStop();
    pass(station, 2);
    expect(station.readings).toMatchObject({ state: "Stopped", stopRequested: true, reason: "remote stop request" });
    station.turnKey("remote");
    expect(station.command("Reset")).toBe("wrong-state");
    expect(station.localReset()).toBe("done");
    pass(station, 60);
    expect(station.readings).toMatchObject({ state: "Stopped", stopRequested: false });
    expect(station.command("Reset")).toBe("done");
  });
});

describe("the emergency-stop chain", () => {
  it("aborts, and after closing a local reset is needed before anything moves", () => {
    const station = standing("Execute");
    station.moveChain("open");
    pass(station, 1);
    expect(station.readings).toMatchObject({ state: "Aborted", reason: "e-stop chain", resetRequired: true });
    expect(station.localReset()).toBe("e-stop chain open");
    station.moveChain("closed");
    expect(station.command("Clear")).toBe("wrong-state");
    station.localReset();
    expect(station.command("Clear")).toBe("done");
  });

  it("aborts where a guard is opened while something turns, and not while it stands", () => {
    const turning = standing("Execute", { mayMove: true, moves: true });
    turning.moveGuard("open");
    expect(turning.state).toBe("Aborting");
    const still = standing("Idle");
    still.moveGuard("open");
    expect(still.state).toBe("Idle");
  });
});

describe("the panel", () => {
  it("says why the machine does not follow", () => {
    const actions = stationActions(standing("Execute"));
    expect(() => operate(actions, "mode-manual")).toThrow(new Refusal("only when it stands still"));
    expect(() => operate(actions, "start")).toThrow(Refusal);
  });

  it.each(["toString", "__proto__", "launch", ""])("knows no action %j", (action) => {
    expect(() => operate(stationActions(standing("Idle")), action)).toThrow(RangeError);
  });

  it("leads from an emergency stop back to Execute, button by button", () => {
    const station = standing("Execute");
    const actions = stationActions(station);
    operate(actions, "estop-press");
    pass(station, 1);
    for (const action of ["estop-release", "reset", "clear", "prepare", "start"]) {
      operate(actions, action);
      pass(station, 5);
    }
    expect(station.state).toBe("Execute");
  });
});

describe("the attendant", () => {
  it("starts the machine again 120 s after a stop, and not before", () => {
    const station = standing("Execute");
    const person = attendant(station, 120);
    station.requestStop();
    const both = (seconds: number): void => {
      for (let second = 0; second < seconds; second += 1) {
        station.step(1);
        person.step(1);
      }
    };
    both(119);
    expect(station.readings).toMatchObject({ state: "Stopped", stopRequested: true });
    both(20);
    expect(station.readings).toMatchObject({ state: "Execute", stopRequested: false });
  });

  it("leaves a running machine and the key alone", () => {
    const station = standing("Execute");
    const person = attendant(station, 5);
    station.turnKey("local");
    for (let second = 0; second < 60; second += 1) person.step(1);
    expect(station.readings).toMatchObject({ state: "Execute", keyRemote: false });
  });
});
