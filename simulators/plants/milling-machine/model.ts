import type { PackmlState } from "../../packml/states.ts";
import { PackmlStation } from "../../packml/station.ts";
import type { WriteVerdict } from "../../process/machine-point.ts";
import { type Noise, seededNoise } from "../../process/noise.ts";
import type { ProcessModel } from "../../process/process-model.ts";
import { Electrics } from "./electrics.ts";
import { cutAt, programName, programS } from "./program.ts";

export interface MillStart {
  readonly seed: number;
  readonly state: PackmlState;
  /** Whether the enable relay starts closed. */
  readonly enabled: boolean;
}

/** What the controller accepts, whoever asks: its own guards, apart from any limit in a gateway. */
export const millGuards = { spindleRpm: [500, 12_000], feedPercent: [0, 150] } as const;
export type MillParameter = keyof typeof millGuards;

const longestStepS = 0.1;
const accelerationRpmPerS = 3500;
const hallC = 22;
/** The spindle shakes most around this speed. */
const resonanceRpm = 8600;
const resonanceWidthRpm = 700;

/** A three-axis milling machine of the lab: program, spindle, coolant, supply and enable relay, under a PackML controller. */
export class MillModel implements ProcessModel {
  readonly station: PackmlStation;
  readonly electrics: Electrics;
  readonly #noise: Noise;
  readonly #parameters: Record<MillParameter, number> = { spindleRpm: 6000, feedPercent: 100 };
  #programS = 0;
  #spindleRpm = 0;
  #loadPercent = 0;
  #coolantC = 23.5;
  #parts = 0;
  #totalParts = 18_204n;
  #vibration = { rmsMmPerS: 0.2, peakMmPerS: 0.6 };

  constructor(start: MillStart) {
    this.#noise = seededNoise(start.seed);
    this.electrics = new Electrics(start.enabled, this.#noise);
    this.station = new PackmlStation(start.state, {
      mayMove: () => this.electrics.enabled,
      moves: () => this.#spindleRpm > 0,
    });
    if (start.state === "Execute") this.#spindleRpm = this.#parameters.spindleRpm;
    this.step(longestStepS);
  }

  get state(): PackmlState {
    return this.station.state;
  }

  get parameters(): Readonly<Record<MillParameter, number>> {
    return this.#parameters;
  }

  /** Speed 1/min, load and feed %, positions mm, temperature °C, vibration mm/s; electrical values as in `electrics.readings`. */
  get readings() {
    const { feedMmPerMin, ...cut } = cutAt(this.#programS);
    const cutting = this.station.state === "Execute";
    return {
      ...this.station.readings,
      ...cut,
      feedMmPerMin: cutting ? (feedMmPerMin * this.#parameters.feedPercent) / 100 : 0,
      spindleRpm: this.#spindleRpm,
      loadPercent: this.#loadPercent,
      coolantC: this.#coolantC,
      program: programName,
      programPercent: (100 * this.#programS) / programS,
      parts: this.#parts,
      totalParts: this.#totalParts,
      ...this.#vibration,
      ...this.electrics.readings,
    };
  }

  step(dtS: number): void {
    for (let leftS = dtS; leftS > 1e-9; leftS -= longestStepS) this.#shortStep(Math.min(leftS, longestStepS));
  }

  /** Sets a parameter, within the controller's guard and with the key on REMOTE. */
  set(parameter: MillParameter, value: number): WriteVerdict {
    const [low, high] = millGuards[parameter];
    if (!(value >= low && value <= high)) return "out-of-range";
    if (!this.station.keyRemote) return "wrong-state";
    this.#parameters[parameter] = value;
    return "done";
  }

  #shortStep(dtS: number): void {
    this.station.step(dtS);
    // Without enable the machine comes to a controlled stop; it does not coast on.
    if (!this.electrics.enabled) this.station.byItself("Stop", "enable lost");
    this.#stepSpindle(dtS);
    this.#stepProgram(dtS);
    this.#stepCoolant(dtS);
    this.#shake();
    const cuttingKW = (this.#loadPercent / 100) * 7.5 * (this.#spindleRpm / millGuards.spindleRpm[1]);
    this.electrics.step(cuttingKW + 0.6 * (this.#spindleRpm / millGuards.spindleRpm[1]), dtS);
  }

  #stepSpindle(dtS: number): void {
    const turning = this.station.state === "Execute" || this.station.state === "Starting";
    const gap = (turning ? this.#parameters.spindleRpm : 0) - this.#spindleRpm;
    this.#spindleRpm += Math.sign(gap) * Math.min(Math.abs(gap), accelerationRpmPerS * dtS);
    const cutting = this.station.state === "Execute" ? cutAt(this.#programS).effort : 0;
    const effort = 0.04 + cutting * (0.35 + 0.65 * (this.#parameters.feedPercent / 100));
    const wanted = this.#spindleRpm > 0 ? 100 * effort * (1 + this.#noise.normal(0.03)) : 0;
    this.#loadPercent += (wanted - this.#loadPercent) * Math.min(1, dtS / 0.3);
  }

  #stepProgram(dtS: number): void {
    if (this.station.state === "Resetting") this.#programS = 0;
    if (this.station.state !== "Execute") return;
    this.#programS += (dtS * this.#parameters.feedPercent) / 100;
    if (this.#programS < programS) return;
    this.#programS -= programS;
    this.#parts += 1;
    this.#totalParts += 1n;
  }

  #stepCoolant(dtS: number): void {
    const heat = 0.000_9 * this.#loadPercent;
    this.#coolantC += (heat - 0.005 * (this.#coolantC - hallC)) * dtS;
  }

  #shake(): void {
    const speed = this.#spindleRpm / millGuards.spindleRpm[1];
    const resonance = Math.exp(-(((this.#spindleRpm - resonanceRpm) / resonanceWidthRpm) ** 2));
    const rms = (0.15 + 0.9 * speed + 2.4 * resonance + 0.025 * this.#loadPercent) * (1 + this.#noise.normal(0.04));
    this.#vibration = { rmsMmPerS: rms, peakMmPerS: rms * (2.8 + 0.4 * this.#noise.uniform()) };
  }
}
