import { type Noise, seededNoise } from "../../process/noise.ts";
import type { ProcessModel } from "../../process/process-model.ts";
import { TemperatureController } from "./temperature-controller.ts";
import { atRest, type Bodies, furnaceConstants, stepThermal } from "./thermal.ts";

export interface FurnaceStart {
  readonly seed: number;
  readonly chamberC: number;
  readonly setpointC: number;
  readonly running: boolean;
}

/** What the controller accepts, whoever asks: its own guards, apart from any limit in a gateway. */
export const furnaceGuards = {
  setpointC: [20, 1100],
  rampKPerMin: [0.5, 50],
  fanPercent: [0, 100],
} as const;

export type FurnaceParameter = keyof typeof furnaceGuards;

/** The limiter trips above this and lets itself be reset only below the second figure, °C. */
const tripC = 1150;
const tripResetC = 1140;
/** From a stop request to the contactor's feedback. */
const runDownS = 0.6;
/** So long a start request stands in its coil. */
const startShownS = 1;
const longestStepS = 0.25;
const sensorNoiseK = 0.2;
const mainsNoise = 0.004;

/** A heat-treatment furnace with its controller: physics, guards, switches and what a person at the panel can do. */
export class FurnaceModel implements ProcessModel {
  readonly #noise: Noise;
  readonly #controller: TemperatureController;
  readonly #parameters: Record<FurnaceParameter, number>;
  #bodies: Bodies;
  #temperatureC: number;
  #outputPercent = 0;
  #powerW = 0;
  #energyKWh = 48_213.57;
  #running: boolean;
  #tripped = false;
  #stopLatched = false;
  #runDownLeftS = 0;
  #startLeftS = 0;
  #doorClosed = true;
  #keyRemote = true;
  #contactorWelded = false;
  /** What the controller has taken over in its own cycle from what was asked for. */
  #inForce: { readonly setpointC: number; readonly fanPercent: number };

  constructor(start: FurnaceStart) {
    this.#noise = seededNoise(start.seed);
    this.#parameters = { setpointC: start.setpointC, rampKPerMin: 10, fanPercent: 60 };
    this.#inForce = { ...this.#parameters };
    const rest = atRest(start.chamberC, this.#parameters.fanPercent);
    this.#bodies = { chamberC: start.chamberC, shellC: rest.shellC };
    this.#temperatureC = start.chamberC;
    this.#controller = new TemperatureController(start.chamberC, (100 * rest.heaterW) / furnaceConstants.ratedW);
    this.#running = start.running;
    this.step(longestStepS);
  }

  /** What the instruments and contacts show. Temperatures °C, output and fan %, power kW, energy kWh. */
  get readings() {
    return {
      temperatureC: this.#temperatureC,
      outputPercent: this.#outputPercent,
      shellC: this.#bodies.shellC,
      energyKWh: this.#energyKWh,
      powerKW: this.#powerW / 1000,
      ...this.#parameters,
      workingSetpointC: this.#controller.workingC,
      setpointInForceC: this.#inForce.setpointC,
      fanInForcePercent: this.#inForce.fanPercent,
      stopRequested: this.#stopLatched,
      startRequested: this.#startLeftS > 0,
      doorClosed: this.#doorClosed,
      keyRemote: this.#keyRemote,
      running: this.#running,
      tripped: this.#tripped,
    };
  }

  step(dtS: number): void {
    for (let leftS = dtS; leftS > 1e-9; leftS -= longestStepS) this.#shortStep(Math.min(leftS, longestStepS));
  }

  /** True when the controller's guard lets the value pass; NaN never does. */
  accepts(parameter: FurnaceParameter, value: number): boolean {
    const [low, high] = furnaceGuards[parameter];
    return value >= low && value <= high;
  }

  /** Sets a parameter. Throws RangeError on a value that the guard refuses. */
  set(parameter: FurnaceParameter, value: number): void {
    if (!this.accepts(parameter, value)) throw new RangeError(`${parameter} ${value} is outside the guard`);
    this.#parameters[parameter] = value;
  }

  /** A level, latched until the local reset: asking again changes nothing, taking it back neither. Works with the key on LOCAL too. */
  requestStop(): void {
    if (this.#stopLatched) return;
    this.#stopLatched = true;
    this.#startLeftS = 0;
    this.#runDownLeftS = runDownS;
  }

  /** Whether the controller would take a start from afar now. */
  get mayStartRemotely(): boolean {
    return this.#keyRemote && this.#doorClosed && !this.#stopLatched && !this.#tripped;
  }

  /** A start from afar: a pulse that the controller ends itself after 1 s. Nothing where it may not be. */
  requestStart(): void {
    if (!this.mayStartRemotely) return;
    this.#startLeftS = startShownS;
    this.#running = true;
  }

  /** The start button at the panel: "started", or why the controller refuses. */
  localStart(): "started" | "tripped" | "stop request latched" {
    if (this.#tripped) return "tripped";
    if (this.#stopLatched) return "stop request latched";
    this.#running = true;
    return "started";
  }

  localStop(): void {
    this.#running = false;
  }

  /** The reset button at the panel: lifts a latched stop request and, once cool enough, the trip. Starts nothing. */
  localReset(): "reset" | "too hot" {
    if (this.#tripped && this.#bodies.chamberC >= tripResetC) return "too hot";
    this.#stopLatched = false;
    this.#tripped = false;
    return "reset";
  }

  moveDoor(position: "open" | "closed"): void {
    this.#doorClosed = position === "closed";
  }

  turnKey(position: "local" | "remote"): void {
    this.#keyRemote = position === "remote";
  }

  /** The limiter's test button: trips as if it were too hot. */
  pressTripTest(): void {
    this.#trip();
  }

  /** A heater contactor that no longer opens: the furnace heats at full power until the limiter opens its own. */
  breakContactor(state: "welded" | "repaired"): void {
    this.#contactorWelded = state === "welded";
  }

  #shortStep(dtS: number): void {
    const { setpointC, fanPercent } = this.#parameters;
    this.#inForce = { setpointC, fanPercent };
    this.#runDown(dtS);
    this.#startLeftS = Math.max(0, this.#startLeftS - dtS);
    this.#outputPercent = this.#heaterOutput(dtS);
    const heaterW = (furnaceConstants.ratedW * this.#outputPercent * (1 + this.#noise.normal(mainsNoise))) / 100;
    const doorOpen = !this.#doorClosed;
    this.#bodies = stepThermal(this.#bodies, { heaterW, fanPercent: this.#parameters.fanPercent, doorOpen }, dtS);
    const fanW = this.#running ? furnaceConstants.fanW * (this.#parameters.fanPercent / 100) ** 3 : 0;
    this.#powerW = heaterW + fanW + furnaceConstants.controlsW;
    this.#energyKWh += (this.#powerW * dtS) / 3_600_000;
    this.#temperatureC = this.#bodies.chamberC + this.#noise.normal(sensorNoiseK);
    if (this.#bodies.chamberC > tripC) this.#trip();
  }

  #runDown(dtS: number): void {
    if (!this.#stopLatched || !this.#running) return;
    this.#runDownLeftS -= dtS;
    if (this.#runDownLeftS <= 1e-9) this.#running = false;
  }

  #heaterOutput(dtS: number): number {
    if (this.#tripped) return this.#heaterOff();
    if (this.#contactorWelded) return 100;
    if (!this.#running || !this.#doorClosed || this.#stopLatched) return this.#heaterOff();
    return this.#controller.output(this.#parameters, this.#temperatureC, dtS);
  }

  #heaterOff(): number {
    this.#controller.follow(this.#temperatureC);
    return 0;
  }

  #trip(): void {
    this.#tripped = true;
    this.#running = false;
  }
}
