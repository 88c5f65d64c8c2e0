import type { ProcessModel } from "./process-model.ts";

export interface Pace {
  /** How often the models are stepped, ms. */
  readonly tickMs: number;
  /** Simulated seconds per real second. */
  readonly speed: number;
  /** While this says yes, time stands still for the process; answers go on (fault `freeze`). */
  frozen(): boolean;
}

/** After a stall (laptop asleep, debugger) the process goes on from where it was instead of leaping ahead. */
const longestStepS = 5;

/** Steps models in real time: the only place of the simulators where process time meets a clock. */
export function startPacemaker(models: readonly ProcessModel[], pace: Pace): { stop(): void } {
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const elapsedS = Math.min((nowMs - lastMs) / 1000, longestStepS);
    lastMs = nowMs;
    if (pace.frozen()) return;
    for (const model of models) model.step(elapsedS * pace.speed);
  }, pace.tickMs);
  return { stop: () => clearInterval(timer) };
}
