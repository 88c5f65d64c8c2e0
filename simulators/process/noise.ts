/** A source of random numbers that gives the same series for the same seed, so that a run can be repeated. */
export interface Noise {
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Normal with mean 0 and the given standard deviation, in the unit of the deviation. */
  normal(deviation: number): number;
}

/** mulberry32 (public domain, T. Ettinger): 32 bits of state, good enough for sensor noise. */
export function seededNoise(seed: number): Noise {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return {
    uniform,
    normal(deviation) {
      // Box-Muller; 1 - u keeps the logarithm away from 0.
      const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
      return deviation * radius * Math.cos(2 * Math.PI * uniform());
    },
  };
}
