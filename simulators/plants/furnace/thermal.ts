/** Two masses: what is in the chamber (charge, lining) and the shell around it. */
export interface Bodies {
  readonly chamberC: number;
  readonly shellC: number;
}

export interface HeatInputs {
  readonly heaterW: number;
  readonly fanPercent: number;
  readonly doorOpen: boolean;
}

/** A 60 kW chamber furnace that loses about 18 kW at 850 °C; figures of the size, not of one product. */
export const furnaceConstants = {
  ratedW: 60_000,
  fanW: 1_500,
  controlsW: 300,
  ambientC: 22,
  chamberJPerK: 120_000,
  shellJPerK: 400_000,
  chamberToShellWPerK: 22.4,
  shellToAmbientWPerK: 700,
  openDoorWPerK: 60,
} as const;

/** Heat that goes from the chamber to the shell, W; the circulation fan adds up to a tenth. */
export function lossW(bodies: Bodies, fanPercent: number): number {
  const conductance = furnaceConstants.chamberToShellWPerK * (1 + fanPercent / 1000);
  return conductance * (bodies.chamberC - bodies.shellC);
}

/** One explicit Euler step. Shortest time constant 9 min (shell), 24 min with the door open: any step to 10 s is exact enough. */
export function stepThermal(bodies: Bodies, inputs: HeatInputs, dtS: number): Bodies {
  const c = furnaceConstants;
  const throughWall = lossW(bodies, inputs.fanPercent);
  const throughDoor = inputs.doorOpen ? c.openDoorWPerK * (bodies.chamberC - c.ambientC) : 0;
  const toAmbient = c.shellToAmbientWPerK * (bodies.shellC - c.ambientC);
  return {
    chamberC: bodies.chamberC + ((inputs.heaterW - throughWall - throughDoor) / c.chamberJPerK) * dtS,
    shellC: bodies.shellC + ((throughWall - toAmbient) / c.shellJPerK) * dtS,
  };
}

/** Shell temperature and heater power at which the chamber stays at `chamberC`, door closed. */
export function atRest(chamberC: number, fanPercent: number): { readonly shellC: number; readonly heaterW: number } {
  const c = furnaceConstants;
  const wall = c.chamberToShellWPerK * (1 + fanPercent / 1000);
  const shellC = (wall * chamberC + c.shellToAmbientWPerK * c.ambientC) / (wall + c.shellToAmbientWPerK);
  return { shellC, heaterW: wall * (chamberC - shellC) };
}
