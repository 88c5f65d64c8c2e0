import type { Command, TagView } from "../api/wire.ts";
import type { SparkPoint } from "../live/spark.ts";
import { StopRun } from "../live/stop-run.svelte.ts";
import type { ValueState } from "../live/value-state.ts";

/** Invented figures: the gallery shows the parts, not a machine. */
export const nowMs = Date.UTC(2026, 10, 24, 14, 32, 8);
const at = (hour: number, minute: number, second = 0) => Date.UTC(2026, 10, 24, hour, minute, second);

export const tag: TagView = {
  tag: "line/temperature",
  handle: 1,
  id: "temperature",
  equipment: "line",
  name: { en: "Product temperature", it: "Temperatura prodotto" },
  type: "double",
  unit: "°C",
  decimals: 1,
  range: [0, 12],
  normal: [4, 7],
  device: "plc",
  staleAfterMs: 1500,
  recorded: true,
  writable: { allowed: true, causes: [], class: "C1", limits: [2, 9], maxStep: 2 },
};

export const valueStates: readonly { readonly title: string; readonly state: ValueState }[] = [
  { title: "Live", state: { kind: "live", value: 5.8, timeMs: nowMs - 400 } },
  { title: "Stale", state: { kind: "stale", value: 5.8, sinceMs: at(14, 21) } },
  {
    title: "Bad",
    state: { kind: "bad", sinceMs: at(14, 21), letter: "F", last: { value: 5.8, status: 0, timeMs: at(14, 20) } },
  },
  { title: "Uncertain", state: { kind: "uncertain", value: 5.8, letter: "S" } },
  { title: "Overridden", state: { kind: "overridden", value: 5 } },
  { title: "Writing", state: { kind: "writing", value: 5.5, wanted: 6, sentMs: 1200 } },
  { title: "Verified", state: { kind: "verified", value: 6, delayMs: 400 } },
  { title: "Unknown", state: { kind: "unknown", value: null, sinceMs: at(15, 5, 52) } },
  { title: "Waiting", state: { kind: "waiting" } },
];

export const spark: readonly (SparkPoint | undefined)[] = Array.from({ length: 120 }, (_, step) => {
  if (step > 60 && step < 74) return undefined;
  const middle = 5.6 + Math.sin(step / 7) * 0.5 + Math.sin(step / 1.7) * 0.25;
  return { timeMs: nowMs - (120 - step) * 30_000, low: middle - 0.1, high: middle + 0.1, last: middle };
});

export function command(state: Command["state"], more: Partial<Command> = {}): Command {
  return {
    id: state,
    kind: "write",
    state,
    equipment: "line",
    target: "line/temperature",
    value: 6,
    oldValue: 5.5,
    user: "M. Rossi",
    requestedAt: new Date(nowMs - 1400).toISOString(),
    sentAt: new Date(nowMs - 1300).toISOString(),
    finishedAt: new Date(nowMs - 900).toISOString(),
    events: [],
    ...more,
  };
}

/** A stop request frozen in one phase. */
export function stopIn(phase: StopRun["phase"]): StopRun {
  const never = new Promise<never>(() => undefined);
  const run = new StopRun({
    post: () => never,
    get: () => never,
    now: () => 0,
    wallMs: () => nowMs,
    after: () => () => undefined,
  });
  run.phase = phase;
  run.requestedAtMs = nowMs;
  if (phase === "received" || phase === "confirmed") run.receivedMs = 300;
  if (phase === "confirmed") run.confirmedMs = 1800;
  return run;
}
