import { join } from "node:path";
import { PlanciaError } from "../../core/errors.ts";
import type { JournalRows } from "../../core/history/journal-codec.ts";
import { Outages } from "../../core/history/outages.ts";
import type { KeepSettings } from "../../core/history/retention.ts";
import type { DiskSpace, HistoryAnswer, HistoryQuery, HistoryTag, StorageReport } from "../../core/history-port.ts";
import type { Value } from "../../core/value.ts";
import { bindTags } from "./catalogue.ts";
import { checkpoint, journalLimits } from "./checkpoint.ts";
import { Feeds } from "./feed.ts";
import type { FeedRows } from "./feed-page.ts";
import { fileName, type HistoryFile, isCorrupt } from "./history-file.ts";
import { Mark, markName, readMark } from "./mark.ts";
import type { CommitResult, StoreSize } from "./messages.ts";
import { openSound } from "./open-sound.ts";
import { answerQuery, checkQuery } from "./query.ts";
import { type ReportDamage, reason, recover } from "./recovery.ts";
import { Retention, RetiredCounts } from "./retention.ts";
import { journalRow, type OutageRow, type StateRow } from "./rows.ts";
import { headFor, type Series } from "./series.ts";
import { SeriesReader } from "./series-reader.ts";

export interface CommitRows {
  readonly handles: ArrayLike<number>;
  readonly times: ArrayLike<number>;
  readonly statuses: ArrayLike<number>;
  readonly values: readonly Value[];
}

export interface KeepOptions {
  readonly settings: KeepSettings;
  readonly space: () => DiskSpace | undefined;
}

export interface EngineReports {
  readonly damage: ReportDamage;
  readonly warn: (message: string) => void;
}

/** A full disk fails every time; trying with every commit would only fill the log too. */
const checkpointRetryMs = 5000;

const diskFailed = "the disk of the history has failed, it is being tried again";

/** Everything that is true of one opening of the file; gone whole when the disk failed. */
interface Opened {
  readonly file: HistoryFile;
  readonly mark: Mark;
  readonly all: Map<number, Series>;
  readonly byHandle: Map<number, Series>;
  readonly byName: Map<string, Series>;
  /** Undefined where nobody forwards. */
  readonly feeds: Feeds | undefined;
  /** Undefined where nothing is ever taken out. */
  readonly retention: Retention | undefined;
  outages: OutageRow[];
  newOutages: OutageRow[];
  state: StateRow;
  journalSamples: number;
  journalBytes: number;
  checkpointMs: number;
  checkpointFailedMs: number | undefined;
  points: number;
}

/**
 * The historian itself, synchronous and single-threaded: commits, folds the journal into chunks,
 * answers. Heads in memory hold only what the disk has confirmed. After an error of the disk other
 * than "full" the file is closed and opened anew with the next commit, since what a failed fsync
 * left in the page cache cannot be trusted (RELIABILITY F6).
 */
export class HistoryEngine {
  readonly #folder: string;
  readonly #tags: readonly HistoryTag[];
  readonly #reports: EngineReports;
  readonly #forwarders: readonly string[];
  readonly #keep: KeepOptions | undefined;
  readonly #retired = new RetiredCounts();
  #opened: Opened | undefined;

  /** @param forwarders names of those that read the record with `feed`. @param keep without it nothing is taken out. */
  constructor(
    folder: string,
    tags: readonly HistoryTag[],
    reports: EngineReports,
    forwarders: readonly string[] = [],
    keep?: KeepOptions,
  ) {
    this.#folder = folder;
    this.#tags = tags;
    this.#reports = reports;
    this.#forwarders = forwarders;
    this.#keep = keep;
  }

  /** @throws PlanciaError start/read-only, start/damaged. */
  open(nowMs: number): StoreSize {
    const path = join(this.#folder, fileName);
    let file: HistoryFile | undefined;
    try {
      file = openSound(path, nowMs, this.#reports);
      this.#opened = this.#load(file, nowMs);
      return this.#size(this.#opened);
    } catch (cause) {
      file?.close();
      throw cause instanceof PlanciaError ? cause : unwritable(path, cause);
    }
  }

  #load(file: HistoryFile, nowMs: number): Opened {
    const { state, series: all, outages, newOutages } = recover(file, nowMs, this.#reports.damage);
    const byHandle = bindTags(file, this.#tags, all);
    const byName = new Map([...all.values()].map((series) => [series.row.name, series]));
    const mark = this.#openMark(state);
    const { damage: report } = this.#reports;
    const feeds = this.#forwarders.length > 0 ? new Feeds(this.#forwarders, state, { file, all, report }) : undefined;
    const configured = new Set([...byHandle.values()].map(({ row }) => row.id));
    const warn = (text: string) => this.#reports.warn(text);
    const retention =
      this.#keep &&
      new Retention(
        this.#keep.settings,
        { file, all, configured, feeds, space: this.#keep.space, warn },
        this.#retired,
      );
    const opened = { file, mark, all, byHandle, byName, feeds, retention, outages, newOutages, state };
    return {
      ...opened,
      journalSamples: 0,
      journalBytes: 0,
      checkpointMs: nowMs,
      checkpointFailedMs: undefined,
      points: countPoints(all),
    };
  }

  #openMark(state: StateRow): Mark {
    const path = join(this.#folder, markName);
    const marked = readMark(path);
    if (marked > state.committed) {
      this.#reports.damage(`commits ${state.committed + 1} to ${marked} were confirmed and are not in the file`);
    }
    return new Mark(path);
  }

  /**
   * Durable when it returns. No rows: notes only that the gateway lives.
   * @throws the disk's error; nothing is committed then, as far as can be told.
   */
  commit(rows: CommitRows, nowMs: number): CommitResult {
    const opened = this.#opened ?? this.#reopen(nowMs);
    const { journal, series, refused } = select(rows, opened.byHandle);
    try {
      this.#write(opened, journal, nowMs);
    } catch (cause) {
      this.#afterFault(cause);
      throw cause;
    }
    for (let i = 0; i < series.length; i++) {
      const time = journal.times[i] as number;
      headFor(series[i] as Series, time).add(time, journal.values[i] ?? null, journal.statuses[i] as number);
    }
    opened.points += series.length;
    this.#checkpointWhenDue(opened, nowMs);
    return { ...this.#size(opened), committed: series.length, refused };
  }

  #write(opened: Opened, journal: JournalRows, nowMs: number): void {
    const count = journal.values.length;
    const n = opened.state.committed + (count > 0 ? 1 : 0);
    const state = { ...opened.state, committed: n, at: nowMs };
    const row = count > 0 ? journalRow(n, nowMs, journal) : undefined;
    // Commits are seconds apart: more is a clock that was set.
    if (opened.state.at > 0 && nowMs - opened.state.at > believedAheadMs && opened.newOutages.length === 0) {
      const jump = { start: opened.state.at, end: nowMs };
      opened.outages = [...opened.outages, jump];
      opened.newOutages = [jump];
    }
    let placesSaved: (() => void) | undefined;
    opened.file.transaction(() => {
      if (row) opened.file.writeJournal(row);
      placesSaved = opened.feeds?.save();
      for (const outage of opened.newOutages) opened.file.writeOutage(outage);
      opened.file.writeState(state);
    });
    opened.mark.write(n);
    placesSaved?.();
    if (row) opened.feeds?.committed(row, count);
    opened.state = state;
    opened.newOutages = [];
    opened.journalSamples += count;
    opened.journalBytes += row?.data.length ?? 0;
  }

  #checkpointWhenDue(opened: Opened, nowMs: number): void {
    const failedMs = opened.checkpointFailedMs;
    if (failedMs !== undefined && Math.abs(nowMs - failedMs) < checkpointRetryMs) return;
    const due =
      opened.journalSamples >= journalLimits.samples ||
      opened.journalBytes >= journalLimits.bytes ||
      Math.abs(nowMs - opened.checkpointMs) >= journalLimits.ageMs;
    if (due) this.#checkpoint(opened, nowMs);
  }

  /** A failure loses nothing: the journal still holds it all. */
  #checkpoint(opened: Opened, nowMs: number): void {
    opened.checkpointMs = nowMs;
    if (opened.state.sealed === opened.state.committed && opened.journalSamples === 0) return;
    try {
      opened.state = checkpoint(opened.file, opened.all.values(), opened.state);
    } catch (cause) {
      opened.checkpointFailedMs = nowMs;
      this.#reports.warn(`the journal could not be folded into chunks: ${reason(cause)}`);
      this.#afterFault(cause);
      return;
    }
    opened.checkpointFailedMs = undefined;
    opened.feeds?.folded(opened.state.sealed);
    opened.journalSamples = 0;
    opened.journalBytes = 0;
    opened.points = countPoints(opened.all);
  }

  #afterFault(cause: unknown): void {
    if (isFull(cause)) return;
    const opened = this.#opened;
    this.#opened = undefined;
    try {
      opened?.mark.close();
      opened?.file.close();
    } catch (again) {
      this.#reports.warn(`closing after a fault of the disk failed too: ${reason(again)}`);
    }
  }

  #reopen(nowMs: number): Opened {
    this.open(nowMs);
    if (!this.#opened) throw new PlanciaError("history/unavailable", "the history is closed");
    this.#reports.warn("the history was opened anew");
    return this.#opened;
  }

  /**
   * One slice of what retention has to do, between two commits. A full disk is no fault of the store; what else fails
   * closes it, as a commit that fails does. @returns whether there is more to do soon.
   */
  retain(nowMs: number): boolean {
    const opened = this.#opened;
    if (!opened?.retention) return false;
    try {
      const more = opened.retention.step(nowMs, believed(opened.outages, nowMs));
      opened.points = countPoints(opened.all);
      return more;
    } catch (cause) {
      if (!isOfSqlite(cause)) throw cause;
      this.#reports.warn(`old history could not be taken out: ${reason(cause)}`);
      this.#afterFault(cause);
      return false;
    }
  }

  /** @throws PlanciaError history/unavailable. */
  storage(nowMs: number): StorageReport {
    const opened = this.#opened;
    if (!opened?.retention) throw unreadable(diskFailed);
    const { groups, isWhole: counted } = opened.retention.stocks(nowMs);
    const { free } = opened.file.pageBytes();
    const { points, bytesOnDisk, retention } = this.#size(opened);
    const { disk, fullInDays } = retention ?? {};
    return { groups, counted, points, bytesOnDisk, reusableBytes: free, disk, fullInDays };
  }

  /** @throws PlanciaError history/range, history/unavailable; what `breathe` throws. */
  async query(query: HistoryQuery, nowMs: number, breathe: () => Promise<void>): Promise<HistoryAnswer> {
    checkQuery(query);
    const opened = this.#opened;
    if (!opened) throw unreadable(diskFailed);
    try {
      const maxId = opened.file.newestChunkId();
      const readers = new Map<string, SeriesReader>();
      for (const tag of query.tags) {
        const series = opened.byName.get(tag);
        if (series) readers.set(tag, new SeriesReader(opened.file, series, maxId, this.#reports.damage));
      }
      const outages = new Outages(opened.outages.map((outage) => outage.start));
      return await answerQuery({ ...query, nowMs }, { readers, outages, breathe });
    } catch (cause) {
      if (!isOfSqlite(cause)) throw cause;
      if (isCorrupt(cause)) this.#reports.damage(`a question could not be answered: ${reason(cause)}`);
      throw unreadable(`the history cannot be read: ${reason(cause)}`, cause);
    }
  }

  /**
   * What follows the place of a forwarder, see Feeds. One slice of work, bounded by `limit` and one commit or head.
   * @throws PlanciaError history/unavailable.
   */
  feed(forwarder: string, limit: number): FeedRows {
    const { feeds, state } = this.#opened ?? {};
    if (!feeds || !state) throw unreadable(diskFailed);
    try {
      return feeds.read(forwarder, limit, state);
    } catch (cause) {
      throw isOfSqlite(cause) ? unreadable(`the history cannot be read: ${reason(cause)}`, cause) : cause;
    }
  }

  /** Everything up to `place` has arrived; durable with the next commit. Without effect while the file is closed. */
  advance(forwarder: string, place: string): void {
    if (this.#opened) this.#opened.feeds?.advance(forwarder, place, this.#opened.state);
  }

  #size(opened: Opened): StoreSize {
    const { points, file, retention } = opened;
    return { points, bytesOnDisk: file.bytesOnDisk(), retention: retention?.state() };
  }

  /** Folds the journal, so that the next opening is quick, and closes. */
  close(nowMs: number): void {
    if (this.#opened) this.#finish(this.#opened, nowMs);
    this.#opened?.mark.close();
    this.#opened?.file.close();
    this.#opened = undefined;
  }

  #finish(opened: Opened, nowMs: number): void {
    try {
      // The places of forwarders that came after the last commit.
      if (opened.feeds?.hasUnsaved) this.commit(noRows, nowMs);
    } catch (cause) {
      this.#reports.warn(`where the forwarders stand could not be noted: ${reason(cause)}`);
    }
    if (this.#opened) this.#checkpoint(this.#opened, nowMs);
  }
}

const noRows: CommitRows = { handles: [], times: [], statuses: [], values: [] };

/** Rows under persistent ids, those of unknown handles left out. */
function select(rows: CommitRows, byHandle: ReadonlyMap<number, Series>) {
  const series: Series[] = [];
  const ids: number[] = [];
  const times: number[] = [];
  const statuses: number[] = [];
  const values: Value[] = [];
  for (let i = 0; i < rows.handles.length; i++) {
    const one = byHandle.get(rows.handles[i] as number);
    if (!one) continue;
    series.push(one);
    ids.push(one.row.id);
    times.push(rows.times[i] as number);
    statuses.push(rows.statuses[i] as number);
    values.push(rows.values[i] ?? null);
  }
  return { journal: { series: ids, times, statuses, values }, series, refused: rows.handles.length - series.length };
}

const believedAheadMs = 2 * 86_400_000;

/** What is taken out never comes back: after a jump of days the clock counts as where it was, until it has gone on for two. */
function believed(outages: readonly OutageRow[], nowMs: number): number {
  const jumps = outages.filter(
    ({ start, end }) => end - start > believedAheadMs && nowMs >= end && nowMs - end < believedAheadMs,
  );
  return Math.min(nowMs, ...jumps.map(({ start }) => start + believedAheadMs));
}

function countPoints(all: ReadonlyMap<number, Series>): number {
  let points = 0;
  for (const { row, gone, head, late } of all.values()) points += row.points - gone.points + head.length + late.length;
  return points;
}

/** An error of the database, or the file was closed under a running question because the disk had failed. */
function isOfSqlite(cause: unknown): boolean {
  return (
    cause instanceof Error &&
    "code" in cause &&
    (cause.code === "ERR_SQLITE_ERROR" || cause.code === "ERR_INVALID_STATE")
  );
}

/** SQLITE_FULL (13) leaves everything as it was; SQLITE_BUSY (5) too. */
function isFull(cause: unknown): boolean {
  return cause instanceof Error && "errcode" in cause && (cause.errcode === 13 || cause.errcode === 5);
}

function unreadable(detail: string, cause?: unknown): PlanciaError {
  return new PlanciaError("history/unavailable", detail, { cause });
}

function unwritable(path: string, cause: unknown): PlanciaError {
  return new PlanciaError("start/read-only", `the history at ${path} cannot be written: ${reason(cause)}`, { cause });
}
