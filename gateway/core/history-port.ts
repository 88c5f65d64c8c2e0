import type { SampleBatch } from "./sample.ts";
import type { DataType, Value } from "./value.ts";

/** A tag as the historian knows it; `name` is what lasts, the handle is only of this run. */
export interface HistoryTag {
  readonly handle: number;
  readonly name: string;
  readonly type: DataType;
  readonly formerly: readonly string[];
}

/** OPC UA Part 13 aggregates by their names there, with a small first letter; what each is: docs/decisions/035. */
export const bucketAggregates = [
  "average",
  "timeAverage",
  "interpolative",
  "minimum",
  "maximum",
  "minimumActualTime",
  "maximumActualTime",
  "range",
  "first",
  "last",
  "count",
  "delta",
  "durationInState",
  "percentGood",
] as const;
export type BucketAggregate = (typeof bucketAggregates)[number];

/** How a tag's samples are to be read by aggregates. */
export interface SeriesReading {
  /** Between two samples; `stepped` where it is not given. */
  readonly interpolation?: "stepped" | "sloped" | undefined;
  /** It counts up, and perhaps rolls over; see core/history/counter.ts. */
  readonly counter?: { readonly rollOver: number | undefined } | undefined;
}

/** Half-open [startMs, endMs), UTC. */
export interface HistoryQuery {
  readonly tags: readonly string[];
  /** One for each tag, in the same order; left out: all stepped, none a counter. */
  readonly readings?: readonly SeriesReading[] | undefined;
  readonly startMs: number;
  readonly endMs: number;
  /** Several are answered in one pass, as one series for each tag and aggregate. */
  readonly aggregate: "raw" | BucketAggregate | readonly BucketAggregate[];
  /** Width of a bucket for aggregates; buckets start at startMs. */
  readonly intervalMs?: number | undefined;
  /** Instead of intervalMs: where buckets begin, UTC ms, ascending from startMs, and endMs at the end. */
  readonly edgesMs?: readonly number[] | undefined;
  /** For durationInState: the value as JSON writes it; left out: any that is not zero. */
  readonly state?: string | undefined;
  /** Rows of all series together in one answer; the rest follows with `next`. */
  readonly limit: number;
  /** Aggregates: a page goes along the time and holds the same buckets of every series, instead of tag after tag. */
  readonly abreast?: boolean | undefined;
  /** Nothing before startMs is looked at, not even for the value that holds at the start: a guest's slot. */
  readonly isolated?: boolean | undefined;
  /** Opaque, from the answer before. */
  readonly next?: string | undefined;
}

/**
 * timeMs (bucket start for aggregates; for minimumActualTime and maximumActualTime when it was), value, status.
 * A bucket without any good time has null and a Bad status.
 */
export type HistoryPoint = readonly [number, Value, number];

export interface HistorySeries {
  readonly tag: string;
  /** Left out for raw samples. */
  readonly aggregate?: BucketAggregate | undefined;
  /** False: the configuration records it no longer, or never did. */
  readonly recorded?: false | undefined;
  readonly points: readonly HistoryPoint[];
}

export interface HistoryAnswer {
  readonly series: readonly HistorySeries[];
  readonly next?: string | undefined;
}

/** One recorded sample, or one aggregate of a bucket, of an export, with what a reader of the file needs beside it. */
export interface RecordedRow {
  readonly tag: string;
  /** Left out for raw samples. */
  readonly aggregate?: BucketAggregate | undefined;
  /** UTC ms. */
  readonly timeMs: number;
  readonly value: Value;
  readonly status: number;
  readonly unit: string | undefined;
}

/** A recorded tag, of today or of an earlier configuration, as it is called now. */
export interface FeedTag {
  readonly name: string;
  readonly type: string;
}

/** Durable samples in columns of the same length, none a forwarder's place has passed. */
export interface FeedBatch {
  readonly tags: readonly FeedTag[];
  /** Index into `tags`. */
  readonly tagIndexes: Uint32Array;
  /** UTC ms, whole. */
  readonly times: Float64Array;
  readonly statuses: Uint32Array;
  readonly values: readonly Value[];
  /** For `advance`, once all of it has arrived. Opaque. */
  readonly place: string;
  /** Samples on record that come after these. */
  readonly behind: number;
  /** Everything committed until then is in this batch or was in one before, UTC ms; undefined: not known yet. */
  readonly throughMs: number | undefined;
}

/**
 * The record for one forwarder, from a durable place of its own. In the order of commits as long as the
 * forwarder keeps up; after an absence chunk by chunk, where some samples may come twice. Of one tag, samples of
 * the same time come in their order. Nothing is left out but what is damaged. One call at a time.
 */
export interface HistoryFeed {
  /**
   * What comes after the place: at least `limit` samples where there are as many, and not 200,000 more; empty: nothing new.
   * With limit 0 only how much there is.
   * @throws PlanciaError history/unavailable.
   */
  read(limit: number, signal?: AbortSignal): Promise<FeedBatch>;
  /** Everything up to `place` has arrived. Durable with the next commit; until then it may be given once more. @throws history/unavailable. */
  advance(place: string): Promise<void>;
}

export interface HistoryFeeds {
  /** @param forwarder one of the names that the store was made with. */
  feed(forwarder: string): HistoryFeed;
}

/** How a server that the record is forwarded to is getting on; counts since the start of the gateway. */
export interface TargetStatus {
  readonly id: string;
  readonly kind: string;
  readonly url: string;
  readonly database: string;
  /** `current`: it has everything but the last moments. */
  readonly state: "starting" | "current" | "behind" | "failing";
  readonly sent: number;
  /** Values that it cannot hold (NaN, ±Inf, bytes …); their status was sent. */
  readonly leftOut: number;
  /** Samples that it no longer takes because they are older than it keeps. */
  readonly expired: number;
  /** Samples that it refused, set aside with the reason. */
  readonly quarantined: number;
  /** Samples on record that it does not have yet. */
  readonly behind: number;
  /** Age of the moment up to which it has everything, ms; undefined: not known yet. */
  readonly lagMs: number | undefined;
  /** UTC ms of the last samples that it took. */
  readonly lastSentMs: number | undefined;
  /** What the last try failed with; undefined when it went well. */
  readonly error: string | undefined;
}

/** One running forwarder. */
export interface Forwarder {
  status(): TargetStatus;
  start(): void;
  /** Ends what is under way; a few milliseconds. */
  close(): Promise<void>;
}

/** Of the disk that the history lies on, for whoever may not write everywhere on it. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

export interface RetentionState {
  /** Samples taken out since the start of the gateway, by why. */
  readonly retired: { readonly age: number; readonly size: number; readonly disk: number };
  /** Of them, those that a forwarder had not sent: only the disk's limit takes such. */
  readonly retiredUnsent: number;
  /** The disk's limit is passed and nothing more may go. */
  readonly overLimit: boolean;
  /** undefined: it cannot be told. */
  readonly disk: DiskSpace | undefined;
  /** Days until the disk, or the limit on it, is full, at the pace of the last days; Infinity: never; undefined: not known yet. */
  readonly fullInDays: number | undefined;
}

/** What one group of tags takes of the history; `id` undefined: tags in no group. */
export interface StoredGroup {
  readonly id: string | undefined;
  /** Series, also of tags of earlier configurations. */
  readonly series: number;
  /** Samples in chunks. */
  readonly samples: number;
  /** Of the packed samples, without what the file needs around them. */
  readonly bytes: number;
  /** Packed in a day, by the last seven. */
  readonly bytesPerDay: number;
  /** UTC ms; undefined: nothing is packed yet. */
  readonly oldestMs: number | undefined;
}

export interface StorageReport {
  readonly groups: readonly StoredGroup[];
  /** False: chunks are still being counted, a while after the start. */
  readonly counted: boolean;
  readonly points: number;
  /** Of the file, its free pages and its write-ahead log. */
  readonly bytesOnDisk: number;
  /** Of these, free for what comes. */
  readonly reusableBytes: number;
  readonly fullInDays: number | undefined;
  readonly disk: DiskSpace | undefined;
}

export interface HistoryStatistics {
  readonly samplesCommitted: number;
  readonly samplesDropped: number;
  readonly queued: number;
  readonly commits: number;
  readonly bytesOnDisk: number;
  readonly points: number;
  readonly lastCommitMs: number | undefined;
  /** The last failure of the disk, undefined when the last commit went well. */
  readonly fault: string | undefined;
  /** Damaged places found while opening, in words. */
  readonly damage: readonly string[];
  /** undefined: nothing is known yet. */
  readonly retention?: RetentionState | undefined;
}

/**
 * The durable record of samples. `append` never blocks: samples wait in a bounded queue and are
 * committed every `commitMs` with synchronous FULL. Only what is committed is ever returned by
 * `query`, and what was returned survives kill -9.
 */
export interface HistoryStore {
  /** Opens or creates, repairs heads from the journal, names damage. @throws PlanciaError start/read-only. */
  open(tags: readonly HistoryTag[]): Promise<void>;
  append(batch: SampleBatch): void;
  /** Resolves when everything appended before is committed or counted as dropped. */
  flush(): Promise<void>;
  /** The signal ends the work as well. @throws PlanciaError history/range, history/unavailable. */
  query(query: HistoryQuery, signal?: AbortSignal): Promise<HistoryAnswer>;
  statistics(): HistoryStatistics;
  /** What lies where, by group. @throws PlanciaError history/unavailable. */
  storage?(): Promise<StorageReport>;
  /** Flushes and closes; at most a few seconds. */
  close(): Promise<void>;
}
