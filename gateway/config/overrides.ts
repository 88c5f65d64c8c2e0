import type { z } from "zod";
import { keysAt } from "./parse.ts";
import type { Path, Report } from "./report.ts";
import type { Environment } from "./substitute.ts";
import type { Plain } from "./yaml-source.ts";

const prefix = "PLANCIA__";

type Group = { [key: string]: Plain };

/**
 * Sets scalars from variables such as `PLANCIA__SERVER__LISTEN`: `__` stands between the keys, and
 * letters' case, `_` and `-` inside a key do not matter (`PLANCIA__DEVICES__PRESS_PLC__HOST`). What
 * no key fits is reported by the schema, under the variable's name.
 */
export function override(
  root: Group,
  schema: z.ZodType,
  environment: Environment,
  to: { report: Report; substituted: Set<string> },
): void {
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(prefix) || text === undefined) continue;
    const path = place(root, schema, variable.slice(prefix.length).split("__"));
    to.report.cameFrom(path, variable);
    if (set(root, path, text)) to.substituted.add(path.join("\0"));
    else to.report.problem(path, "only a single value can be set from the environment, and only inside of groups");
  }
}

/** The written keys for the variable's: an existing key, else one of the schema's, else small letters. */
function place(root: Group, schema: z.ZodType, parts: readonly string[]): Path {
  const path: string[] = [];
  let here: Plain | undefined = root;
  for (const part of parts) {
    const present: readonly string[] = isGroup(here) ? Object.keys(here) : [];
    const same = (key: string) => plainKey(key) === plainKey(part);
    const key: string = present.find(same) ?? keysAt(schema, path).find(same) ?? part.toLowerCase();
    here = isGroup(here) && Object.hasOwn(here, key) ? here[key] : undefined;
    path.push(key);
  }
  return path;
}

function plainKey(key: string): string {
  return key.replace(/[-_]/g, "").toLowerCase();
}

function set(root: Group, path: Path, text: string): boolean {
  let here: Group = root;
  for (const key of path.slice(0, -1)) {
    const next = Object.hasOwn(here, key) ? here[key] : undefined;
    if (next !== undefined && !isGroup(next)) return false;
    const group: Group = next ?? {};
    here = define(here, String(key), group);
  }
  const last = String(path.at(-1));
  if (Object.hasOwn(here, last) && typeof here[last] === "object" && here[last] !== null) return false;
  define(here, last, text);
  return true;
}

/** An own property whatever its name: `__proto__` too is only a key that the schema does not know. */
function define<T extends Plain>(group: Group, key: string, value: T): T {
  Object.defineProperty(group, key, { value, enumerable: true, configurable: true, writable: true });
  return value;
}

function isGroup(value: Plain | undefined): value is Group {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
