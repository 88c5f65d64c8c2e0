import type { FeedBatch } from "../../core/history-port.ts";
import type { FeedRows } from "./feed-page.ts";
import type { PackedFeed } from "./messages.ts";
import { packValues, unpackValues } from "./packed-values.ts";

/** What a forwarder is given, as it travels between threads. */
export function packFeed(rows: FeedRows): PackedFeed {
  return {
    tags: rows.series.map(({ row }) => ({ name: row.name, type: row.type })),
    tagIndexes: Uint32Array.from(rows.indexes),
    times: Float64Array.from(rows.times),
    statuses: Uint32Array.from(rows.statuses),
    values: packValues(rows.values),
    place: rows.place,
    behind: rows.behind,
    throughMs: rows.throughMs,
  };
}

export function unpackFeed({ values, throughMs, ...packed }: PackedFeed): FeedBatch {
  return { ...packed, values: unpackValues(values), throughMs: throughMs > 0 ? throughMs : undefined };
}
