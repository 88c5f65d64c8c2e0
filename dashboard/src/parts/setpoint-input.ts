import type { JsonValue, TagView } from "../api/wire.ts";
import { parseNumber } from "../format/number.ts";
import { say } from "../i18n/language.svelte.ts";

export type Checked =
  | { readonly kind: "empty" }
  | { readonly kind: "wrong"; readonly why: string }
  | { readonly kind: "value"; readonly value: JsonValue };

/**
 * What a person typed, against what the configuration allows. Only spares a refusal: the gateway
 * judges again, with the value that it reads then.
 */
export function checkedInput(text: string, tag: TagView, present: JsonValue | undefined): Checked {
  if (text.trim() === "") return { kind: "empty" };
  const number = parseNumber(text);
  if (number === undefined) return { kind: "wrong", why: say.t("setpoint.not-a-number") };
  const { limits, maxStep } = tag.writable ?? {};
  if (limits && (number < limits[0] || number > limits[1])) {
    return { kind: "wrong", why: say.t("setpoint.limits", limitsWords(tag, limits)) };
  }
  const isInteger = /int|byte$/.test(tag.type) && (tag.decimals ?? 0) === 0;
  if (isInteger && !Number.isInteger(number)) return { kind: "wrong", why: say.t("setpoint.whole") };
  if (maxStep !== undefined && typeof present === "number" && Math.abs(number - present) > maxStep * (1 + 1e-9)) {
    return { kind: "wrong", why: say.t("setpoint.step", { step: withUnit(say.number(maxStep), tag) }) };
  }
  if (number === present) return { kind: "wrong", why: say.t("setpoint.same") };
  return { kind: "value", value: number };
}

export function withUnit(words: string, tag: Pick<TagView, "unit">): string {
  return tag.unit ? `${words}\u00a0${tag.unit}` : words;
}

function limitsWords(tag: TagView, limits: readonly [number, number]): { low: string; high: string } {
  return { low: say.number(limits[0]), high: withUnit(say.number(limits[1]), tag) };
}

/** What may be written, in a few words below the field. */
export function rangeWords(tag: TagView): string {
  const { limits, maxStep } = tag.writable ?? {};
  const parts: string[] = [];
  if (limits) parts.push(say.t("setpoint.range", { low: say.number(limits[0]), high: say.number(limits[1]) }));
  if (maxStep !== undefined) parts.push(say.t("setpoint.max-step", { step: say.number(maxStep) }));
  return parts.join(", ");
}

/** The choices of a tag that takes no free number. */
export function choicesOf(tag: TagView): readonly JsonValue[] | undefined {
  if (tag.writable?.values) return tag.writable.values;
  return tag.type === "boolean" ? [true, false] : undefined;
}
