import { reservedWords } from "../reserved-words.ts";

/**
 * An id of a machine or tag for what people call it: small letters, digits and _, beginning with a letter, at most 64;
 * no reserved word of expressions and none of `taken`. undefined: nothing of the name can stand in one.
 */
export function proposedId(name: string, taken: ReadonlySet<string> = new Set()): string | undefined {
  const plain = name.normalize("NFKD").replace(/\p{M}/gu, "");
  const words = plain
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_");
  const start = words
    .replace(/^[_0-9]+/, "")
    .slice(0, 60)
    .replace(/_+$/, "");
  if (start === "") return undefined;
  if (!taken.has(start) && !reservedWords.has(start)) return start;
  for (let n = 2; ; n++) if (!taken.has(`${start}_${n}`)) return `${start}_${n}`;
}
