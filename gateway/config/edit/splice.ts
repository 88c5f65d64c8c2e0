/** A piece of a text, and what stands there instead. `from` = `to`: between two characters. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly instead: string;
}

/** The text with all cuts at once; of two at one place the first comes first. Pieces that only go may overlap. */
export function spliced(text: string, cuts: readonly Cut[]): string {
  let result = "";
  let end = 0;
  for (const { from, to, instead } of [...cuts].sort((a, b) => a.from - b.from)) {
    if (from < end && instead !== "") throw new Error("two edits of one place");
    if (from > end) result += text.slice(end, from);
    result += instead;
    end = Math.max(end, to);
  }
  return result + text.slice(end);
}

/** Where the line of `offset` begins, and how far right of that it is. */
export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Behind the line on which what ends at `offset` ends. A block text ends with its line. */
export function lineEnd(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === "\n") return offset;
  const found = text.indexOf("\n", offset);
  return found === -1 ? text.length : found + 1;
}

/** As the file ends its lines. */
export function newlineOf(text: string): "\n" | "\r\n" {
  return /^[^\n]*\r\n/.test(text) ? "\r\n" : "\n";
}

/** Whole lines at the beginning of a line, or behind a last one that has no end. */
export function linesAt(text: string, at: number, lines: readonly string[]): Cut {
  const newline = newlineOf(text);
  const open = at === text.length && at > 0 && text[at - 1] !== "\n";
  const instead = open ? newline + lines.join(newline) : lines.join(newline) + newline;
  return { from: at, to: at, instead };
}
