import type { HistoryTag } from "../../core/history-port.ts";
import type { HistoryFile } from "./history-file.ts";
import type { SeriesRow } from "./rows.ts";
import { newSeries, type Series } from "./series.ts";

/**
 * Finds the series of every tag by its name, else by a name that it had formerly (the series is then
 * renamed), else makes one. One transaction. @returns series by handle. @throws SQLite errors.
 */
export function bindTags(
  file: HistoryFile,
  tags: readonly HistoryTag[],
  all: Map<number, Series>,
): Map<number, Series> {
  const byName = new Map([...all.values()].map((series) => [series.row.name, series]));
  const current = new Set(tags.map((tag) => tag.name));
  const byHandle = new Map<number, Series>();
  let newestId = Math.max(0, ...all.keys());
  const changes: { series: Series; row: SeriesRow }[] = [];
  for (const tag of tags) {
    const found = byName.get(tag.name) ?? formerSeries(tag, byName, current);
    const series = found ?? newSeries(rowOf(++newestId, tag));
    const { name, type } = series.row;
    if (!found || name !== tag.name || type !== tag.type) {
      changes.push({ series, row: { ...series.row, name: tag.name, type: tag.type } });
      byName.delete(name);
    }
    byName.set(tag.name, series);
    byHandle.set(tag.handle, series);
  }
  if (changes.length > 0) file.transaction(() => changes.forEach(({ row }) => void file.writeSeries(row)));
  for (const { series, row } of changes) {
    series.row = row;
    all.set(row.id, series);
  }
  return byHandle;
}

/** The history of a name that the tag had, unless a tag of today still bears it. */
function formerSeries(tag: HistoryTag, byName: Map<string, Series>, current: Set<string>): Series | undefined {
  const name = tag.formerly.find((former) => byName.has(former) && !current.has(former));
  return name === undefined ? undefined : byName.get(name);
}

function rowOf(id: number, tag: HistoryTag): SeriesRow {
  return { id, name: tag.name, type: tag.type, chunks: 0, lates: 0, points: 0, sealed: null };
}
