import { type Noise, seededNoise } from "../../process/noise.ts";
import type { ProcessModel } from "../../process/process-model.ts";
import { registersOf, type ScalePoint, type ScaleSize, scaleLayout } from "./layout.ts";

/** Many values without meaning that all change together at a fixed rate. */
export class ScaleModel implements ProcessModel {
  /** The registers of each unit, as they stand on the wire. */
  readonly banks: ReadonlyMap<number, DataView>;
  readonly #points: readonly ScalePoint[];
  readonly #periodS: number;
  readonly #noise: Noise;
  #untilNextS: number;
  #updates = 0;

  constructor(size: ScaleSize, pace: { readonly updatesPerS: number; readonly seed: number }) {
    this.#points = scaleLayout(size);
    this.#periodS = 1 / pace.updatesPerS;
    this.#untilNextS = this.#periodS;
    this.#noise = seededNoise(pace.seed);
    const units = Array.from({ length: size.units }, (_, index) => index + 1);
    this.banks = new Map(units.map((unitId) => [unitId, new DataView(new ArrayBuffer(registersOf(size, unitId) * 2))]));
    this.#update();
  }

  /** How often all values have changed, from 1; it stands in the first value of each unit (uint16: modulo 65,536). */
  get updates(): number {
    return this.#updates;
  }

  step(dtS: number): void {
    this.#untilNextS -= dtS;
    while (this.#untilNextS <= 1e-9) {
      this.#untilNextS += this.#periodS;
      this.#update();
    }
  }

  #update(): void {
    this.#updates += 1;
    for (const point of this.#points) {
      const bank = this.banks.get(point.unitId);
      if (bank === undefined) continue;
      if (point.register === 0) this.#writeCounter(bank, point);
      else if (point.type === "float32") this.#writeWave(bank, point.register);
      else bank.setUint16(point.register * 2, this.#walkFrom(bank.getUint16(point.register * 2)));
    }
  }

  #writeCounter(bank: DataView, point: ScalePoint): void {
    if (point.type === "float32") bank.setFloat32(0, this.#updates);
    else bank.setUint16(0, this.#updates & 0xffff);
  }

  /** A slow wave of its own period with noise and two decimals, like most measured values; never twice the same. */
  #writeWave(bank: DataView, register: number): void {
    const wave = Math.sin((2 * Math.PI * this.#updates) / (60 + register));
    const value = Math.round((50 + 40 * wave + this.#noise.normal(0.5)) * 100) / 100;
    const same = bank.getFloat32(register * 2) === Math.fround(value);
    bank.setFloat32(register * 2, same ? value + 0.01 : value);
  }

  /** A walk that never stands still, modulo 65,536. */
  #walkFrom(value: number): number {
    const stride = 1 + Math.floor(this.#noise.uniform() * 9);
    return (value + (this.#noise.uniform() < 0.5 ? stride : -stride)) & 0xffff;
  }
}
