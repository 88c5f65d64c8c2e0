import type { PackmlState } from "../../packml/states.ts";

const lostAfterS = 10;

/**
 * What the controller makes of a gateway's two signs of life. It watches only where one has been written:
 * the counter has to change within 10 s while the machine runs. After it was lost once it is watched
 * again from the next sign on, so that people at the machine can go on without it.
 */
export class GatewayWatch {
  #counter = 0;
  #operatorPresent = false;
  #watching = false;
  #sinceChangeS = 0;

  get readings() {
    return { gatewayAlive: this.#counter, operatorPresent: this.#operatorPresent };
  }

  count(counter: number): void {
    if (counter !== this.#counter || !this.#watching) this.#sinceChangeS = 0;
    this.#counter = counter;
    this.#watching = true;
  }

  operatorIs(there: "present" | "absent"): void {
    this.#operatorPresent = there === "present";
  }

  /** "lost" at the one moment when the machine has to do without the gateway. */
  step(state: PackmlState, dtS: number): "lost" | "nothing new" {
    if (!this.#watching || state !== "Execute") {
      this.#sinceChangeS = 0;
      return "nothing new";
    }
    this.#sinceChangeS += dtS;
    if (this.#sinceChangeS < lostAfterS - 1e-9) return "nothing new";
    this.#watching = false;
    return "lost";
  }
}
