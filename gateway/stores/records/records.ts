import type { Log } from "../../core/log.ts";
import { CallClient, type CallStatistics } from "./call-client.ts";
import { type RecordStores, storesOver } from "./calls.ts";

export interface Records extends RecordStores {
  statistics(): CallStatistics;
  /** Waits for calls in flight, then closes the file. */
  close(): Promise<void>;
}

export interface RecordsSettings {
  /** The SQLite file; its folder is made where it is missing. */
  readonly file: string;
  readonly log: Log;
  /** Longest wait for one answer, ms; default 5,000. Longer than SQLite's own wait for a lock (2,000). */
  readonly callTimeoutMs?: number;
  /** Default 4,000: a stop takes back hundreds of commands at once, each with its record and its line of the audit. */
  readonly maxInFlight?: number;
}

/** `audit.verify` walks everything there is, ms. */
const verifyTimeoutMs = 30 * 60_000;

/**
 * Opens the relational store in its own thread, so that no lock held elsewhere ever stalls the event
 * loop. Several processes may have the same file open. @throws PlanciaError start/read-only,
 * start/in-use, start/damaged.
 */
export async function createRecords(settings: RecordsSettings): Promise<Records> {
  const { file, log, callTimeoutMs = 5_000, maxInFlight = 4_000 } = settings;
  const client = new CallClient({ file, log: log.child({ store: "records" }), timeoutMs: callTimeoutMs, maxInFlight });
  await client.open();
  const stores = storesOver((area, method, args) =>
    client.call(area, method, args, method === "verify" ? verifyTimeoutMs : undefined),
  );
  return { ...stores, statistics: () => client.statistics(), close: () => client.close() };
}
