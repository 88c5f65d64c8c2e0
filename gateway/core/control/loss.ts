import type { LossOfControl } from "../plant.ts";
import type { LeaseChanged } from "./lease.ts";

/** R15: what the edge does when whoever had control is gone for longer than the grace time. */

/** States in which nothing moves until somebody commands it (PackML wait states; Suspended resumes by itself). */
const atRest: ReadonlySet<string> = new Set(["Stopped", "Idle", "Held", "Aborted", "Complete"]);

/** @param state PackML word; `unknown` or undefined (no state declared) counts as moving. */
export function isMoving(state: string | undefined): boolean {
  return state === undefined || !atRest.has(state);
}

/**
 * R17: control that was lost, as against given back, handed on, or taken by the people at the machine:
 * somebody has to hear of it.
 */
export function isLost({ change, why }: Pick<LeaseChanged, "change" | "why">): boolean {
  if (change === "expired") return true;
  return change === "ended" && why !== "local-control" && why !== "locked-out" && why !== "island";
}

/** Whether the loss policy may ever follow from this end: only where the holder was gone (R15, R39). */
export function startsLossClock({ change }: Pick<LeaseChanged, "change">): boolean {
  return change === "expired";
}

/**
 * When the policy runs, monotonic ms: the grace counts from the last sign of life, and nothing runs
 * before control itself is over.
 */
export function lossRunsAt(loss: LossOfControl, lastAliveMs: number, nowMs: number): number {
  return Math.max(nowMs, lastAliveMs + loss.graceMs);
}

export type LossAction =
  /** The people at the machine have it, or it stands still: nobody needs to hear of it. */
  | { readonly kind: "none" }
  | { readonly kind: "tell" }
  | { readonly kind: "stop" }
  | { readonly kind: "command"; readonly command: string };

export interface LossFacts {
  readonly loss: LossOfControl;
  readonly state: string | undefined;
  /** true REMOTE, false LOCAL, null not known, undefined no key. */
  readonly remote: boolean | null | undefined;
}

/** R39: with the key on LOCAL the policy never runs: somebody is there. */
export function lossAction({ loss, state, remote }: LossFacts): LossAction {
  if (remote === false || !isMoving(state)) return { kind: "none" };
  switch (loss.policy) {
    case "continue":
      return { kind: "tell" };
    case "stop":
      return { kind: "stop" };
    case "hold":
    case "finish-cycle":
      return loss.command === undefined ? { kind: "tell" } : { kind: "command", command: loss.command };
  }
}
