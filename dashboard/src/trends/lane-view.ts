import { type Gap, gapsOf } from "./gaps.ts";
import type { Lane } from "./lane.ts";
import { laneScale } from "./lane-scale.ts";
import type { LaneSeries, Step } from "./lane-series.ts";
import { type Figures, figuresOf, insideOf, type PenData, penOf } from "./pen.ts";
import { gapsOfRuns, type StateRun, type StateSeries } from "./state-runs.ts";
import type { Ghost } from "./trend-comparison.svelte.ts";
import type { TrendWindow } from "./trend-window.ts";

/** What is known of a tag, and for which stretch it was asked. */
export interface Loaded<Series> {
  readonly series: Series;
  readonly covered: TrendWindow;
  readonly intervalMs: number;
  /** It reached the present when it was asked, so live samples carry it on. */
  readonly growing: boolean;
  /** The first sample ever recorded; undefined: not known, so nothing is taken for unrecorded. */
  readonly firstMs: number | undefined;
}

export interface NumberView {
  readonly kind: "number";
  readonly lane: Lane;
  readonly figures: Figures | undefined;
  /** The window that this one is compared with. */
  readonly ghost: Ghost | undefined;
  readonly scale: readonly [number, number];
  readonly pen: PenData;
  readonly gaps: readonly Gap[];
  /** The newest value, where it is in sight and believed. */
  readonly dot: { readonly atMs: number; readonly value: number } | undefined;
  readonly at: (atMs: number) => Step | undefined;
}

export interface StateView {
  readonly kind: "state";
  readonly lane: Lane;
  readonly runs: readonly StateRun[];
  readonly gaps: readonly Gap[];
  readonly detail: StateSeries["detail"];
}

export type LaneView = NumberView | StateView | { readonly kind: "loading"; readonly lane: Lane };

/** What is known of a window besides its lanes. */
export interface MoreOfWindow {
  /** Of exactly the window. */
  readonly figures?: Figures | undefined;
  readonly ghost?: Ghost | undefined;
}

function joined(one: Figures | undefined, other: Figures | undefined): Figures | undefined {
  if (!one || !other) return one ?? other;
  return { low: Math.min(one.low, other.low), mean: one.mean, high: Math.max(one.high, other.high) };
}

/** The part of the window that was asked for; live series know everything up to now. */
function known(window: TrendWindow, loaded: Loaded<unknown>): TrendWindow {
  const fromMs = Math.max(window.fromMs, loaded.covered.fromMs);
  const toMs = loaded.growing ? window.toMs : Math.min(window.toMs, loaded.covered.toMs);
  return { fromMs, toMs: Math.max(fromMs, toMs) };
}

export function numberView(
  lane: Lane,
  loaded: Loaded<LaneSeries>,
  { window, nowMs }: { readonly window: TrendWindow; readonly nowMs: number },
  more: MoreOfWindow = {},
): NumberView {
  const { series } = loaded;
  const { intervalMs } = series;
  const seen = known(window, loaded);
  const steps = series.within(seen);
  const figures =
    more.figures ?? figuresOf(insideOf(steps, seen.toMs < nowMs ? seen : { ...seen, toMs: Number.POSITIVE_INFINITY }));
  const gaps = gapsOf(steps, intervalMs, seen, { nowMs, firstMs: loaded.firstMs });
  const newest = loaded.growing && window.toMs >= nowMs ? series.at(nowMs) : undefined;
  const current = newest && !gaps.some((gap) => gap.open && !gap.partly);
  return {
    kind: "number",
    lane,
    figures,
    ghost: more.ghost,
    scale: laneScale(joined(figures, more.ghost?.figures), lane.tag),
    pen: penOf(steps, intervalMs, Math.min(nowMs, seen.toMs)),
    gaps,
    dot: newest && current ? { atMs: nowMs, value: newest.last } : undefined,
    at: (atMs) => (atMs <= nowMs ? series.at(atMs) : undefined),
  };
}

export function stateView(lane: Lane, loaded: Loaded<StateSeries>, window: TrendWindow, nowMs: number): StateView {
  const seen = known(window, loaded);
  const asOfMs = loaded.growing ? nowMs : Math.min(nowMs, loaded.covered.toMs);
  const runs = loaded.series.runs(seen, asOfMs);
  const firstMs = loaded.series.firstMs ?? seen.toMs;
  // Recorded before, yet nothing in force where the window begins: that was a gap already.
  const hole =
    loaded.firstMs !== undefined && loaded.firstMs < seen.fromMs && firstMs > seen.fromMs
      ? [{ fromMs: seen.fromMs, toMs: Math.min(firstMs, seen.toMs, nowMs), value: null, open: false }]
      : [];
  const all = [...hole, ...runs];
  return { kind: "state", lane, runs: all, gaps: gapsOfRuns(all), detail: loaded.series.detail };
}

/** What stood at a moment in a state lane; undefined: nothing was recorded. */
export function runAt(view: StateView, atMs: number): StateRun | undefined {
  return view.runs.find((run) => atMs >= run.fromMs && atMs < run.toMs);
}
