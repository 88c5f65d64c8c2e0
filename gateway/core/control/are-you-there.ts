/** R43: an unattended machine in Execute wants a sign of life from whoever has control of it. */

/** ms; at most what R43 says. */
export interface VigilTimes {
  readonly silentMs: number;
  readonly askedMs: number;
}

export const vigilLimits: VigilTimes = {
  /** Without a sign of a person for so long, he is asked, ms. */
  silentMs: 10 * 60_000,
  /** So long he may take to answer, ms. */
  askedMs: 60_000,
};

export type Vigil =
  | { readonly state: "quiet" }
  | { readonly state: "asked"; readonly sinceMs: number; readonly untilMs: number }
  /** On-call was told; nothing more until somebody shows. */
  | { readonly state: "told"; readonly sinceMs: number };

export const quiet: Vigil = { state: "quiet" };

/** undefined: nobody has control, or the machine is attended or not in Execute. */
export interface VigilFacts {
  /** Monotonic ms of the last sign of a person. */
  readonly activeMs: number;
}

/** Where the vigil stands at this moment; all times monotonic ms. */
export function keepVigil(
  vigil: Vigil,
  facts: VigilFacts | undefined,
  nowMs: number,
  { silentMs, askedMs }: VigilTimes = vigilLimits,
): Vigil {
  if (!facts) return quiet;
  if (vigil.state === "quiet") {
    if (nowMs - facts.activeMs < silentMs) return quiet;
    return { state: "asked", sinceMs: nowMs, untilMs: nowMs + askedMs };
  }
  if (facts.activeMs >= vigil.sinceMs) return quiet;
  return vigil.state === "asked" && nowMs >= vigil.untilMs ? { state: "told", sinceMs: nowMs } : vigil;
}
