import type { z } from "zod";
import { didYouMean } from "../core/closest.ts";

type Issue = z.core.$ZodIssue;
type RawIssue = z.core.$ZodRawIssue;

const kinds = new Map([
  ["string", "a text"],
  ["number", "a number"],
  ["int", "a whole number"],
  ["boolean", "true or false"],
  ["object", "a group of keys"],
  ["record", "a group of keys"],
  ["array", "a list"],
  ["tuple", "a list"],
]);

/** What an issue means in words: what would be right, and what stands there. Never shows a text that stands there: it may be a secret. */
export function wording(issue: RawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return issue.input === undefined
        ? "is missing"
        : `expected ${kinds.get(String(issue.expected)) ?? issue.expected}, not ${found(issue.input)}`;
    case "invalid_value":
      return issue.input === undefined
        ? "is missing"
        : `expected ${oneOf(issue.values as readonly unknown[])}${nearOne(issue)}`;
    case "too_small":
      return `expected ${amount("at least", issue.origin, issue.minimum, issue.inclusive)}`;
    case "too_big":
      return `expected ${amount("at most", issue.origin, issue.maximum, issue.inclusive)}`;
    case "invalid_union":
      return issue.input === undefined ? "is missing" : "expected another form";
    case "invalid_key":
      return "this name cannot be used";
    default:
      return issue.message ?? "is not valid";
  }
}

function found(input: unknown): string {
  if (input === null) return "nothing";
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return "a group of keys";
  if (typeof input === "string") return "a text";
  return `${JSON.stringify(input)}${typeof input === "number" || typeof input === "boolean" ? " (a text needs quotes)" : ""}`;
}

function oneOf(values: readonly unknown[]): string {
  return values.length === 1 ? String(values[0]) : `one of ${values.map(String).join(", ")}`;
}

function nearOne(issue: RawIssue & { code: "invalid_value" }): string {
  return typeof issue.input === "string"
    ? didYouMean(issue.input, (issue.values as readonly unknown[]).map(String))
    : "";
}

function amount(side: string, origin: string, limit: number | bigint, inclusive: boolean | undefined): string {
  if (origin === "string") return `${side} ${limit} character${limit === 1 ? "" : "s"}`;
  if (origin === "array" || origin === "tuple" || origin === "set") return `a list of ${side} ${limit}`;
  return inclusive === false ? `${side === "at least" ? "more" : "less"} than ${limit}` : `${side} ${limit}`;
}

/**
 * Of a choice, the branch that was most likely meant: one that fits at the top and fails deeper
 * down; else one with words of its own; else all that would fit.
 */
export function flatten(issue: Issue): readonly Issue[] {
  if (issue.code !== "invalid_union") return [issue];
  const branches = issue.errors.map((errors) => errors.flatMap(flatten));
  const deeper = branches.find((errors) => errors.length > 0 && !errors.some(mismatched));
  if (deeper) return deeper.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
  const choices = new Set(branches.flatMap((errors) => errors.slice(0, 1).map((inner) => wanted(inner.message))));
  const message = issue.message === "is missing" ? issue.message : `expected ${[...choices].join(", or ")}`;
  return [{ ...issue, message }];
}

function mismatched(issue: Issue): boolean {
  return issue.path.length === 0 && (issue.code === "invalid_type" || issue.code === "invalid_value");
}

function wanted(message: string): string {
  return message
    .replace(/^expected /, "")
    .replace(/, not .*$/s, "")
    .replace(/ – did you mean.*$/s, "");
}

/** Words of a schema's own stand as what is expected. */
export function sentence(message: string): string {
  return /^(an?|one|cert and key) /.test(message) ? `expected ${message}` : message;
}
