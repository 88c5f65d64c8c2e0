import type { JsonValue, TagView, WhyNode } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { withUnit } from "./setpoint-input.ts";

export interface WhyLine {
  readonly what: string;
  /** What it is now. */
  readonly now: string;
  readonly lifts: string | undefined;
  readonly children: readonly WhyNode[];
}

type Find = (name: string) => TagView | undefined;

/** One part in words: a leaf in the names of the machine with its values, a group by how its parts belong together. */
export function plainLine(node: WhyNode, tag: Find): WhyLine {
  const children = node.children ?? [];
  const [only] = children;
  const lifts = node.lifts ? say.text(node.lifts) : undefined;
  switch (node.kind) {
    case "check":
      return { what: say.text(node.text), now: valuesOf(node, tag), lifts, children };
    case "condition": {
      // A condition that is one part says it itself; one that is several needs no line for "all of these".
      const inner = only && children.length === 1 ? plainLine(only, tag) : undefined;
      const flat = only?.kind === "leaf" || only?.kind === "not";
      const below = only?.kind === "and" || flat ? (inner?.children ?? []) : children;
      return { what: say.text(node.text), now: flat ? (inner?.now ?? "") : "", lifts, children: below };
    }
    case "and":
    case "or":
      return { what: say.t(node.kind === "and" ? "why.all" : "why.any"), now: "", lifts, children };
    case "not": {
      const inner = only ? plainLine(only, tag) : undefined;
      return {
        what: say.t("why.not", { what: inner?.what ?? "" }),
        now: inner?.now ?? "",
        lifts,
        children: inner?.children ?? [],
      };
    }
    case "leaf":
      return { what: named(node, tag), now: valuesOf(node, tag), lifts, children };
  }
}

function valuesOf(node: WhyNode, tag: Find): string {
  return (node.tags ?? []).map((each) => nowOf(each, tag)).join(", ");
}

const signs: ReadonlyMap<string, string> = new Map([
  [">=", "≥"],
  ["<=", "≤"],
  ["!=", "≠"],
  ["==", "="],
]);
const comparison = /([a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?)\s*([<>=!]=|[<>])\s*(-?\d+(?:\.\d+)?|true|false)/g;
const token = /"[^"]*"|'[^']*'|[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?|\d+(?:\.\d+)?|[<>=!]=|&&|\|\||!/g;

/**
 * A condition as people read it: `level >= 40.0` as `Tank level ≥ 40`, `state == 4` as `State = Idle`.
 * @param find the tag of a name in it; a name without one stays.
 */
export function conditionWords(text: string, find: (name: string) => TagView | undefined): string {
  const words: string[] = [];
  let at = 0;
  for (const match of text.matchAll(comparison)) {
    const [whole, name = "", sign = "", literal = ""] = match;
    const view = find(name);
    const value = view?.texts?.[Number.isNaN(Number(literal)) ? literal : String(Number(literal))];
    if (!view || !value) continue;
    words.push(partWords(text.slice(at, match.index), find));
    words.push(`${say.text(view.name)} ${signs.get(sign) ?? sign} ${say.text(value)}`);
    at = match.index + whole.length;
  }
  return [...words, partWords(text.slice(at), find)].join("");
}

function partWords(text: string, find: (name: string) => TagView | undefined): string {
  return text.replace(token, (part) => {
    if (part === "&&") return say.t("why.and");
    if (part === "||") return say.t("why.or");
    if (part === "!") return say.t("why.not", { what: "" });
    if (/^\d/.test(part)) return say.number(Number(part));
    const view = find(part);
    return view ? say.text(view.name) : (signs.get(part) ?? part);
  });
}

/** A leaf in the names of the tags that it reads. */
function named(node: WhyNode, tag: Find): string {
  const names = new Map<string, TagView>();
  for (const each of node.tags ?? []) {
    const [equipment = "", id = ""] = each.tag.split("/");
    const view = tag(each.tag);
    if (!view) continue;
    names.set(id, view);
    names.set(`${equipment}.${id}`, view);
  }
  return conditionWords(say.text(node.text), (name) => names.get(name));
}

function nowOf(each: { readonly tag: string; readonly value: JsonValue; readonly status: number }, tag: Find): string {
  if (each.value === null || each.status >>> 30 !== 0) return say.t("why.not-known");
  const view = tag(each.tag);
  return view ? withUnit(say.value(each.value, view), view.texts ? {} : view) : String(each.value);
}
