import type { Refusal } from "../api/client.ts";

/** `refused`: the gateway answers, and will not have this device here (a proxy stands between, or something broke). */
export type KioskPhase = "loading" | "not-enrolled" | "live" | "lost" | "refused";

export interface KioskFacts {
  /** Monotonic ms of the newest picture of the machine. */
  readonly answeredMs: number | undefined;
  /** What the gateway refused with, last. */
  readonly refusal: Pick<Refusal["problem"], "status"> | undefined;
  /** Questions in a row without any answer. */
  readonly failures: number;
  readonly nowMs: number;
}

/** Older than this, or two questions without an answer: what is shown is the past. */
export const pastAfterMs = 5_000;
const failuresUntilLost = 2;

export function phaseOf({ answeredMs, refusal, failures, nowMs }: KioskFacts): KioskPhase {
  if (refusal) return refusal.status === 401 ? "not-enrolled" : "refused";
  if (failures >= failuresUntilLost) return "lost";
  if (answeredMs === undefined) return "loading";
  return nowMs - answeredMs > pastAfterMs ? "lost" : "live";
}
