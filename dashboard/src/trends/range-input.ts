import { instantsOf, type Zone } from "../bookings/zoned.ts";
import type { WordKey } from "../i18n/language.svelte.ts";
import { spanLimits, type TrendView } from "./trend-window.ts";

export type RangeInput =
  | { readonly view: TrendView }
  | { readonly field: "from" | "to"; readonly why: Extract<WordKey, `trend.why-${string}`> };

/** Two local times of the site, as a form gives them, or which of them is wrong and why. */
export function readRange(from: string, to: string, nowMs: number, zone: Zone): RangeInput {
  const fromMs = instantsOf(from, zone)[0];
  // Where the clocks go back a time comes twice: the longer stretch holds both.
  const toMs = instantsOf(to, zone).at(-1);
  if (fromMs === undefined) return { field: "from", why: "trend.why-time" };
  if (toMs === undefined) return { field: "to", why: "trend.why-time" };
  if (toMs <= fromMs) return { field: "to", why: "trend.why-order" };
  if (fromMs >= nowMs) return { field: "from", why: "trend.why-future" };
  if (toMs - fromMs > spanLimits.mostMs) return { field: "to", why: "trend.why-long" };
  return { view: { kind: "fixed", fromMs, toMs } };
}
