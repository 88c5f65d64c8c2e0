import { type Noise, seededNoise } from "./noise.ts";
import type { ProcessModel } from "./process-model.ts";

/** Many values without meaning that all change together at a fixed rate; none is twice the same. */
export class MovingValues implements ProcessModel {
  /** Two decimals, about 10 to 90; the first one counts the updates. */
  readonly values: Float64Array;
  readonly #periodS: number;
  readonly #noise: Noise;
  #untilNextS: number;
  #updates = 0;

  constructor(count: number, pace: { readonly updatesPerS: number; readonly seed: number }) {
    this.values = new Float64Array(count);
    this.#periodS = 1 / pace.updatesPerS;
    this.#untilNextS = this.#periodS;
    this.#noise = seededNoise(pace.seed);
    this.#update();
  }

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
    for (let index = 1; index < this.values.length; index += 1) {
      const wave = Math.sin((2 * Math.PI * this.#updates) / (60 + (index % 600)));
      const value = Math.round((50 + 40 * wave + this.#noise.normal(0.5)) * 100) / 100;
      this.values[index] = this.values[index] === value ? value + 0.01 : value;
    }
    this.values[0] = this.#updates;
  }
}
