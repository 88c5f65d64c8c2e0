export type Shown =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "instant"; readonly atMs: number }
  | { readonly kind: "truth"; readonly holds: boolean }
  | { readonly kind: "nothing" };

/** One line of what an entry says: `from` where the entry tells what it was before. */
export interface DetailLine {
  readonly key: string;
  readonly value: Shown;
  readonly from?: Shown;
}

const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** The detail of an audit entry as lines, whatever it holds: nested things by their path (`before.start`). */
export function detailLines(detail: Readonly<Record<string, unknown>>, path = ""): readonly DetailLine[] {
  return Object.entries(detail).flatMap(([name, value]) => {
    const key = path === "" ? name : `${path}.${name}`;
    if (!isRecord(value)) return [{ key, value: shown(value) }];
    const { from, to } = value;
    if (from !== undefined && to !== undefined) return [{ key, value: shown(to), from: shown(from) }];
    return detailLines(value, key);
  });
}

function shown(value: unknown): Shown {
  if (value === null || value === undefined || value === "") return { kind: "nothing" };
  if (typeof value === "boolean") return { kind: "truth", holds: value };
  if (typeof value === "string" && instant.test(value)) return { kind: "instant", atMs: Date.parse(value) };
  if (typeof value === "string") return { kind: "text", text: value };
  if (Array.isArray(value) && value.every((one) => typeof one !== "object")) {
    return value.length === 0 ? { kind: "nothing" } : { kind: "text", text: value.join(", ") };
  }
  return { kind: "text", text: JSON.stringify(value) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
