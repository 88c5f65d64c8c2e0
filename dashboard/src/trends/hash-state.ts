import { type Comparison, isComparison } from "./compare.ts";
import { firstView, ranges, spanLimits, type TrendView } from "./trend-window.ts";

/** What a link carries: which tags, which time, where the cursor stands. */
export interface TrendState {
  readonly tags: readonly string[];
  readonly view: TrendView;
  readonly cursorMs: number | undefined;
  /** Left out: with none. */
  readonly comparison?: Comparison | undefined;
}

/** Tags of one question to the history. */
export const mostTags = 50;
const tagName = /^[a-z][a-z0-9_]{0,99}\/[a-z][a-z0-9_]{0,99}$/;
const units = new Map([
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** What can be understood of it; the rest is left at its default, since links come from anywhere. */
export function parseTrendState(query: string): TrendState {
  const parameters = new URLSearchParams(query);
  const compare = parameters.get("compare");
  const tags = (parameters.get("tags") ?? "").split(",").filter((tag) => tagName.test(tag));
  return {
    tags: [...new Set(tags)].slice(0, mostTags),
    view: fixedView(parameters) ?? liveView(parameters.get("span")) ?? firstView,
    cursorMs: moment(parameters.get("at")),
    ...(isComparison(compare) ? { comparison: compare } : {}),
  };
}

export function formatTrendState(state: TrendState): string {
  const parts: string[] = [];
  if (state.tags.length > 0) parts.push(`tags=${state.tags.join(",")}`);
  if (state.view.kind === "live") parts.push(`span=${formatSpan(state.view.spanMs)}`);
  else parts.push(`from=${instant(state.view.fromMs)}`, `to=${instant(state.view.toMs)}`);
  if (state.cursorMs !== undefined) parts.push(`at=${instant(state.cursorMs)}`);
  if (state.comparison !== undefined) parts.push(`compare=${state.comparison}`);
  return parts.join("&");
}

/** The address of the trends of these tags, the last hour unless said otherwise. */
export function trendHref(tags: readonly string[], view: TrendView = firstView): string {
  return `#/trends?${formatTrendState({ tags, view, cursorMs: undefined })}`;
}

export function historyHref(tags: readonly string[], view: TrendView = firstView): string {
  return `#/history?${formatTrendState({ tags, view, cursorMs: undefined })}`;
}

function fixedView(parameters: URLSearchParams): TrendView | undefined {
  const fromMs = moment(parameters.get("from"));
  const toMs = moment(parameters.get("to"));
  if (fromMs === undefined || toMs === undefined) return undefined;
  const spanMs = toMs - fromMs;
  return spanMs > 0 && spanMs <= spanLimits.mostMs ? { kind: "fixed", fromMs, toMs } : undefined;
}

function liveView(text: string | null): TrendView | undefined {
  const [, figures, unit] = /^(\d{1,6})([smhd])$/.exec(text ?? "") ?? [];
  const spanMs = Number(figures) * (units.get(unit ?? "") ?? Number.NaN);
  return spanMs >= spanLimits.leastMs && spanMs <= spanLimits.mostMs ? { kind: "live", spanMs } : undefined;
}

function formatSpan(spanMs: number): string {
  const known = ranges.find((range) => range.spanMs === spanMs);
  return known?.id ?? `${Math.max(spanLimits.leastMs / 1_000, Math.round(spanMs / 1_000))}s`;
}

function moment(text: string | null): number | undefined {
  if (text === null || !/^\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const atMs = Date.parse(text);
  return Number.isFinite(atMs) ? atMs : undefined;
}

function instant(atMs: number): string {
  return new Date(Math.round(atMs)).toISOString();
}
