import { describe, expect, it } from "vitest";
import type { LossOfControl } from "../plant.ts";
import type { LeaseChanged } from "./lease.ts";
import { isLost, isMoving, type LossAction, lossAction, lossRunsAt, startsLossClock } from "./loss.ts";
import { packmlWords } from "./packml.ts";

const policy = (wanted: LossOfControl["policy"], command?: string): LossOfControl => ({
  policy: wanted,
  graceMs: 30_000,
  command,
});
const none: LossAction = { kind: "none" };
const tell: LossAction = { kind: "tell" };

describe("loss of control (R15)", () => {
  it("counts as at rest only what stays so until somebody commands it", () => {
    expect(packmlWords.filter((word) => !isMoving(word)).sort()).toEqual([
      "Aborted",
      "Complete",
      "Held",
      "Idle",
      "Stopped",
    ]);
    expect([isMoving("unknown"), isMoving(undefined)]).toEqual([true, true]);
  });

  it.each<[string, LossOfControl, string | undefined, boolean | null | undefined, LossAction]>([
    ["continue tells somebody and sends nothing", policy("continue"), "Execute", true, tell],
    ["stop sends the stop request", policy("stop"), "Execute", true, { kind: "stop" }],
    ["hold runs its command", policy("hold", "hold"), "Execute", true, { kind: "command", command: "hold" }],
    [
      "finish-cycle runs its command",
      policy("finish-cycle", "end"),
      "Starting",
      true,
      { kind: "command", command: "end" },
    ],
    ["finish-cycle without one sends nothing", policy("finish-cycle"), "Execute", true, tell],
    ["a machine at rest is left alone", policy("stop"), "Idle", true, none],
    ["a state that cannot be read counts as moving", policy("stop"), "unknown", true, { kind: "stop" }],
    ["no state at all counts as moving", policy("stop"), undefined, undefined, { kind: "stop" }],
    ["on LOCAL nothing follows (R39)", policy("stop"), "Execute", false, none],
    ["a key that cannot be read keeps nothing from stopping", policy("stop"), "Execute", null, { kind: "stop" }],
  ])("%s", (_name, loss, state, remote, action) => {
    expect(lossAction({ loss, state, remote })).toEqual(action);
  });

  it.each<[string, number, number, number]>([
    ["counts the grace from the last sign of life", 1000, 16_000, 31_000],
    ["never runs before control is over", 1000, 40_000, 40_000],
  ])("%s", (_name, lastAliveMs, nowMs, runsAt) => {
    expect(lossRunsAt(policy("stop"), lastAliveMs, nowMs)).toBe(runsAt);
  });

  it.each<[LeaseChanged["change"], LeaseChanged["why"], lost: boolean, clock: boolean]>([
    ["expired", undefined, true, true],
    ["released", undefined, false, false],
    ["handed-over", undefined, false, false],
    ["forced", undefined, false, false],
    ["ended", "local-control", false, false],
    ["ended", "locked-out", false, false],
    ["ended", "island", false, false],
    ["ended", "key-unreadable", true, false],
    ["ended", "sign-in-ended", true, false],
    ["ended", "right-lost", true, false],
    ["ended", "booking-ended", true, false],
    ["ended", "device-lock-lost", true, false],
  ])("control that was %s (%s) is lost: %s, and runs the policy: %s", (change, why, lost, clock) => {
    expect([isLost({ change, why }), startsLossClock({ change })]).toEqual([lost, clock]);
  });
});
