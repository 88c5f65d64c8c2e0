/** A stretch of time, half-open, UTC milliseconds. */
export interface TrendWindow {
  readonly fromMs: number;
  readonly toMs: number;
}

/** `live` follows the newest moment; `fixed` stays where it is. */
export type TrendView = { readonly kind: "live"; readonly spanMs: number } | ({ readonly kind: "fixed" } & TrendWindow);

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The range buttons, by the word that stands in the address. */
export const ranges = [
  { id: "15m", spanMs: 15 * minuteMs },
  { id: "1h", spanMs: hourMs },
  { id: "8h", spanMs: 8 * hourMs },
  { id: "24h", spanMs: dayMs },
  { id: "7d", spanMs: 7 * dayMs },
] as const;

export const spanLimits = { leastMs: 5_000, mostMs: 366 * dayMs } as const;
export const firstView: TrendView = { kind: "live", spanMs: hourMs };
/** A window that ends this near to now has caught up with the live edge. */
const edgeShare = 0.005;

export function windowOf(view: TrendView, nowMs: number): TrendWindow {
  return view.kind === "fixed"
    ? { fromMs: view.fromMs, toMs: view.toMs }
    : { fromMs: nowMs - view.spanMs, toMs: nowMs };
}

function bounded(spanMs: number): number {
  return Math.min(spanLimits.mostMs, Math.max(spanLimits.leastMs, spanMs));
}

/**
 * `factor` below 1 looks closer. A live view keeps its newest moment and goes on following; a fixed
 * one keeps what lies under `atMs` in its place.
 */
export function zoomed(view: TrendView, factor: number, atMs: number, nowMs: number): TrendView {
  if (view.kind === "live") return { kind: "live", spanMs: bounded(view.spanMs * factor) };
  const spanMs = bounded((view.toMs - view.fromMs) * factor);
  const share = (atMs - view.fromMs) / (view.toMs - view.fromMs);
  const fromMs = atMs - share * spanMs;
  return settled({ fromMs, toMs: fromMs + spanMs }, nowMs);
}

/** `share` of the window's width, negative into the past. It cannot go into the future: there it follows. */
export function panned(view: TrendView, share: number, nowMs: number): TrendView {
  const { fromMs, toMs } = windowOf(view, nowMs);
  const byMs = share * (toMs - fromMs);
  if (byMs >= 0 && view.kind === "live") return view;
  if (byMs > 0 && toMs + byMs >= nowMs - edgeShare * (toMs - fromMs)) return { kind: "live", spanMs: toMs - fromMs };
  return { kind: "fixed", fromMs: fromMs + byMs, toMs: toMs + byMs };
}

/** Between two moments in either order, not shorter than the least span and not after now. */
export function between(oneMs: number, otherMs: number, nowMs: number): TrendView {
  const middleMs = (oneMs + otherMs) / 2;
  const spanMs = bounded(Math.abs(otherMs - oneMs));
  return settled({ fromMs: middleMs - spanMs / 2, toMs: middleMs + spanMs / 2 }, nowMs);
}

/** Whole milliseconds, ending now at the latest. */
function settled(window: TrendWindow, nowMs: number): TrendView {
  const overMs = Math.max(0, window.toMs - nowMs);
  const fromMs = Math.round(window.fromMs - overMs);
  return { kind: "fixed", fromMs, toMs: Math.max(fromMs + 1, Math.round(window.toMs - overMs)) };
}

/** Where a moment lies in the window: 0 at its left edge, 1 at its right. */
export function shareOf(atMs: number, window: TrendWindow): number {
  return (atMs - window.fromMs) / (window.toMs - window.fromMs);
}

export function momentAt(share: number, window: TrendWindow): number {
  return window.fromMs + share * (window.toMs - window.fromMs);
}
