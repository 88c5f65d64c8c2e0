import type { ProcessModel } from "../../process/process-model.ts";
import type { FurnaceModel } from "./model.ts";

/**
 * The simulated person at the panel of the demo: when the furnace has stood still for `restartAfterS`
 * seconds, they close the door, reset and press start, so that a demo does not stay dead after a stop.
 * Where the reset is refused (still too hot) they come back after the same time.
 */
export function attendant(furnace: FurnaceModel, restartAfterS: number): ProcessModel {
  let idleS = 0;
  return {
    step(dtS) {
      idleS = furnace.readings.running ? 0 : idleS + dtS;
      if (idleS < restartAfterS) return;
      idleS = 0;
      furnace.moveDoor("closed");
      if (furnace.localReset() === "reset") furnace.localStart();
    },
  };
}
