import type { ProcessModel } from "../process/process-model.ts";
import type { PackmlCommand, PackmlState } from "./states.ts";
import type { PackmlStation } from "./station.ts";

/** What leads from a standing machine to a running one, state by state. */
const nextButton: Partial<Record<PackmlState, PackmlCommand>> = {
  Aborted: "Clear",
  Stopped: "Reset",
  Complete: "Reset",
  Idle: "Start",
  Held: "Unhold",
};

const pauseBetweenButtonsS = 2;

/**
 * The simulated person at the panel of the demo: when the machine has stood still for `restartAfterS`
 * seconds, they close what is open, reset and press the buttons that lead back to Execute. They leave the key alone.
 */
export function attendant(station: PackmlStation, restartAfterS: number): ProcessModel {
  let idleS = 0;
  return {
    step(dtS) {
      const { state } = station;
      idleS = state === "Execute" || state === "Suspended" ? 0 : idleS + dtS;
      const button = nextButton[state];
      if (button === undefined || idleS < restartAfterS) return;
      idleS = restartAfterS - pauseBetweenButtonsS;
      station.moveChain("closed");
      station.moveGuard("closed");
      station.occupyZone("clear");
      station.switchMode("production");
      station.localReset();
      station.localCommand(button);
    },
  };
}
