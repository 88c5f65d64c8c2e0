import type { KeepSettings } from "../../core/history/retention.ts";
import type {
  BucketAggregate,
  FeedTag,
  HistoryQuery,
  HistoryTag,
  RetentionState,
  StorageReport,
} from "../../core/history-port.ts";
import type { PackedValues } from "./packed-values.ts";

/** What the main thread and the worker say to each other. Every request gets one reply with its id. */

export interface SampleBlock {
  readonly handles: Uint32Array<ArrayBuffer>;
  readonly times: Float64Array<ArrayBuffer>;
  readonly statuses: Uint32Array<ArrayBuffer>;
  readonly values: PackedValues;
}

export type Request =
  | {
      readonly type: "open";
      readonly folder: string;
      readonly tags: readonly HistoryTag[];
      readonly forwarders?: readonly string[];
      readonly keep?: KeepSettings | undefined;
      readonly nowMs: number;
    }
  /** An empty block only notes that the gateway lives. */
  | { readonly type: "commit"; readonly block: SampleBlock; readonly nowMs: number }
  | { readonly type: "query"; readonly query: HistoryQuery; readonly nowMs: number }
  | { readonly type: "feed"; readonly forwarder: string; readonly limit: number }
  | { readonly type: "storage"; readonly nowMs: number }
  | { readonly type: "advance"; readonly forwarder: string; readonly place: string }
  | { readonly type: "close"; readonly nowMs: number };

export type ToWorker =
  | { readonly type: "request"; readonly id: number; readonly request: Request }
  | { readonly type: "cancel"; readonly id: number };

/** What the store holds after a commit. */
export interface StoreSize {
  readonly points: number;
  readonly bytesOnDisk: number;
  readonly retention: RetentionState | undefined;
}

export interface CommitResult extends StoreSize {
  readonly committed: number;
  /** Samples of handles that no tag has. */
  readonly refused: number;
}

export interface PackedSeries {
  readonly tag: string;
  readonly aggregate: BucketAggregate | undefined;
  readonly times: Float64Array<ArrayBuffer>;
  readonly statuses: Uint32Array<ArrayBuffer>;
  readonly values: PackedValues;
}

export interface PackedAnswer {
  readonly series: readonly PackedSeries[];
  readonly next: string | undefined;
}

export interface PackedFeed {
  readonly tags: readonly FeedTag[];
  readonly tagIndexes: Uint32Array<ArrayBuffer>;
  readonly times: Float64Array<ArrayBuffer>;
  readonly statuses: Uint32Array<ArrayBuffer>;
  readonly values: PackedValues;
  readonly place: string;
  readonly behind: number;
  readonly throughMs: number;
}

export interface Replies {
  open: StoreSize;
  commit: CommitResult;
  query: PackedAnswer;
  feed: PackedFeed;
  advance: undefined;
  storage: StorageReport;
  close: undefined;
}

export interface Failure {
  /** A PlanciaError's code, if it was one. */
  readonly code: string | undefined;
  readonly message: string;
}

export type FromWorker =
  | { readonly type: "reply"; readonly id: number; readonly result: unknown }
  | { readonly type: "failure"; readonly id: number; readonly failure: Failure }
  | { readonly type: "damage"; readonly text: string }
  | { readonly type: "log"; readonly level: "info" | "warn" | "error"; readonly message: string };
