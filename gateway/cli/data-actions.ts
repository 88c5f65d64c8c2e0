import type { CalendarUnit } from "../core/history/calendar.ts";
import type { BucketAggregate } from "../core/history-port.ts";
import type { Place } from "./actions.ts";

export interface ExportRequest {
  /** Tag names, `*` for any text. */
  readonly patterns: readonly string[];
  /** UTC ms, half-open. */
  readonly startMs: number;
  readonly endMs: number;
  /** Instead of every sample. */
  readonly buckets?: ExportBuckets | undefined;
}

export interface ExportBuckets {
  readonly aggregates: readonly BucketAggregate[];
  /** Width in ms from the start on, or as a calendar has them; without a zone the site's. */
  readonly every: number | { readonly unit: CalendarUnit; readonly zone?: string | undefined };
  /** For durationInState; undefined: any value that is not zero. */
  readonly state?: string | undefined;
}

/** Takes all of it; what it throws ends the action, which then lets go of what it holds. */
export type Sink = (chunks: AsyncIterable<string | Uint8Array>) => Promise<void>;

export interface RestoredData {
  /** RFC 3339. */
  readonly createdAt: string;
  /** Of the program that made the backup. */
  readonly version: string;
  readonly gateway: string;
  readonly files: number;
  /** Where what was in the data folder lies now. */
  readonly aside: string | undefined;
  /** Where the configuration of the backup lies; `differs`: not in the place of the one that is there. */
  readonly configuration: { readonly file: string; readonly state: "written" | "same" | "differs" } | undefined;
  /** Its templates and tables, likewise. */
  readonly beside: readonly { readonly path: string; readonly file: string; readonly state: "written" | "differs" }[];
  /** `new`: this machine has no key file yet, the first start makes one. `given`: kept outside of the data folder. */
  readonly key: "new" | "own" | "given";
}

/** Of one group of `historian.retention`; `id` undefined: tags in no group. Bytes are those of packed samples. */
export interface DryRetention {
  readonly id: string | undefined;
  readonly series: number;
  readonly samples: number;
  readonly bytes: number;
  /** UTC ms. */
  readonly oldestMs: number | undefined;
  readonly byAge: { readonly samples: number; readonly bytes: number };
  readonly bySize: { readonly samples: number; readonly bytes: number };
}

/** Through the running gateway where there is one; else under the data folder's lock. */
export interface DataActions {
  /** CSV to the sink. @throws PlanciaError request/not-found, history/range, start/*. */
  exportCsv(place: Place, request: ExportRequest, sink: Sink): Promise<void>;
  /** Every damaged place in words; empty: all holds. @throws PlanciaError request/not-found. */
  verifyHistory(place: Place): Promise<readonly string[]>;
  /**
   * Takes out what is damaged, while no gateway runs. `done`: in words, empty: nothing was damaged; `left`: what
   * verify still finds. @throws PlanciaError request/not-found, start/*.
   */
  repairHistory(place: Place): Promise<{ readonly done: readonly string[]; readonly left: readonly string[] }>;
  /** What the rules of retention would take out now; changes nothing. @throws PlanciaError request/not-found, config/*. */
  dryRetention(place: Place): Promise<readonly DryRetention[]>;
  /** The archive to the sink. @throws PlanciaError store/unavailable, start/*. */
  backup(place: Place, sink: Sink): Promise<void>;
  /** A JSON document for support to the sink, secrets left out. @throws PlanciaError store/unavailable, start/*. */
  diagnostics(place: Place, sink: Sink): Promise<void>;
  /** `empty`: only into a folder with nothing in it. @throws PlanciaError request/*, start/in-use. */
  restore(place: Place, file: string, into: "empty" | "any"): Promise<RestoredData>;
}
