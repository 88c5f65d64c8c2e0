import { z } from "zod";
import { wrongPlaceholder } from "./topic-filter.ts";

/** RFC 6901 as text; `$.motors[0].speed` is taken too and becomes one. */
export const pointer = z
  .string()
  .max(500)
  .regex(/^(?:(\/[^/]*)*|\$(\.[A-Za-z_][\w-]*|\[\d{1,9}\])+)$/, {
    error: 'a JSON pointer such as "/humidity" or "/motors/0/speed", or a path such as "$.motors[0].speed"',
  })
  .transform(fromPath);

/** The same with `{equipment}` and `{tag}` among the keys. */
export const pointerTemplate = z
  .string()
  .max(500)
  .regex(/^(?:(\/[^/]*)*|\$(\.[A-Za-z_{][\w{}-]*|\[\d{1,9}\])+)$/, {
    error: 'a JSON pointer such as "/{tag}/value", or a path such as "$.{tag}.value"',
  })
  .superRefine((text, context) => {
    const wrong = wrongPlaceholder(text);
    if (wrong !== undefined) context.addIssue({ code: "custom", message: wrong });
  })
  .transform(fromPath);

function fromPath(text: string): string {
  return text.startsWith("$") ? text.slice(1).replace(/\.|\[/g, "/").replaceAll("]", "") : text;
}

/** Only own keys count, so that `/__proto__` and `/constructor` find nothing that was not sent; nor does an array's length. */
export function atPointer(value: unknown, path: string): unknown {
  let here = value;
  for (const key of keysOf(path)) {
    if (typeof here !== "object" || here === null || !Object.hasOwn(here, key)) return undefined;
    if (Array.isArray(here) && key === "length") return undefined;
    here = (here as Record<string, unknown>)[key];
  }
  return here;
}

const knownPointers = new Map<string, readonly string[]>();
const mostKnownPointers = 10_000;

/** Pointers stand in the configuration: few, and asked for with every message. */
export function keysOf(path: string): readonly string[] {
  const known = knownPointers.get(path);
  if (known) return known;
  const parts = path.split("/").slice(1);
  const keys = parts.map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  if (knownPointers.size < mostKnownPointers) knownPointers.set(path, keys);
  return keys;
}
