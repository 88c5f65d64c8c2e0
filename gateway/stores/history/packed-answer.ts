import type { HistoryAnswer, HistoryPoint } from "../../core/history-port.ts";
import type { PackedAnswer, PackedSeries } from "./messages.ts";
import { packValues, unpackValues } from "./packed-values.ts";

/** An answer as it travels between threads: columns, since 100,000 small arrays would hold up the receiver. */
export function packAnswer(answer: HistoryAnswer): PackedAnswer {
  const series = answer.series.map(({ tag, aggregate, points }) => ({
    tag,
    aggregate,
    times: Float64Array.from(points, (point) => point[0]),
    statuses: Uint32Array.from(points, (point) => point[2]),
    values: packValues(points.map((point) => point[1])),
  }));
  return { series, next: answer.next };
}

export function unpackAnswer(answer: PackedAnswer): HistoryAnswer {
  return { series: answer.series.map(unpackSeries), next: answer.next };
}

function unpackSeries({ tag, aggregate, times, statuses, values }: PackedSeries): HistoryAnswer["series"][number] {
  const points = unpackValues(values).map(
    (value, i): HistoryPoint => [times[i] as number, value, statuses[i] as number],
  );
  return aggregate === undefined ? { tag, points } : { tag, aggregate, points };
}
