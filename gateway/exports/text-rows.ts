/** A line or a row may have so many characters; more is none of ours. */
const longest = 1_000_000;

/** Lines without their end, as they come. @throws Error beyond a million characters. */
export async function* textLines(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > longest) throw new Error("a line is too long");
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/** Rows of CSV (RFC 4180), as they come. @throws Error where a row goes on beyond a million characters. */
export async function* csvRows(chunks: AsyncIterable<string>): AsyncGenerator<readonly string[]> {
  let row = "";
  for await (const line of textLines(chunks)) {
    row += row === "" ? line : `\n${line}`;
    if (row.length > longest) throw new Error("a row is too long");
    // Inside of quotes as long as their number is odd.
    if ((row.split('"').length - 1) % 2 !== 0) continue;
    yield cellsOf(row.replace(/\r$/, ""));
    row = "";
  }
  if (row !== "") yield cellsOf(row);
}

function cellsOf(row: string): readonly string[] {
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^,]*))(,|$)/y;
  for (let more = true; more; ) {
    const found = cell.exec(row);
    if (found === null) return [row];
    cells.push(found[1] === undefined ? (found[2] ?? "") : found[1].replaceAll('""', '"'));
    more = found[3] === ",";
  }
  return cells;
}
