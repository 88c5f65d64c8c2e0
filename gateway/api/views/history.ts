import { stringify } from "csv-stringify/sync";
import type { HistoryAnswer, HistoryPoint } from "../../core/history-port.ts";
import { statusName } from "../../core/status.ts";
import { toJson } from "../../core/value.ts";
import { instant } from "./times.ts";

/** Rows turned into text at a time, so that nothing else waits for a large page. */
const rowsAtOnce = 1000;

/** The JSON of CONTRACT's `/history`, piece by piece: `{series:[{tag, aggregate?, recorded?, points:[[timeMs, value, status], …]}], next?}`. */
export function* historyJson(answer: HistoryAnswer): Generator<string> {
  yield '{"series":[';
  for (const [index, { tag, aggregate, recorded, points }] of answer.series.entries()) {
    const named = aggregate === undefined ? "" : `"aggregate":${JSON.stringify(aggregate)},`;
    const off = recorded === false ? '"recorded":false,' : "";
    yield `${index === 0 ? "" : ","}{"tag":${JSON.stringify(tag)},${named}${off}"points":[`;
    for (let from = 0; from < points.length; from += rowsAtOnce) {
      const rows = points.slice(from, from + rowsAtOnce).map(pointJson);
      yield `${from === 0 ? "" : ","}${rows.join(",")}`;
    }
    yield "]}";
  }
  yield answer.next === undefined ? "]}" : `],"next":${JSON.stringify(answer.next)}}`;
}

function pointJson([timeMs, value, status]: HistoryPoint): string {
  return `[${timeMs},${JSON.stringify(toJson(value))},${status}]`;
}

/**
 * tag, time, value and status in words, with aggregates their name behind them, one row a point; all pages, one after the other. Texts that a
 * spreadsheet would take for a formula are escaped (S17), numbers are not.
 */
export async function* historyCsv(
  first: HistoryAnswer,
  more: (next: string) => Promise<HistoryAnswer>,
): AsyncGenerator<string> {
  const isRaw = first.series.every(({ aggregate }) => aggregate === undefined);
  yield isRaw ? "tag,time,value,status\r\n" : "tag,time,value,status,aggregate\r\n";
  for (let answer = first; ; answer = await more(answer.next)) {
    for (const { tag, aggregate, points } of answer.series) {
      yield* csvRows(tag, points, aggregate === undefined ? [] : [aggregate]);
    }
    if (answer.next === undefined) return;
  }
}

function* csvRows(tag: string, points: readonly HistoryPoint[], more: readonly string[]): Generator<string> {
  for (let from = 0; from < points.length; from += rowsAtOnce) {
    const rows = points.slice(from, from + rowsAtOnce).map(([timeMs, value, status]) => {
      return [tag, instant(timeMs), csvValue(toJson(value)), statusName(status), ...more];
    });
    yield stringify(rows, { escape_formulas: true, record_delimiter: "windows" });
  }
}

/** An empty cell where there is none. */
export function csvValue(value: number | boolean | string | null): number | string {
  if (typeof value === "boolean") return String(value);
  return value ?? "";
}
