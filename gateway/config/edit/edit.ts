import type { Plain } from "../yaml-source.ts";

/** What shall stand at a path of the configuration, groups of keys around it made as needed; or that it goes. */
export type Edit =
  | { readonly path: readonly string[]; readonly put: Plain }
  | { readonly path: readonly string[]; readonly take: true };

/** All edits of one text together, as a tree: what was said last of a place holds. */
export type Change =
  | { readonly kind: "put"; readonly value: Plain }
  | { readonly kind: "take" }
  | { readonly kind: "within"; readonly changes: Changes };
export type Changes = ReadonlyMap<string, Change>;

export function changesOf(edits: readonly Edit[]): Changes {
  const root = new Map<string, Change>();
  for (const edit of edits) {
    const change: Change = "put" in edit ? { kind: "put", value: edit.put } : { kind: "take" };
    addChange(root, edit.path, change);
  }
  return root;
}

function addChange(into: Map<string, Change>, path: readonly string[], change: Change): void {
  const [key, ...rest] = path;
  if (key === undefined) throw new Error("an edit of the whole file is none");
  if (rest.length === 0) {
    into.set(key, change);
    return;
  }
  const before = into.get(key);
  const inner = before?.kind === "within" ? (before.changes as Map<string, Change>) : new Map<string, Change>();
  addChange(inner, rest, change);
  if (before === undefined || before.kind === "within") into.set(key, { kind: "within", changes: inner });
  // Within what is put or taken anyway.
  else {
    const value = changed(before.kind === "put" ? before.value : null, inner);
    into.set(key, { kind: "put", value });
  }
}

/** The changes of one sort alone: what goes is cut out before anything is put. */
export function only(kind: "put" | "take", changes: Changes): Changes {
  const kept = new Map<string, Change>();
  for (const [key, change] of changes) {
    if (change.kind === kind) kept.set(key, change);
    if (change.kind !== "within") continue;
    const inner = only(kind, change.changes);
    if (inner.size > 0) kept.set(key, { kind: "within", changes: inner });
  }
  return kept;
}

/** A value as it is after the changes: what the edited text must be read as. */
export function changed(value: Plain, changes: Changes): Plain {
  const entries = new Map<string, Plain>(isGroup(value) ? Object.entries(value) : []);
  for (const [key, change] of changes) {
    switch (change.kind) {
      case "put":
        entries.set(key, change.value);
        break;
      case "take":
        entries.delete(key);
        break;
      case "within":
        if (entries.has(key) || only("put", change.changes).size > 0)
          entries.set(key, changed(entries.get(key) ?? null, change.changes));
    }
  }
  return Object.fromEntries(entries);
}

export function isGroup(value: Plain | undefined): value is { [key: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
