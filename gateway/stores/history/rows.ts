import { decodeChunk, encodeChunk } from "../../core/history/chunk-codec.ts";
import { decodeJournal, encodeJournal, type JournalRows } from "../../core/history/journal-codec.ts";
import type { Samples } from "../../core/history/samples.ts";
import {
  type ChunkStatistics,
  decodeStatistics,
  encodeStatistics,
  statisticsOf,
} from "../../core/history/statistics.ts";
import { FrameKind, rowChecksum, seal, unseal } from "./frame.ts";

/** Rows of the file and the way between them and samples. Every way back throws RangeError on damage. */

export interface StateRow {
  /** Sequence number of the newest commit, and when it was, UTC ms. */
  readonly committed: number;
  readonly at: number;
  /** Newest commit whose samples all stand in chunk and head rows. */
  readonly sealed: number;
}

export interface SeriesRow {
  readonly id: number;
  readonly name: string;
  readonly type: string;
  /** Number of the newest chunk in order of time, and of the newest chunk of late samples; both count from 1. */
  readonly chunks: number;
  readonly lates: number;
  /** Samples in chunks, those that are gone too. */
  readonly points: number;
  /** Time of the newest sample in a chunk in order of time: what is older than this is late. */
  readonly sealed: number | null;
}

/** What retention took out of a series: its numbers begin above. */
export interface GoneRow {
  readonly series: number;
  /** Number of the newest chunk in order of time that is gone; those below are too. */
  readonly chunks: number;
  /** The same of late chunks. */
  readonly lates: number;
  /** Samples in them. */
  readonly points: number;
}

export interface OutageRow {
  readonly start: number;
  readonly end: number;
}

export interface JournalRow {
  readonly n: number;
  readonly at: number;
  readonly data: Uint8Array;
}

export interface FeedRow {
  /** Of the forwarder. */
  readonly name: string;
  /** See feed-place.ts. */
  readonly place: string;
}

export interface HeadRow {
  /** Series × 2, + 1 for late samples. */
  readonly id: number;
  readonly start: number;
  readonly count: number;
  readonly data: Uint8Array;
}

/** A chunk without its samples. */
export interface ChunkRow {
  readonly id: number;
  readonly series: number;
  /** 1: samples that came after younger ones were sealed. */
  readonly late: number;
  readonly n: number;
  readonly start: number;
  readonly span: number;
  readonly count: number;
  readonly statistics: Uint8Array;
}

export type NewChunk = Omit<ChunkRow, "id"> & { readonly data: Uint8Array };

export const stateChecksum = (row: StateRow): number => rowChecksum(["state", row.committed, row.at, row.sealed]);
export const goneChecksum = (row: GoneRow): number =>
  rowChecksum(["gone", row.series, row.chunks, row.lates, row.points]);
export const outageChecksum = (row: OutageRow): number => rowChecksum(["outage", row.start, row.end]);
export const feedChecksum = (row: FeedRow): number => rowChecksum(["feed", row.name, row.place]);
export const seriesChecksum = (row: SeriesRow): number =>
  rowChecksum(["series", row.id, row.name, row.type, row.chunks, row.lates, row.points, String(row.sealed)]);

export function journalRow(n: number, at: number, rows: JournalRows): JournalRow {
  return { n, at, data: seal(FrameKind.journal, [n, at], encodeJournal(rows)) };
}

export function journalRows(row: JournalRow): JournalRows {
  return decodeJournal(unseal(FrameKind.journal, [row.n, row.at], row.data));
}

export function headRow(series: number, late: number, samples: Samples): HeadRow {
  const id = series * 2 + late;
  const start = samples.times[0] as number;
  const count = samples.times.length;
  return { id, start, count, data: seal(FrameKind.head, [id, start, count], encodeChunk(samples)) };
}

export function headSamples(row: HeadRow): Samples {
  const payload = unseal(FrameKind.head, [row.id, row.start, row.count], row.data);
  return decodeChunk(payload, row.count, row.start);
}

export function newChunk(series: number, late: number, n: number, samples: Samples): NewChunk {
  const start = samples.times[0] as number;
  const span = (samples.times.at(-1) as number) - start;
  const count = samples.times.length;
  const identity = [series, late, n, start, span, count];
  const statistics = seal(FrameKind.statistics, identity, encodeStatistics(statisticsOf(samples)));
  return {
    series,
    late,
    n,
    start,
    span,
    count,
    statistics,
    data: seal(FrameKind.chunk, identity, encodeChunk(samples)),
  };
}

const identityOf = (row: Omit<ChunkRow, "id" | "statistics">): number[] => [
  row.series,
  row.late,
  row.n,
  row.start,
  row.span,
  row.count,
];

export function chunkStatistics(row: ChunkRow): ChunkStatistics {
  return decodeStatistics(unseal(FrameKind.statistics, identityOf(row), row.statistics));
}

export function chunkSamples(row: ChunkRow, data: Uint8Array): Samples {
  return decodeChunk(unseal(FrameKind.chunk, identityOf(row), data), row.count, row.start);
}
