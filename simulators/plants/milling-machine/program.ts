/** Where the tool is and how hard it works, at one moment of the program. */
export interface Cut {
  readonly phase: "approach" | "roughing" | "finishing" | "change";
  /** mm from the work-piece's zero point. */
  readonly x: number;
  readonly y: number;
  readonly z: number;
  /** Share of the spindle's rated torque, 0 to 1. */
  readonly effort: number;
  /** Number of the tool in the spindle. */
  readonly tool: number;
  /** At 100 % feed override, mm/min. */
  readonly feedMmPerMin: number;
}

export const programName = "POCKET_60x40";
/** One part at 100 % feed override. */
export const programS = 80;

const phases = [
  { phase: "approach", untilS: 6, effort: 0, tool: 2, feedMmPerMin: 3000 },
  { phase: "roughing", untilS: 50, effort: 0.62, tool: 2, feedMmPerMin: 900 },
  { phase: "change", untilS: 56, effort: 0, tool: 7, feedMmPerMin: 3000 },
  { phase: "finishing", untilS: 76, effort: 0.24, tool: 7, feedMmPerMin: 600 },
  { phase: "change", untilS: programS, effort: 0, tool: 2, feedMmPerMin: 3000 },
] as const;

const half = { x: 30, y: 20 };
const layers = 4;
const clearanceMm = 50;

/** The program at `atS` of its `programS` seconds: a pocket of 60 × 40 × 12 mm, roughed in four layers, each one turn of a spiral, and finished along its wall. */
export function cutAt(atS: number): Cut {
  const index = phases.findIndex((phase) => atS < phase.untilS);
  const { untilS, ...phase } = phases[index] ?? phases[4];
  const beganS = phases[index - 1]?.untilS ?? 0;
  const share = (atS - beganS) / (untilS - beganS);
  return { ...phase, ...position(phase.phase, share) };
}

function position(phase: Cut["phase"], share: number): Pick<Cut, "x" | "y" | "z"> {
  switch (phase) {
    case "approach":
      return { x: -120 * (1 - share), y: -80 * (1 - share), z: clearanceMm * (1 - share) };
    case "roughing": {
      const layer = Math.min(layers - 1, Math.floor(share * layers));
      const inLayer = share * layers - layer;
      const angle = 2 * Math.PI * inLayer;
      return { x: half.x * inLayer * Math.cos(angle), y: half.y * inLayer * Math.sin(angle), z: -3 * (layer + 1) };
    }
    case "finishing": {
      const angle = 2 * Math.PI * share;
      return { x: half.x * Math.cos(angle), y: half.y * Math.sin(angle), z: -12 };
    }
    case "change":
      return { x: -120 * share, y: -80 * share, z: clearanceMm };
  }
}
