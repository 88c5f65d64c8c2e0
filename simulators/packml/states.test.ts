import { describe, expect, it } from "vitest";
import {
  type PackmlCommand,
  PackmlMachine,
  type PackmlState,
  packmlCommandNames,
  packmlCommandOf,
  packmlStates,
  packmlTarget,
} from "./states.ts";

const states = Object.keys(packmlStates) as PackmlState[];

/** Everything that is legal; what is not here is refused. ISA-TR88.00.02, base state model. */
const legal: Record<PackmlCommand, Partial<Record<PackmlState, PackmlState>>> = {
  Reset: { Stopped: "Resetting", Complete: "Resetting" },
  Start: { Idle: "Starting" },
  Stop: Object.fromEntries(
    states
      .filter((state) => !["Stopped", "Stopping", "Aborting", "Aborted", "Clearing"].includes(state))
      .map((state) => [state, "Stopping"]),
  ),
  Hold: { Execute: "Holding" },
  Unhold: { Held: "Unholding" },
  Suspend: { Execute: "Suspending" },
  Unsuspend: { Suspended: "Unsuspending" },
  Abort: Object.fromEntries(
    states.filter((state) => !["Aborting", "Aborted"].includes(state)).map((state) => [state, "Aborting"]),
  ),
  Clear: { Aborted: "Clearing" },
  Complete: { Execute: "Completing" },
};

describe("commands, state by state", () => {
  for (const command of packmlCommandNames) {
    it.each(states)(`${command} in %s`, (state) => {
      const machine = new PackmlMachine(state);
      const target = legal[command][state];
      expect(packmlTarget(state, command)).toBe(target);
      expect(machine.command(command)).toBe(target !== undefined);
      expect(machine.state).toBe(target ?? state);
    });
  }
});

describe("acting states end by themselves", () => {
  it.each([
    ["Clearing", "Stopped"],
    ["Starting", "Execute"],
    ["Stopping", "Stopped"],
    ["Aborting", "Aborted"],
    ["Holding", "Held"],
    ["Unholding", "Execute"],
    ["Suspending", "Suspended"],
    ["Unsuspending", "Execute"],
    ["Resetting", "Idle"],
    ["Completing", "Complete"],
  ] as const)("%s leads to %s", (acting, end) => {
    const machine = new PackmlMachine(acting);
    machine.step(0.5);
    expect(machine.state).toBe(acting);
    machine.step(10);
    expect(machine.state).toBe(end);
  });

  it.each(["Stopped", "Idle", "Suspended", "Execute", "Aborted", "Held", "Complete"] as const)(
    "%s waits for a command",
    (state) => {
      const machine = new PackmlMachine(state);
      machine.step(3600);
      expect(machine.state).toBe(state);
      expect(machine.secondsInState).toBe(3600);
    },
  );

  it("counts the rest of a long step in the state after", () => {
    const machine = new PackmlMachine("Idle");
    machine.command("Start");
    machine.step(10);
    expect(machine.state).toBe("Execute");
    expect(machine.secondsInState).toBeCloseTo(6);
  });
});

it("numbers states and commands as R34 and the controllers do", () => {
  expect(Object.values(packmlStates)).toEqual(Array.from({ length: 17 }, (_, index) => index + 1));
  expect(packmlStates.Execute).toBe(6);
  expect(packmlCommandOf(2)).toBe("Start");
  expect(packmlCommandOf(11)).toBeUndefined();
  expect(packmlCommandOf(Number.NaN)).toBeUndefined();
});
