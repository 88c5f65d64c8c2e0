import type { JsonValue, TagView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { stateWord } from "../parts/machine-state.ts";
import type { Gap } from "./gaps.ts";
import { type Lane, packmlWord } from "./lane.ts";
import type { TrendWindow } from "./trend-window.ts";

const shortGapMs = 10 * 60_000;

/** Two moments: days where they are not today's, seconds where it is short and does not lie on whole minutes. */
export function spanWords({ fromMs, toMs }: TrendWindow, nowMs: number): readonly [string, string] {
  const today = say.day(nowMs);
  const precise = toMs - fromMs < shortGapMs && (fromMs % 60_000 > 0 || toMs % 60_000 > 0);
  const clock = precise ? (atMs: number) => say.seconds(atMs) : (atMs: number) => say.time(atMs);
  const dayBefore = (atMs: number, known: string) => (say.day(atMs) === known ? "" : `${say.day(atMs)} `);
  const from = `${dayBefore(fromMs, today)}${clock(fromMs)}`;
  return [from, `${dayBefore(toMs, say.day(fromMs))}${clock(toMs)}`];
}

/** `no data 14:37–14:44`, `no data since 14:37`. */
export function gapWords(gap: Gap, nowMs: number): string {
  const [from, to] = spanWords(gap, nowMs);
  if (gap.open && !gap.partly) return say.t("trend.gap-open", { from });
  return say.t(gap.partly ? "trend.gap-partly" : "trend.gap", { from, to });
}

/** A value with its unit, as one piece of text. */
export function valueWords(value: JsonValue, tag: TagView): string {
  if (value === null) return say.t("trend.no-data");
  const words = say.value(value, tag);
  return tag.unit && !tag.texts ? `${words}\u00a0${tag.unit}` : words;
}

/** A value of a state lane: the machine's own word, the configured text, else the value. */
export function stateWords(value: JsonValue, { tag, kind }: Lane): string {
  const word = kind === "machine" ? packmlWord(value) : undefined;
  return word === undefined ? valueWords(value, tag) : stateWord(word);
}

/** Day and time to the second, for the history and the cursor. */
export function exactWords(atMs: number, nowMs: number): string {
  const time = say.seconds(atMs);
  return say.day(atMs) === say.day(nowMs) ? time : `${say.day(atMs)} ${time}`;
}
