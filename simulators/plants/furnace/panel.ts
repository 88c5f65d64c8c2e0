import { Refusal } from "../../faults/fault-port.ts";
import type { FurnaceModel } from "./model.ts";

type Action = (furnace: FurnaceModel) => string;

/** What a person at the machine can do, by the name that `POST /machine` takes. */
const actions: ReadonlyMap<string, Action> = new Map<string, Action>([
  ["start", (furnace) => wanted(furnace.localStart(), "started")],
  ["stop", silent((furnace) => furnace.localStop())],
  ["reset", (furnace) => wanted(furnace.localReset(), "reset")],
  ["door-open", silent((furnace) => furnace.moveDoor("open"))],
  ["door-close", silent((furnace) => furnace.moveDoor("closed"))],
  ["key-local", silent((furnace) => furnace.turnKey("local"))],
  ["key-remote", silent((furnace) => furnace.turnKey("remote"))],
  ["trip-test", silent((furnace) => furnace.pressTripTest())],
  ["contactor-weld", silent((furnace) => furnace.breakContactor("welded"))],
  ["contactor-repair", silent((furnace) => furnace.breakContactor("repaired"))],
]);

export const panelActions: readonly string[] = [...actions.keys()];

/** Does it. Throws RangeError on an action that does not exist, Refusal where the machine does not follow. */
export function operatePanel(furnace: FurnaceModel, action: string): string {
  const act = actions.get(action);
  if (act === undefined) throw new RangeError(`no action "${action}"; there are ${panelActions.join(", ")}`);
  return act(furnace);
}

function wanted(outcome: string, good: string): string {
  if (outcome !== good) throw new Refusal(outcome);
  return outcome;
}

function silent(act: (furnace: FurnaceModel) => void): Action {
  return (furnace) => {
    act(furnace);
    return "done";
  };
}
