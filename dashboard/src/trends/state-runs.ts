import type { JsonValue } from "../api/wire.ts";
import type { Gap } from "./gaps.ts";
import type { TrendWindow } from "./trend-window.ts";

export interface StatePoint {
  readonly timeMs: number;
  readonly value: JsonValue;
  readonly status: number;
}

/** For how long one value was in force; null: nothing to believe. */
export interface StateRun extends TrendWindow {
  readonly value: JsonValue;
  readonly open: boolean;
}

const mostPoints = 4_000;

/** A tag with words instead of a scale: its changes, from the history and then live. */
export class StateSeries {
  #points: StatePoint[] = [];
  /** Until when the newest value was known to hold. */
  #untilMs = 0;
  /** Whether the history had more changes than were asked for. */
  readonly detail: "every-change" | "one-a-bucket";

  constructor(points: readonly StatePoint[], untilMs: number, detail: "every-change" | "one-a-bucket") {
    for (const point of points) this.#add(point);
    this.#untilMs = untilMs;
    this.detail = detail;
  }

  /** When the first known value came; undefined: there is none. */
  get firstMs(): number | undefined {
    return this.#points[0]?.timeMs;
  }

  push(point: StatePoint): void {
    const newest = this.#points.at(-1);
    if (newest && point.timeMs < newest.timeMs) return;
    this.#add(point);
    this.#untilMs = Math.max(this.#untilMs, point.timeMs);
  }

  /** The newest value still holds. */
  hold(nowMs: number): void {
    this.#untilMs = Math.max(this.#untilMs, nowMs);
  }

  /** Runs that touch the window, in order. Past the last proof of life nothing is believed. */
  runs(window: TrendWindow, nowMs: number): readonly StateRun[] {
    const endMs = Math.min(window.toMs, nowMs);
    const runs: StateRun[] = [];
    const put = (fromMs: number, toMs: number, value: JsonValue) => {
      const run = { fromMs: Math.max(fromMs, window.fromMs), toMs: Math.min(toMs, endMs) };
      if (run.toMs > run.fromMs) runs.push({ ...run, value, open: toMs >= nowMs });
    };
    this.#points.forEach((point, n) => {
      const next = this.#points[n + 1];
      const believed = point.status >>> 30 === 0 ? point.value : null;
      const slackMs = 2_500;
      if (next) put(point.timeMs, next.timeMs, believed);
      else if (nowMs - this.#untilMs <= slackMs) put(point.timeMs, nowMs, believed);
      else {
        put(point.timeMs, this.#untilMs, believed);
        put(this.#untilMs, nowMs, null);
      }
    });
    return runs;
  }

  at(timeMs: number, nowMs: number): StateRun | undefined {
    return this.runs({ fromMs: timeMs, toMs: timeMs + 1 }, Math.max(nowMs, timeMs + 1))[0];
  }

  #add(point: StatePoint): void {
    const before = this.#points.at(-1);
    if (before && before.value === point.value && before.status === point.status) return;
    this.#points.push(point);
    if (this.#points.length > mostPoints) this.#points.shift();
  }
}

/** Stretches without a state that could be believed; uncertain and bad ones that touch are one. */
export function gapsOfRuns(runs: readonly StateRun[]): readonly Gap[] {
  const gaps: Gap[] = [];
  for (const { fromMs, toMs, open, value } of runs) {
    if (value !== null) continue;
    const before = gaps.at(-1);
    if (before?.toMs === fromMs) gaps[gaps.length - 1] = { ...before, toMs, open };
    else gaps.push({ fromMs, toMs, open, partly: false });
  }
  return gaps;
}
