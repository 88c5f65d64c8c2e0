import { Refusal } from "../faults/fault-port.ts";
import { packmlCommandNames } from "./states.ts";
import type { PackmlStation } from "./station.ts";

/** Does it; the answer says what came of it. Throws Refusal where the machine does not follow. */
export type PanelAction = () => string;

/** What a person at a PackML machine can do, by the name that `POST /machine` takes. */
export function stationActions(station: PackmlStation): ReadonlyMap<string, PanelAction> {
  return new Map<string, PanelAction>([
    // `reset` is the reset button; PackML's Reset, which leads to Idle, is called `prepare` here.
    ["prepare", () => wanted(station.localCommand("Reset"))],
    ...packmlCommandNames
      .filter((name) => name !== "Reset")
      .map((name): [string, PanelAction] => [name.toLowerCase(), () => wanted(station.localCommand(name))]),
    ["reset", () => wanted(station.localReset())],
    ["key-local", silent(() => station.turnKey("local"))],
    ["key-remote", silent(() => station.turnKey("remote"))],
    ["mode-production", () => wanted(station.switchMode("production"))],
    ["mode-maintenance", () => wanted(station.switchMode("maintenance"))],
    ["mode-manual", () => wanted(station.switchMode("manual"))],
    ["zone-enter", silent(() => station.occupyZone("occupied"))],
    ["zone-leave", silent(() => station.occupyZone("clear"))],
    ["estop-press", silent(() => station.moveChain("open"))],
    ["estop-release", silent(() => station.moveChain("closed"))],
    ["guard-open", silent(() => station.moveGuard("open"))],
    ["guard-close", silent(() => station.moveGuard("closed"))],
  ]);
}

/** Does what the name says. Throws RangeError on an action that does not exist. */
export function operate(actions: ReadonlyMap<string, PanelAction>, name: string): string {
  const act = actions.get(name);
  if (act === undefined) throw new RangeError(`no action "${name}"; there are ${[...actions.keys()].join(", ")}`);
  return act();
}

/** An action that cannot be refused. */
export function silent(act: () => void): PanelAction {
  return () => {
    act();
    return "done";
  };
}

/** The outcome `done`. Throws Refusal on any other. */
export function wanted(outcome: string): string {
  if (outcome !== "done") throw new Refusal(outcome);
  return outcome;
}
