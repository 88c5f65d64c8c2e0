export type Scalar = string | number | boolean | null;

export interface ConfigChange {
  /** null: it was not there, or is gone. */
  readonly from: Scalar;
  readonly to: Scalar;
}

/** Longer ones are cut and say so, so that an entry stays readable. Characters. */
const longestText = 500;

/** Every value of a JSON object by its path, `equipment.press.tags.speed.unit`; a list is one value. */
export function flatValues(value: unknown, path = "", into = new Map<string, Scalar>()): ReadonlyMap<string, Scalar> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    for (const [key, member] of Object.entries(value)) flatValues(member, path === "" ? key : `${path}.${key}`, into);
    return into;
  }
  into.set(path, Array.isArray(value) ? JSON.stringify(value) : ((value ?? null) as Scalar));
  return into;
}

/** What is different, by path, the first `most` of them; `total` counts all. */
export function configChanges(
  before: unknown,
  after: unknown,
  most: number,
): { readonly changes: Readonly<Record<string, ConfigChange>>; readonly total: number } {
  const [old, now] = [flatValues(before), flatValues(after)];
  const paths = [...new Set([...old.keys(), ...now.keys()])].sort();
  const different = paths.filter((path) => old.get(path) !== now.get(path));
  const changes = different.slice(0, most).map((path) => {
    return [path, { from: cut(old.get(path) ?? null), to: cut(now.get(path) ?? null) }] as const;
  });
  return { changes: Object.fromEntries(changes), total: different.length };
}

function cut(value: Scalar): Scalar {
  return typeof value === "string" && value.length > longestText ? `${value.slice(0, longestText)} …` : value;
}
