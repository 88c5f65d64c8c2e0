/** A place in a template's text where a parameter goes. */
export interface Placeholder {
  /** The parameter, `id`, or a device of the template. */
  readonly name: string;
  /** Of `${start + 12}`: 12; else 0. */
  readonly plus: number;
  /** Of the whole of it, in the text. */
  readonly from: number;
  readonly to: number;
}

const any = /\$\{([^}]*)\}?/g;
const ours = /^\s*([a-zA-Z][a-zA-Z0-9_-]*?)\s*(?:([+-])\s*(\d{1,9})\s*)?$/;
const references = /^(env|file|sealed):/;

/** The placeholders of a text; of what is neither one nor a reference (`${env:…}`), how it is written. */
export function placeholdersOf(text: string): readonly (Placeholder | string)[] {
  if (!text.includes("${")) return [];
  return [...text.matchAll(any)].flatMap((match): readonly (Placeholder | string)[] => {
    const [whole, inner = ""] = match;
    if (references.test(inner)) return [];
    const found = whole.endsWith("}") ? ours.exec(inner) : null;
    if (!found) return [whole.slice(0, 80)];
    const plus = Number(found[3] ?? 0) * (found[2] === "-" ? -1 : 1);
    return [{ name: found[1] ?? "", plus, from: match.index, to: match.index + whole.length }];
  });
}

/** `${env:…}`, `${file:…}` and `${sealed:…}`: what they stand for is known later. */
export function isReference(value: unknown): value is string {
  return typeof value === "string" && /\$\{(env|file|sealed):[^}]*\}/.test(value);
}
