import type { Plain } from "../yaml-source.ts";
import { isGroup } from "./edit.ts";

/** Plain in YAML wherever it stands; everything else is quoted. */
const plainText = /^[A-Za-z_][\w./+-]*(?: [\w./+-]+)*$/;
/** YAML 1.2 core schema, and what older readers take for truth values. */
const keywords = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i;

export function keyText(key: string): string {
  return /^[A-Za-z_][\w-]*$/.test(key) && !keywords.test(key) ? key : quoted(key);
}

/** On one line, as it may stand in a flow collection too. */
export function flowText(value: Plain): string {
  if (value === null) return "null";
  if (typeof value === "string") return plainText.test(value) && !keywords.test(value) ? value : quoted(value);
  if (typeof value !== "object") return numberText(value);
  if (Array.isArray(value)) return `[${value.map(flowText).join(", ")}]`;
  const pairs = Object.entries(value).map(([key, inner]) => `${keyText(key)}: ${flowText(inner)}`);
  return pairs.length === 0 ? "{}" : `{ ${pairs.join(", ")} }`;
}

function numberText(value: number | boolean): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

/** JSON's quoting is YAML's; what a reader of YAML may not take as it is goes as an escape. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/**
 * The lines of a new key: machines and their `tags` as blocks, a tag (and all else) on one line.
 * @param path where the key stands, itself the last.
 */
export function keyLines(path: readonly string[], value: Plain, indent: number, step: number): readonly string[] {
  const start = `${" ".repeat(indent)}${keyText(path.at(-1) ?? "")}:`;
  const asBlock = path[0] === "equipment" && path.length < 4 && isGroup(value) && Object.values(value).some(isGroup);
  if (!asBlock) return [`${start} ${flowText(value)}`];
  const inner = Object.entries(value).flatMap(([key, each]) => keyLines([...path, key], each, indent + step, step));
  return [start, ...inner];
}
