import { furnaceConstants } from "./thermal.ts";

const gainPercentPerK = 4;
const integralTimeS = 240;
/** The working set-point waits for a furnace that cannot follow the ramp (guaranteed ramp, "holdback"). */
const holdbackK = 10;

interface Target {
  readonly setpointC: number;
  readonly rampKPerMin: number;
}

/** PI controller with a working set-point that moves towards the set-point at the ramp rate. */
export class TemperatureController {
  #workingC: number;
  #integralPercent: number;

  /** Starts bumpless at `temperatureC` with the output that holds it, %. */
  constructor(temperatureC: number, holdingPercent: number) {
    this.#workingC = temperatureC;
    this.#integralPercent = holdingPercent;
  }

  get workingC(): number {
    return this.#workingC;
  }

  /** While the heater is not allowed the working set-point follows the furnace, so that heating goes on without a bump. */
  follow(temperatureC: number): void {
    this.#workingC = temperatureC;
  }

  /** Heater output, 0-100 %. */
  output(target: Target, temperatureC: number, dtS: number): number {
    const remainingK = target.setpointC - this.#workingC;
    const stepK = Math.sign(remainingK) * Math.min(Math.abs(remainingK), (target.rampKPerMin / 60) * dtS);
    if (!this.#held(remainingK, temperatureC)) this.#workingC += stepK;
    const errorK = this.#workingC - temperatureC;
    const wanted = gainPercentPerK * errorK + this.#integralPercent + forwardPercent(stepK, dtS);
    // No wind-up: the integral moves only where it does not push further into the stop.
    const intoStop = (wanted > 100 && errorK > 0) || (wanted < 0 && errorK < 0);
    if (!intoStop) this.#integralPercent += (gainPercentPerK / integralTimeS) * errorK * dtS;
    return Math.min(100, Math.max(0, wanted));
  }

  #held(remainingK: number, temperatureC: number): boolean {
    const leadK = this.#workingC - temperatureC;
    return Math.abs(leadK) > holdbackK && Math.sign(leadK) === Math.sign(remainingK);
  }
}

/** The power that heats the chamber as fast as the ramp wants, %: without it a ramp ends in an overshoot. */
function forwardPercent(stepK: number, dtS: number): number {
  if (dtS === 0) return 0;
  return (100 * (stepK / dtS) * furnaceConstants.chamberJPerK) / furnaceConstants.ratedW;
}
