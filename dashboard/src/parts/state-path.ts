/** PackML (ISA-TR88.00.02) as a strip: the way of a run, and beside it what a run can fall into. */
const main = ["Stopped", "Resetting", "Idle", "Starting", "Execute", "Completing", "Complete"] as const;
const beside = ["Held", "Suspended", "Clearing", "Aborted"] as const;

/** Where each state leads to by a command or by itself, up to where it waits. Stopping and aborting lead out of each. */
const next: ReadonlyMap<string, readonly string[]> = new Map([
  ["Stopped", ["Resetting", "Idle"]],
  ["Resetting", ["Idle"]],
  ["Idle", ["Starting", "Execute"]],
  ["Starting", ["Execute"]],
  ["Execute", ["Completing", "Complete", "Held", "Suspended"]],
  ["Completing", ["Complete"]],
  ["Complete", ["Resetting", "Idle"]],
  ["Holding", ["Held"]],
  ["Held", ["Execute"]],
  ["Unholding", ["Execute"]],
  ["Suspending", ["Suspended"]],
  ["Suspended", ["Execute"]],
  ["Unsuspending", ["Execute"]],
  ["Stopping", ["Stopped"]],
  ["Aborting", ["Aborted"]],
  ["Aborted", ["Clearing", "Stopped"]],
  ["Clearing", ["Stopped"]],
]);

export interface StateBox {
  readonly state: string;
  readonly look: "current" | "reachable" | "other";
}

export interface StateStrip {
  readonly main: readonly StateBox[];
  readonly beside: readonly StateBox[];
}

/** The strip for a machine that is in this state; a state that has no box of its own gets one beside the path. */
export function stateStrip(current: string): StateStrip {
  const reachable = next.get(current) ?? [];
  const box = (state: string): StateBox => ({
    state,
    look: state === current ? "current" : reachable.includes(state) ? "reachable" : "other",
  });
  const passing = next.has(current) && ![...main, ...beside].some((state) => state === current);
  return { main: main.map(box), beside: [...(passing ? [current] : []), ...beside].map(box) };
}

const ways: ReadonlyMap<string, readonly string[]> = new Map([
  ["Stopped", ["reset", "prepare"]],
  ["Complete", ["reset", "prepare"]],
  ["Aborted", ["clear"]],
  ["Held", ["unhold"]],
  ["Suspended", ["unsuspend"]],
]);

/** The usual ids of the commands that lead from a state back to the way of a run (R36). */
export function waysBack(state: string): readonly string[] {
  return ways.get(state) ?? [];
}
