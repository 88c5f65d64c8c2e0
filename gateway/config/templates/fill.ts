import type { Plain } from "../yaml-source.ts";
import { type Placeholder, placeholdersOf } from "./placeholder.ts";

/** What the names in a template stand for; undefined: an optional parameter that was not given. */
export type Values = ReadonlyMap<string, Plain | undefined>;

/** Counts what was made, so that a large table of a large template ends before the memory does. */
export interface Size {
  left: number;
  /** What stands in a text, looked for once a template and not once a machine. */
  readonly found?: Map<string, readonly Placeholder[]>;
}

/** Values and characters that all templates of one configuration may make: ten times what 10,000 tags take, as a file may be. */
export const mostMade = 2_000_000;

/**
 * A template's value with its placeholders filled in. A text that is nothing but one becomes the parameter's own value,
 * a number stays a number. What names an optional parameter that was not given is left out, and a group of nothing else: undefined.
 * @throws RangeError when `size` is used up.
 */
export function fill(value: Plain, values: Values, size: Size, key = ""): Plain | undefined {
  size.left -= 1;
  if (size.left < 0) throw new RangeError("too much");
  if (typeof value === "string") return fillText(value, values, size, key);
  if (Array.isArray(value)) return value.flatMap((item) => fill(item, values, size, key) ?? []);
  if (typeof value !== "object" || value === null) return value;
  const filled: { [key: string]: Plain } = {};
  for (const [name, item] of Object.entries(value)) {
    const made = fill(item, values, size, name);
    if (made !== undefined) filled[name] = made;
  }
  if (Object.keys(filled).length === 0 && Object.keys(value).length > 0) return undefined;
  return filled;
}

function fillText(text: string, values: Values, size: Size, key: string): Plain | undefined {
  if (!text.includes("${")) return text;
  const found = size.found?.get(text) ?? oursIn(text);
  size.found?.set(text, found);
  if (found.length === 0) return text;
  if (found.some(({ name }) => values.get(name) === undefined)) return undefined;
  const [first] = found;
  if (first && found.length === 1 && first.from === 0 && first.to === text.length) return added(first, values);
  let result = "";
  let end = 0;
  for (const each of found) {
    result += text.slice(end, each.from) + wordsOf(added(each, values), key);
    end = each.to;
  }
  size.left -= result.length;
  return result + text.slice(end);
}

function added({ name, plus }: Placeholder, values: Values): Plain {
  const value = values.get(name) ?? null;
  if (plus === 0) return value;
  // A reference is refused before: nothing can be added to what is not known yet.
  return typeof value === "number" ? value + plus : value;
}

/** Inside of a text; of words in two languages those of the key that they stand under. */
function wordsOf(value: Plain, key: string): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return String(value);
  const { en, it } = value;
  return String((key === "it" ? (it ?? en) : (en ?? it)) ?? "");
}

function oursIn(text: string): readonly Placeholder[] {
  return placeholdersOf(text).filter((each): each is Placeholder => typeof each !== "string");
}
