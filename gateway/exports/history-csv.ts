import { stringify } from "csv-stringify/sync";
import type { RecordedRow } from "../core/history-port.ts";
import { statusName } from "../core/status.ts";
import { toJson } from "../core/value.ts";

/** Rows turned into text at a time, so that nothing else waits for a large page. */
const rowsAtOnce = 1000;

export const historyCsvHeader = "time,tag,value,status,code,unit\r\n";
export const aggregatesCsvHeader = "time,tag,aggregate,value,status,code,unit\r\n";

/**
 * History as CSV (RFC 4180), UTF-8: time (RFC 3339, UTC, ms), tag, value, name and code of the OPC UA
 * status, unit; of aggregates their name behind the tag. No value: an empty cell. Texts that a spreadsheet would take for a formula get an
 * apostrophe before them (S17), numbers do not.
 */
export async function* historyCsv(
  pages: AsyncIterable<readonly RecordedRow[]>,
  rows: "samples" | "aggregates" = "samples",
): AsyncGenerator<string> {
  yield rows === "samples" ? historyCsvHeader : aggregatesCsvHeader;
  for await (const page of pages) {
    for (let from = 0; from < page.length; from += rowsAtOnce) {
      yield stringify(page.slice(from, from + rowsAtOnce).map(cells), {
        escape_formulas: true,
        record_delimiter: "windows",
      });
    }
  }
}

function cells({ timeMs, tag, aggregate, value, status, unit }: RecordedRow): (string | number | bigint)[] {
  const code = `0x${status.toString(16).padStart(8, "0")}`;
  const names = aggregate === undefined ? [tag] : [tag, aggregate];
  return [new Date(timeMs).toISOString(), ...names, cell(value), statusName(status), code, unit ?? ""];
}

/** Numbers stay numbers, so that a minus sign is none of a formula. */
function cell(value: RecordedRow["value"]): string | number | bigint {
  if (typeof value === "number" || typeof value === "bigint") return value;
  const text = toJson(value);
  return text === null ? "" : String(text);
}
