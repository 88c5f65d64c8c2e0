/** The product tank above the filler: level and temperature. */
export interface Tank {
  readonly levelPercent: number;
  readonly temperatureC: number;
  readonly valveOpen: boolean;
}

export const tankConstants = {
  litres: 400,
  inletLPerS: 2.5,
  supplyC: 4,
  hallC: 24,
  /** Heat through the wall, as a share of the difference a second at a full tank. */
  warming: 0.000_25,
  openBelowPercent: 45,
  closeAbovePercent: 88,
  /** The filler waits below the first and goes on above the second. */
  starvedPercent: 5,
  recoveredPercent: 22,
} as const;

/** One explicit Euler step; any step to 1 s is exact enough. The valve has a hysteresis and needs the supply. */
export function stepTank(tank: Tank, drawnLPerS: number, supplied: boolean, dtS: number): Tank {
  const c = tankConstants;
  const wanted = tank.valveOpen ? tank.levelPercent < c.closeAbovePercent : tank.levelPercent < c.openBelowPercent;
  const inLPerS = wanted && supplied ? c.inletLPerS : 0;
  const litres = (tank.levelPercent * c.litres) / 100;
  const next = Math.min(c.litres, Math.max(0, litres + (inLPerS - drawnLPerS) * dtS));
  const mixing = next > 1 ? (inLPerS * dtS) / next : 1;
  const warmer = c.warming * (c.hallC - tank.temperatureC) * (c.litres / Math.max(next, 20)) * dtS;
  return {
    levelPercent: (100 * next) / c.litres,
    temperatureC: tank.temperatureC + Math.min(1, mixing) * (c.supplyC - tank.temperatureC) + warmer,
    valveOpen: wanted,
  };
}
