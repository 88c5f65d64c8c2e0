/** One value of the scale plant: where it lies and what it is. All are holding registers, 32 bits with the big word first. */
export interface ScalePoint {
  readonly unitId: number;
  readonly register: number;
  readonly type: "float32" | "uint16";
}

export interface ScaleSize {
  /** Holding registers of the whole plant, shared out evenly (the first units get one more where it does not divide). */
  readonly registers: number;
  /** Unit ids 1 to `units`. */
  readonly units: number;
  /** `mixed`: of each unit the first half of the registers are float32 pairs, the rest uint16. */
  readonly layout: "mixed" | "uint16" | "float32";
}

/** Registers of one unit, 1-based. */
export function registersOf(size: ScaleSize, unitId: number): number {
  const rest = size.registers % size.units;
  return Math.floor(size.registers / size.units) + (unitId <= rest ? 1 : 0);
}

/** Every value of the plant, unit by unit, in the order of the registers. A register left over by float32 pairs is a uint16. */
export function scaleLayout(size: ScaleSize): ScalePoint[] {
  const points: ScalePoint[] = [];
  for (let unitId = 1; unitId <= size.units; unitId += 1) {
    const registers = registersOf(size, unitId);
    const pairs = Math.floor(registers / 2 / (size.layout === "mixed" ? 2 : 1)) * (size.layout === "uint16" ? 0 : 1);
    for (let pair = 0; pair < pairs; pair += 1) points.push({ unitId, register: pair * 2, type: "float32" });
    for (let register = pairs * 2; register < registers; register += 1)
      points.push({ unitId, register, type: "uint16" });
  }
  return points;
}
