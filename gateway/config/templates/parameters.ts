import { didYouMean } from "../../core/closest.ts";
import { parseDuration } from "../../kit/duration.ts";
import { PlainId, Words } from "../schema/scalars.ts";
import type { Parameter } from "../schema/template.ts";
import type { Plain } from "../yaml-source.ts";
import { isReference } from "./placeholder.ts";

export type Checked =
  | { readonly ok: true; readonly value: Plain }
  /** What would be right. Never shows a text that stands there: it may be a secret. */
  | { readonly ok: false; readonly why: string };

const longest = 1000;
const onlySealed = /^\$\{sealed:[^}]*\}$/;
const onlyReferences = /^(\$\{(env|file|sealed):[^}]*\})+$/;

/** A value for a parameter. What comes from the environment or a file is known later, and checked where it goes. */
export function checkedValue(parameter: Parameter, value: unknown): Checked {
  if (isReference(value) && (parameter.type !== "secret" || onlyReferences.test(value)))
    return value.length > longest ? tooLong : { ok: true, value };
  switch (parameter.type) {
    case "text":
      return textOf(value, () => true, "a text");
    case "words":
      return Words.safeParse(value).success
        ? { ok: true, value: value as Plain }
        : { ok: false, why: "expected a text, or { en: …, it: … }" };
    case "number":
      return numberOf(parameter, value, Number.isFinite, "a number");
    case "whole":
      return numberOf(parameter, value, Number.isSafeInteger, "a whole number");
    case "register":
      return numberOf(
        { ...parameter, min: Math.max(parameter.min ?? 0, 0), max: Math.min(parameter.max ?? 65_535, 65_535) },
        value,
        Number.isSafeInteger,
        "a register, counted from 0",
      );
    case "boolean":
      return typeof value === "boolean" ? { ok: true, value } : wrong("true or false", value);
    case "choice":
      return choiceOf(parameter.choices ?? [], value);
    case "host":
      return textOf(value, (text) => /^[0-9A-Za-z._:[\]-]{1,253}$/.test(text), "a host name or an address");
    case "device":
      return textOf(value, (text) => PlainId.safeParse(text).success, "the id of a device");
    case "duration":
      return textOf(value, (text) => parseDuration(text) !== undefined, 'a duration such as "500ms", "10s" or "2min"');
    case "secret":
      return { ok: false, why: `a secret never stands here itself: \${sealed:…}, \${env:NAME} or \${file:PATH}` };
  }
}

/** What stands between the cells of a table's file. */
export type Separator = "," | ";" | "\t";

/** Thousands or decimals: where cells are separated by commas a number has its decimals behind a point, else either. */
const unclear: Readonly<Record<Separator, RegExp>> = {
  ",": /^-?[1-9]\d{0,2},\d{3}$/,
  ";": /^-?[1-9]\d{0,2}\.\d{3}$/,
  "\t": /^-?[1-9]\d{0,2}[.,]\d{3}$/,
};

/** The same for a cell of a table's file, where everything is text. */
export function checkedCell(parameter: Parameter, text: string, separator: Separator): Checked {
  // Who fills in a table is not always who may read the gateway's files and environment. A template may write two
  // cells one behind the other, so that no part of a reference is taken either.
  if (/\$$|\$\{|^\{/.test(text) && (parameter.type !== "secret" || !onlySealed.test(text)))
    return { ok: false, why: `no reference stands in a table's file, but \${sealed:…} where a secret is expected` };
  switch (parameter.type) {
    case "number":
    case "whole":
    case "register": {
      if (unclear[separator].test(text))
        return {
          ok: false,
          why: `${text} may be ${text.replace(",", ".")} or ${text.replace(/[.,]/, "")}: write it without a separator, or with another number of decimals`,
        };
      const pointed = separator === "," ? text : text.replace(",", ".");
      return checkedValue(parameter, /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(pointed) ? Number(pointed) : text);
    }
    case "boolean":
      return checkedValue(parameter, /^(true|false)$/i.test(text) ? text.toLowerCase() === "true" : text);
    case "choice":
      return checkedValue(parameter, parameter.choices?.find((choice) => String(choice) === text) ?? text);
    default:
      return checkedValue(parameter, text);
  }
}

const tooLong: Checked = { ok: false, why: `expected at most ${longest} characters` };

function textOf(value: unknown, fits: (text: string) => boolean, what: string): Checked {
  if (typeof value !== "string") return wrong(what, value);
  if (value.length > longest) return tooLong;
  return value !== "" && fits(value) ? { ok: true, value } : { ok: false, why: `expected ${what}` };
}

function numberOf({ min, max }: Parameter, value: unknown, fits: (value: number) => boolean, what: string): Checked {
  if (typeof value !== "number" || !fits(value)) return wrong(what, value);
  if (min !== undefined && value < min) return { ok: false, why: `expected at least ${min}, not ${value}` };
  if (max !== undefined && value > max) return { ok: false, why: `expected at most ${max}, not ${value}` };
  return { ok: true, value };
}

function choiceOf(choices: readonly (boolean | number | string)[], value: unknown): Checked {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return { ok: true, value: found };
  const names = choices.map(String);
  const near = typeof value === "string" ? didYouMean(value, names) : "";
  return { ok: false, why: `expected one of ${names.join(", ")}${near}` };
}

function wrong(what: string, value: unknown): Checked {
  const found =
    value === null
      ? "nothing"
      : Array.isArray(value)
        ? "a list"
        : typeof value === "object"
          ? "a group of keys"
          : typeof value === "string"
            ? "a text"
            : `${JSON.stringify(value)} (a text needs quotes)`;
  return { ok: false, why: `expected ${what}, not ${found}` };
}
