import type { Text } from "../text.ts";

/** Longer is cut: it is read on a phone and in a terminal. */
export const longestText = 300;
/** What stands before the first difference, so that one sees where it is. */
const before = 40;

export function shortened(text: Text): Text {
  return { en: cut(text.en, 0), it: cut(text.it, 0) };
}

/** Both from shortly before the first letter in which they differ, where they are long. */
export function shortenedPair(from: Text, to: Text): readonly [Text, Text] {
  const [en, it] = [pair(from.en, to.en), pair(from.it, to.it)];
  return [
    { en: en[0], it: it[0] },
    { en: en[1], it: it[1] },
  ];
}

function pair(from: string, to: string): readonly [string, string] {
  if (from.length <= longestText && to.length <= longestText) return [from, to];
  let same = 0;
  while (same < from.length && from[same] === to[same]) same++;
  const start = Math.max(0, same - before);
  return [cut(from, start), cut(to, start)];
}

function cut(text: string, start: number): string {
  const end = start + longestText;
  return `${start > 0 ? "…" : ""}${text.slice(start, end)}${text.length > end ? "…" : ""}`;
}
