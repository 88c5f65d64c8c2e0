import { isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import { isSecretName, redacted, redactText } from "../core/redact.ts";
import { drivers as installed } from "../drivers/registry.ts";
import type { DriverManifest } from "../kit/driver-manifest.ts";

export interface WithoutSecrets {
  readonly text: string;
  /** How many were left out. */
  readonly leftOut: number;
}

/** Stands for a secret that is elsewhere, and tells none. */
const onlyReferences = /^(\$\{(env|file|sealed):[^}]*\}\s*)+$/;
const inComment = /(#.*\b[\w-]*(?:password|passphrase|secret|token)[\w-]*["']?\s*[:=]\s*)(?!["']?\$\{)\S+/gi;

/**
 * A configuration's text with all but its secrets as it was written: comments, order and references
 * (`${sealed:…}`, `${env:…}`, `${file:…}`) stay.
 * @param text YAML that was read without a fault.
 */
export function withoutSecrets(text: string, drivers: readonly DriverManifest[] = installed): WithoutSecrets {
  const ofDevices = new Set(drivers.flatMap(({ secrets }) => secrets));
  const found: Cut[] = [];
  walk(parseDocument(text, { uniqueKeys: false, version: "1.2" }).contents as Node | null, [], (node, path) => {
    const { value, range } = node;
    if (typeof value !== "string" && typeof value !== "number") return;
    const written = String(value);
    if (onlyReferences.test(written)) return;
    const instead = isSecret(path, ofDevices) ? redacted : withoutAddressSecrets(written);
    if (range && instead !== written) found.push({ from: range[0], to: range[1], instead: JSON.stringify(instead) });
  });
  return { text: cutOut(text, found).replace(inComment, `$1${redacted}`), leftOut: found.length };
}

interface Cut {
  readonly from: number;
  readonly to: number;
  readonly instead: string;
}

type Scalar = Node & { readonly value: unknown };

function walk(node: Node | null, path: readonly string[], see: (node: Scalar, path: readonly string[]) => void): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      walk(value as Node | null, [...path, name], see);
    }
  } else if (isSeq(node)) for (const item of node.items) walk(item as Node | null, path, see);
  else if (isScalar(node)) see(node as Scalar, path);
}

function isSecret(path: readonly string[], ofDevices: ReadonlySet<string>): boolean {
  const name = path.at(-1) ?? "";
  // Paths of files, not what is in them.
  if (path[0] === "server" && path[1] === "tls") return false;
  return isSecretName(name) || (path[0] === "devices" && ofDevices.has(name));
}

/** RFC 3986 §3.2.1: what stands before the @ of an address. */
function withoutAddressSecrets(text: string): string {
  return /:\/\/[^\s/@]+@/.test(text) ? redactText(text) : text;
}

function cutOut(text: string, cuts: readonly Cut[]): string {
  let result = "";
  let end = 0;
  for (const { from, to, instead } of cuts) {
    // A block text ends with its line.
    const lineEnd = text.slice(from, to).endsWith("\n") ? "\n" : "";
    result += text.slice(end, from) + instead + lineEnd;
    end = to;
  }
  return result + text.slice(end);
}
