import { stringify } from "csv-stringify/sync";
import type { HistoryAnswer, HistoryPoint, HistorySeries } from "../../core/history-port.ts";
import { statusName } from "../../core/status.ts";
import { toJson } from "../../core/value.ts";
import { csvValue } from "./history.ts";
import { instant } from "./times.ts";

/** Series of the same buckets side by side: every page holds the same ones of each. */
const rowsAtOnce = 500;

/** `{columns:[{tag, aggregate}, …], rows:[[timeMs, [value, status], …], …], next?}`, piece by piece. */
export function* tableJson({ series, next }: HistoryAnswer): Generator<string> {
  yield `{"columns":${JSON.stringify(series.map(({ tag, aggregate }) => ({ tag, aggregate })))},"rows":[`;
  let isFirst = true;
  for (const rows of table(series)) {
    const texts = rows.map((points) => {
      const cells = points.map(([, value, status]) => [toJson(value), status]);
      return JSON.stringify([points[0]?.[0], ...cells]);
    });
    yield `${isFirst ? "" : ","}${texts.join(",")}`;
    isFirst = false;
  }
  yield next === undefined ? "]}" : `],"next":${JSON.stringify(next)}}`;
}

/** One row a bucket, two columns a series: the value, and its status in words; all pages. See historyCsv. */
export async function* tableCsv(
  first: HistoryAnswer,
  more: (next: string) => Promise<HistoryAnswer>,
): AsyncGenerator<string> {
  const names = first.series.map(({ tag, aggregate }) => `${tag} ${aggregate}`);
  yield csv([["time", ...names.flatMap((name) => [name, `${name} status`])]]);
  for (let answer = first; ; answer = await more(answer.next)) {
    for (const rows of table(answer.series)) {
      yield csv(
        rows.map((points) => [
          instant(points[0]?.[0] ?? 0),
          ...points.flatMap(([, value, status]) => [csvValue(toJson(value)), statusName(status)]),
        ]),
      );
    }
    if (answer.next === undefined) return;
  }
}

function csv(rows: readonly (readonly (string | number)[])[]): string {
  return stringify([...rows], { escape_formulas: true, record_delimiter: "windows" });
}

/** Some rows at a time, so that nothing else waits for a large page. */
function* table(series: readonly HistorySeries[]): Generator<readonly (readonly HistoryPoint[])[]> {
  const count = series[0]?.points.length ?? 0;
  for (let from = 0; from < count; from += rowsAtOnce) {
    const length = Math.min(rowsAtOnce, count - from);
    yield Array.from({ length }, (_, i) => series.flatMap(({ points }) => points.slice(from + i, from + i + 1)));
  }
}
