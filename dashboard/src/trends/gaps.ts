import type { Step } from "./lane-series.ts";
import type { TrendWindow } from "./trend-window.ts";

/** A stretch without a value that could be believed, to the width of a bucket. */
export interface Gap extends TrendWindow {
  /** There was a value for some of the time: the hole is smaller than the buckets that hold it. */
  readonly partly: boolean;
  /** It reaches the present moment. */
  readonly open: boolean;
}

export interface GapLimits {
  /** What lies after it has not happened yet. */
  readonly nowMs: number;
  /** Before it nothing was ever recorded, so there is nothing to doubt; undefined: not known. */
  readonly firstMs: number | undefined;
}

type Steps = readonly (Step | undefined)[];

/**
 * Gaps in `steps`, the first of which is the bucket of `window.fromMs`. The bucket of the present
 * moment is no gap as long as the one before it has a value: its sample may be on the way.
 */
export function gapsOf(steps: Steps, intervalMs: number, window: TrendWindow, limits: GapLimits): readonly Gap[] {
  const originMs = Math.floor(window.fromMs / intervalMs) * intervalMs;
  const endMs = Math.min(window.toMs, limits.nowMs);
  const gaps: Gap[] = [];
  let run: { fromMs: number; whole: number } | undefined;
  const close = (toMs: number) => {
    const fromMs = Math.max(run?.fromMs ?? toMs, window.fromMs);
    if (run && toMs > fromMs) gaps.push({ fromMs, toMs, partly: run.whole === 0, open: toMs >= limits.nowMs });
    run = undefined;
  };
  for (const [n, step] of steps.entries()) {
    const fromMs = originMs + n * intervalMs;
    const toMs = fromMs + intervalMs;
    const arriving = !step && toMs > limits.nowMs && run === undefined;
    const unasked = fromMs >= endMs || arriving || beforeRecord(step ? fromMs : toMs, limits.firstMs);
    if (unasked || (step && !step.partial)) {
      close(Math.min(fromMs, endMs));
      continue;
    }
    run ??= { fromMs, whole: 0 };
    if (!step) run.whole += 1;
  }
  close(endMs);
  return gaps;
}

/** A bucket without a value ends before the record begins; one with a value may hold its beginning. */
function beforeRecord(atMs: number, firstMs: number | undefined): boolean {
  return firstMs !== undefined && atMs <= firstMs;
}

/** Whether one name stands for both: they lie over each other but for a fifth, as those of one device do. */
export function isSameGap(one: Gap, other: Gap): boolean {
  const shared = Math.min(one.toMs, other.toMs) - Math.max(one.fromMs, other.fromMs);
  const longer = Math.max(one.toMs - one.fromMs, other.toMs - other.fromMs);
  return one.open === other.open && shared >= longer * 0.8;
}

/** A text over a stretch of the lane, in pixels. */
export interface Placed<Item> {
  readonly item: Item;
  readonly left: number;
}

/**
 * Where each label stands, `widthOf` wide, in the middle of its own stretch and inside the lane; the
 * widest stretches first, and one that would lie over another is left out.
 */
export function placeLabels<Item extends TrendWindow>(
  items: readonly Item[],
  laneWidth: number,
  xOf: (atMs: number) => number,
  widthOf: (item: Item) => number,
): readonly Placed<Item>[] {
  const placed: (Placed<Item> & { right: number })[] = [];
  for (const item of [...items].sort((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))) {
    const width = widthOf(item);
    const middle = (xOf(item.fromMs) + xOf(item.toMs)) / 2;
    const left = Math.max(0, Math.min(laneWidth - width, middle - width / 2));
    const right = left + width;
    if (width > laneWidth || placed.some((one) => left < one.right + 4 && right > one.left - 4)) continue;
    placed.push({ item, left, right });
  }
  return placed.map(({ item, left }) => ({ item, left }));
}
