export interface CsvRow {
  /** From 1; of a row with line ends in quotes, the first. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type CsvRows =
  | { readonly ok: true; readonly rows: readonly CsvRow[]; readonly separator: "," | ";" | "\t" }
  | { readonly ok: false; readonly line: number; readonly why: string };

/**
 * The rows of a CSV file (RFC 4180) as spreadsheets save it: comma, semicolon or tab between, whichever the first line
 * has most of; a byte order mark; CR LF or LF. Empty rows, and rows whose first cell begins with #, are left out.
 */
export function csvRows(text: string): CsvRows {
  const whole = text.replace(/^\uFEFF/, "");
  const separator = separatorOf(whole.slice(0, whole.search(/\r?\n|$/)));
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let line = 1;
  let first = 1;
  let at = 0;
  const endRow = (): void => {
    if (cells.some((cell) => cell !== "") && !cells[0]?.startsWith("#")) rows.push({ line: first, cells });
    cells = [];
    first = line;
  };
  while (at < whole.length) {
    const cell = cellAt(whole, at, separator);
    if (!cell.ok) return { ok: false, line, why: cell.why };
    cells.push(cell.text);
    line += cell.lines;
    at = cell.end;
    if (whole[at] === separator) {
      at += 1;
      if (at === whole.length) cells.push("");
      continue;
    }
    at += whole[at] === "\r" ? 2 : 1;
    line += 1;
    endRow();
  }
  if (cells.length > 0) endRow();
  return { ok: true, rows, separator };
}

function separatorOf(head: string): "," | ";" | "\t" {
  const count = (each: string): number => head.split(each).length;
  const [most = ","] = ([",", ";", "\t"] as const).toSorted((a, b) => count(b) - count(a));
  return most;
}

type Cell =
  | { readonly ok: true; readonly text: string; readonly end: number; readonly lines: number }
  | { readonly ok: false; readonly why: string };

function cellAt(whole: string, from: number, separator: string): Cell {
  if (whole[from] !== '"') {
    const end = endOf(whole, from, separator);
    return { ok: true, text: whole.slice(from, end).trim(), end, lines: 0 };
  }
  let text = "";
  let at = from + 1;
  for (;;) {
    const quote = whole.indexOf('"', at);
    if (quote < 0) return { ok: false, why: 'a " that is never closed' };
    text += whole.slice(at, quote);
    if (whole[quote + 1] !== '"') {
      const end = quote + 1;
      if (end !== endOf(whole, end, separator)) return { ok: false, why: 'something stands after a closing "' };
      return { ok: true, text, end, lines: text.split("\n").length - 1 };
    }
    text += '"';
    at = quote + 2;
  }
}

function endOf(whole: string, from: number, separator: string): number {
  let at = from;
  while (at < whole.length) {
    const here = whole[at];
    if (here === separator || here === "\n" || (here === "\r" && whole[at + 1] === "\n")) break;
    at += 1;
  }
  return at;
}
