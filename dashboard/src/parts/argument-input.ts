import type { ArgumentView, JsonValue } from "../api/wire.ts";
import { parseNumber } from "../format/number.ts";
import { say } from "../i18n/language.svelte.ts";
import { type Checked, withUnit } from "./setpoint-input.ts";

/** The choices of an argument that takes no free text. */
export function argumentChoices(argument: ArgumentView): readonly JsonValue[] | undefined {
  if (argument.values) return argument.values;
  return argument.type === "boolean" ? [true, false] : undefined;
}

/** What stands in the field at first: what the configuration suggests, for a person to confirm or change. */
export function firstText(argument: ArgumentView): string {
  const { suggested } = argument;
  if (suggested === undefined || suggested === null) return "";
  const choices = argumentChoices(argument);
  if (choices) return String(choices.indexOf(suggested));
  return typeof suggested === "number" ? say.number(suggested, argument.decimals) : suggested.toString();
}

/** What a person entered, against what the configuration allows. Only spares a refusal: the gateway judges. */
export function checkedArgument(text: string, argument: ArgumentView): Checked {
  if (text.trim() === "") return { kind: "empty" };
  const choices = argumentChoices(argument);
  if (choices) {
    const choice = choices[Number(text)];
    return choice === undefined ? { kind: "empty" } : { kind: "value", value: choice };
  }
  if (textual.has(argument.type)) return { kind: "value", value: text };
  // 64 bits do not fit into a number: they travel as they were typed.
  if (/64$/.test(argument.type)) return wholeText(text);
  return checkedNumber(text, argument);
}

/** All of them together; undefined: something is missing or wrong. */
export function checkedArguments(
  texts: Readonly<Record<string, string>>,
  declared: readonly ArgumentView[],
): Readonly<Record<string, JsonValue>> | undefined {
  const values: [string, JsonValue][] = [];
  for (const argument of declared) {
    const checked = checkedArgument(texts[argument.id] ?? "", argument);
    if (checked.kind !== "value") return undefined;
    values.push([argument.id, checked.value]);
  }
  return Object.fromEntries(values);
}

/** A value in the argument's own words. */
export function argumentWords(value: JsonValue, argument: Pick<ArgumentView, "decimals" | "unit">): string {
  return withUnit(say.value(value, { decimals: argument.decimals }), argument);
}

const textual: ReadonlySet<ArgumentView["type"]> = new Set(["string", "dateTime", "byteString"]);

function wholeText(text: string): Checked {
  const plain = text.replace(/[\s\u202f\u00a0]/g, "").replace("\u2212", "-");
  return /^-?\d{1,20}$/.test(plain) ? { kind: "value", value: plain } : { kind: "wrong", why: say.t("setpoint.whole") };
}

function checkedNumber(text: string, argument: ArgumentView): Checked {
  const number = parseNumber(text);
  if (number === undefined) return { kind: "wrong", why: say.t("setpoint.not-a-number") };
  const { limits } = argument;
  if (limits && (number < limits[0] || number > limits[1])) {
    const range = { low: say.number(limits[0]), high: withUnit(say.number(limits[1]), argument) };
    return { kind: "wrong", why: say.t("setpoint.limits", range) };
  }
  if (/int|byte/.test(argument.type) && (argument.decimals ?? 0) === 0 && !Number.isInteger(number)) {
    return { kind: "wrong", why: say.t("setpoint.whole") };
  }
  return { kind: "value", value: number };
}
