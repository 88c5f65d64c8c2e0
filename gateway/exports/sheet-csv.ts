import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import { type Sheet, type SheetFault, type SheetRead, sheetLimits } from "../core/configuration/tag-sheet.ts";

/** A longer cell is none of ours. */
const longestCell = 100_000;

/**
 * A table as programs and spreadsheets write it (RFC 4180 and what they do otherwise): separated by commas,
 * semicolons or tabs, as its first line has them; UTF-8, UTF-16 with a mark, else Windows-1252; any end of line; texts in
 * quotes over several lines; `sep=;` in front. Empty rows are passed over, and counted.
 */
export function readSheet(bytes: Uint8Array): SheetRead {
  if (bytes.length > sheetLimits.bytes)
    return wrong(0, `has ${bytes.length} bytes; at most ${sheetLimits.bytes} are taken: split it`);
  const decoded = textOf(bytes);
  const named = /^sep=([,;\t])\r?\n/i.exec(decoded);
  const text = named ? decoded.slice(named[0].length) : decoded;
  const delimiter = (named?.[1] as Sheet["separator"] | undefined) ?? delimiterOf(text);
  try {
    const records = parse(text, {
      ...{ delimiter, relax_column_count: true, max_record_size: longestCell * 10, skip_empty_lines: false },
      to: sheetLimits.rows + 2,
    }) as string[][];
    return sheetOf(records, delimiter);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const line = typeof error["lines"] === "number" ? error["lines"] : 0;
    return wrong(line, `cannot be read as CSV here: ${error.message}`);
  }
}

function sheetOf(records: readonly (readonly string[])[], separator: Sheet["separator"]): SheetRead {
  const [heading, ...rows] = records;
  if (heading === undefined || heading.every((cell) => cell.trim() === ""))
    return wrong(1, "has no heading: the first row names the columns, such as equipment, tag, device, address");
  if (heading.length > sheetLimits.columns)
    return wrong(1, `has ${heading.length} columns; at most ${sheetLimits.columns} are taken`);
  if (rows.length > sheetLimits.rows) return wrong(0, `has more than ${sheetLimits.rows} rows: split it`);
  const numbered = rows.map((cells, i) => ({ n: i + 2, cells }));
  return {
    ok: true,
    sheet: { heading, rows: numbered.filter(({ cells }) => cells.some((cell) => cell.trim() !== "")), separator },
  };
}

function wrong(row: number, text: string): { readonly ok: false; readonly fault: SheetFault } {
  return { ok: false, fault: { row, column: "", cell: "", text } };
}

function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

/** What stands most often in the first line, outside of quotes. */
function delimiterOf(text: string): "," | ";" | "\t" {
  const line = /^[^\r\n]*/.exec(text)?.[0].replace(/"[^"]*"/g, "") ?? "";
  const count = (sign: string): number => line.split(sign).length - 1;
  if (count("\t") > 0) return "\t";
  return count(";") > count(",") ? ";" : ",";
}

/** `semicolons`: as spreadsheets of countries with a decimal comma read it by themselves, with a mark of UTF-8. */
export type SheetStyle = "commas" | "semicolons";

/** A table as CSV; its cells are written as they are. */
export function sheetCsv(rows: readonly (readonly string[])[], style: SheetStyle): string {
  const semicolons = style === "semicolons";
  const said = semicolons ? rows.map((row) => row.map(decimalComma)) : rows;
  const text = stringify(
    said.map((row) => [...row]),
    { record_delimiter: "windows", delimiter: semicolons ? ";" : "," },
  );
  return semicolons ? `\u{feff}${text}` : text;
}

function decimalComma(cell: string): string {
  return /^-?\d+\.\d+$/.test(cell) ? cell.replace(".", ",") : cell;
}
