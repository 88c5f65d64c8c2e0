import type { WriteVerdict } from "../../process/machine-point.ts";
import { type Noise, seededNoise } from "../../process/noise.ts";
import type { ProcessModel } from "../../process/process-model.ts";

const longestStepS = 1;
const dayS = 86_400;
/** The compressor loads below the first and unloads above the second, bar. */
const airBand = [6.6, 7.4] as const;
const airLossBarPerS = 0.012;
const airGainBarPerS = 0.05;
const doorMoves = { opensPerS: 1 / 180, closesPerS: 1 / 25 };
export const doorCount = 3;

interface Lights {
  readonly on: boolean;
  /** Brightness, %. */
  readonly level: number;
}

/** A production hall: its climate, the compressed air, three doors and the lights. */
export class HallModel implements ProcessModel {
  readonly #noise: Noise;
  readonly #doors: boolean[] = Array.from({ length: doorCount }, () => false);
  /** The hall's day starts at ten in the morning. */
  #timeS = 10 * 3600;
  #temperatureC = 21.4;
  #humidityPercent = 46;
  #airBar = 7;
  #compressorLoaded = false;
  #lights: Lights = { on: true, level: 80 };
  #doorHeld: boolean | undefined;

  constructor(start: { readonly seed: number }) {
    this.#noise = seededNoise(start.seed);
  }

  /** Temperature °C, humidity %, pressure bar; doors from 1. */
  get readings() {
    return {
      temperatureC: this.#temperatureC,
      humidityPercent: this.#humidityPercent,
      airBar: this.#airBar,
      compressorLoaded: this.#compressorLoaded,
      doors: [...this.#doors] as readonly boolean[],
      lights: this.#lights,
    };
  }

  step(dtS: number): void {
    for (let leftS = dtS; leftS > 1e-9; leftS -= longestStepS) this.#shortStep(Math.min(leftS, longestStepS));
  }

  /** Takes `{on?, level?}`; anything else changes nothing. */
  setLights(body: unknown): WriteVerdict {
    if (typeof body !== "object" || body === null || Array.isArray(body)) return "out-of-range";
    const { on = this.#lights.on, level = this.#lights.level, ...rest } = body as Record<string, unknown>;
    if (typeof on !== "boolean" || typeof level !== "number" || Object.keys(rest).length > 0) return "out-of-range";
    if (!(level >= 0 && level <= 100)) return "out-of-range";
    this.#lights = { on, level };
    return "done";
  }

  /** Opens or closes all doors and keeps them so; `free` lets people come and go again. */
  holdDoors(position: "open" | "closed" | "free"): void {
    this.#doorHeld = position === "free" ? undefined : position === "open";
    if (this.#doorHeld !== undefined) this.#doors.fill(this.#doorHeld);
  }

  #shortStep(dtS: number): void {
    this.#timeS = (this.#timeS + dtS) % dayS;
    if (this.#doorHeld === undefined) this.#moveDoors(dtS);
    this.#stepAir(dtS);
    this.#stepClimate(dtS);
  }

  #moveDoors(dtS: number): void {
    this.#doors.forEach((open, index) => {
      const chance = (open ? doorMoves.closesPerS : doorMoves.opensPerS) * dtS;
      if (this.#noise.uniform() < chance) this.#doors[index] = !open;
    });
  }

  #stepAir(dtS: number): void {
    const [low, high] = airBand;
    if (this.#airBar < low) this.#compressorLoaded = true;
    if (this.#airBar > high) this.#compressorLoaded = false;
    const use = airLossBarPerS * (1 + 0.3 * this.#noise.normal(1));
    this.#airBar += ((this.#compressorLoaded ? airGainBarPerS : 0) - use) * dtS;
  }

  /** Outside it is 15 °C and 60 % on average; open doors let it in, the heating holds against it. */
  #stepClimate(dtS: number): void {
    const open = this.#doors.filter((door) => door).length;
    const outsideC = 15 + 5 * Math.sin((2 * Math.PI * (this.#timeS - 9 * 3600)) / dayS);
    const towardsC = 0.000_4 * (21.5 - this.#temperatureC) + 0.000_25 * open * (outsideC - this.#temperatureC);
    this.#temperatureC += towardsC * dtS + this.#noise.normal(0.004) * Math.sqrt(dtS);
    const towards = 0.000_6 * (46 - this.#humidityPercent) + 0.000_3 * open * (60 - this.#humidityPercent);
    this.#humidityPercent += towards * dtS + this.#noise.normal(0.02) * Math.sqrt(dtS);
  }
}
