import type { Noise } from "../../process/noise.ts";

const basePowerKW = 0.35;
const enabledPowerKW = 0.45;
const powerFactor = 0.86;

/** Enable relay and energy meter. The relay's contact follows its coil, unless it sticks. */
export class Electrics {
  readonly #noise: Noise;
  #coil: boolean;
  #contact: boolean;
  #stuck = false;
  #voltageV = 400;
  #currentA = 0;
  #powerKW = basePowerKW;
  #energyKWh = 9_318.44;

  constructor(enabled: boolean, noise: Noise) {
    this.#coil = enabled;
    this.#contact = enabled;
    this.#noise = noise;
  }

  /** What the relay really lets through. */
  get enabled(): boolean {
    return this.#contact;
  }

  /** V between phases, A, kW, kWh; `coil` is what was asked of the relay, `contact` what it does. */
  get readings() {
    return {
      coil: this.#coil,
      contact: this.#contact,
      voltageV: this.#voltageV,
      currentA: this.#currentA,
      powerKW: this.#powerKW,
      energyKWh: this.#energyKWh,
    };
  }

  switch(position: "on" | "off"): void {
    this.#coil = position === "on";
    if (!this.#stuck) this.#contact = this.#coil;
  }

  /** A relay whose contact no longer follows: it reads back wrong. Repaired, it follows again. */
  stick(state: "stuck" | "repaired"): void {
    this.#stuck = state === "stuck";
    if (!this.#stuck) this.#contact = this.#coil;
  }

  /** One step with so much power drawn by the spindle, kW. */
  step(spindleKW: number, dtS: number): void {
    this.#powerKW = basePowerKW + (this.#contact ? enabledPowerKW : 0) + spindleKW;
    this.#voltageV = 400 - 0.6 * this.#powerKW + this.#noise.normal(0.4);
    this.#currentA = (1000 * this.#powerKW) / (Math.sqrt(3) * this.#voltageV * powerFactor);
    this.#energyKWh += (this.#powerKW * dtS) / 3600;
  }
}
