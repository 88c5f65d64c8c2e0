import type { Tag } from "../plant.ts";

/** The tags of devices that a tag stands on in the end: itself, where it is one. */
export function rootsOf(tag: Tag, tags: ReadonlyMap<string, Tag>): readonly Tag[] {
  return tag.derived ? tag.derived.roots.flatMap((name) => tags.get(name) ?? []) : [tag];
}

/** Itself and every tag that it is computed from, step by step. */
export function madeFrom(tag: Tag, tags: ReadonlyMap<string, Tag>): readonly Tag[] {
  const found = new Set<Tag>();
  const walk = (each: Tag): void => {
    if (found.has(each)) return;
    found.add(each);
    for (const name of each.derived?.inputs ?? []) {
      const input = tags.get(name);
      if (input) walk(input);
    }
  };
  walk(tag);
  return [...found];
}
