/** Triple-quoted texts first, then plain ones, comments, parentheses: as the library's own lexer takes them. */
const pieces =
  /"""(?:\\[\s\S]|[^\\])*?"""|'''(?:\\[\s\S]|[^\\])*?'''|"(?:\\[\s\S]|[^"\\])*"|'(?:\\[\s\S]|[^'\\])*'|\/\/[^\n]*|[()]/g;

/** A stretch of a text, from `start` to before `end`. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The pairs of parentheses of an expression that parses; those inside texts and comments are none. */
export function parentheses(text: string): readonly Stretch[] {
  const open: number[] = [];
  const pairs: Stretch[] = [];
  for (const { 0: piece, index } of text.matchAll(pieces)) {
    if (piece === "(") open.push(index);
    if (piece !== ")") continue;
    const start = open.pop();
    if (start !== undefined) pairs.push({ start, end: index + 1 });
  }
  return pairs;
}

/**
 * The part of a text as it was written. A syntax tree leaves out the parentheses around its nodes,
 * so that a stretch of it may hold only one of two; the stretch grows until it holds both.
 */
export function written(text: string, part: Stretch, pairs: readonly Stretch[]): string {
  let { start, end } = part;
  // Inner pairs come before outer ones.
  for (const pair of pairs) {
    const opens = pair.start >= start && pair.start < end;
    const closes = pair.end > start && pair.end <= end;
    if (opens && !closes) end = pair.end;
    if (closes && !opens) start = pair.start;
  }
  return text.slice(start, end);
}
