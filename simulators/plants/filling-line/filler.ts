import type { Noise } from "../../process/noise.ts";

export interface FillerSettings {
  readonly speedPerMin: number;
  readonly volumeMl: number;
}

/** What left the filler in a step. */
export interface Filled {
  readonly bottles: number;
  readonly rejected: number;
}

const accelerationPerMinPerS = 30;
const volumeSpreadMl = 0.9;
const toleranceMl = 4;
const badCapShare = 0.003;

/** Filler and capper: follows the speed set-point and checks each bottle. */
export class Filler {
  readonly #noise: Noise;
  #speedPerMin: number;
  #partOfBottle = 0;
  #volumeMl: number;
  #torqueNm = 1.8;
  #code = new Uint8Array(8);

  constructor(noise: Noise, start: FillerSettings) {
    this.#noise = noise;
    this.#speedPerMin = start.speedPerMin;
    this.#volumeMl = start.volumeMl;
  }

  get readings() {
    return {
      speedPerMin: this.#speedPerMin,
      volumeMl: this.#volumeMl,
      torqueNm: this.#torqueNm,
      lastCode: this.#code,
    };
  }

  /** Turns at `settings.speedPerMin`, or brakes to 0 with `halted`; `serial` counts the bottles of the machine's life. */
  step(settings: FillerSettings, halted: "halted" | "turning", serial: bigint, dtS: number): Filled {
    const target = halted === "halted" ? 0 : settings.speedPerMin;
    const change = accelerationPerMinPerS * (halted === "halted" ? 4 : 1) * dtS;
    const gap = target - this.#speedPerMin;
    this.#speedPerMin += Math.sign(gap) * Math.min(Math.abs(gap), change);
    this.#partOfBottle += (this.#speedPerMin / 60) * dtS;
    const bottles = Math.floor(this.#partOfBottle);
    this.#partOfBottle -= bottles;
    let rejected = 0;
    for (let bottle = 1; bottle <= bottles; bottle += 1) {
      if (!this.#fillOne(settings.volumeMl, serial + BigInt(bottle))) rejected += 1;
    }
    return { bottles, rejected };
  }

  #fillOne(volumeMl: number, serial: bigint): boolean {
    this.#volumeMl = volumeMl + this.#noise.normal(volumeSpreadMl);
    this.#torqueNm = 1.8 + this.#noise.normal(0.05);
    const code = new DataView(new ArrayBuffer(8));
    code.setBigUint64(0, serial);
    this.#code = new Uint8Array(code.buffer);
    return Math.abs(this.#volumeMl - volumeMl) <= toleranceMl && this.#noise.uniform() >= badCapShare;
  }
}
