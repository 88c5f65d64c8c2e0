import type { Clock, Timers } from "../../core/clock.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { KeepSettings } from "../../core/history/retention.ts";
import { timeLimitMs } from "../../core/history/samples.ts";
import type {
  HistoryAnswer,
  HistoryFeed,
  HistoryFeeds,
  HistoryQuery,
  HistoryStatistics,
  HistoryStore,
  HistoryTag,
  RetentionState,
  StorageReport,
} from "../../core/history-port.ts";
import type { Log } from "../../core/log.ts";
import type { SampleBatch } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import { systemTimers } from "../../kit/clock.ts";
import type { CommitResult, SampleBlock, StoreSize } from "./messages.ts";
import { unpackAnswer } from "./packed-answer.ts";
import { unpackFeed } from "./packed-feed.ts";
import { SampleQueue } from "./sample-queue.ts";
import { WorkerLink } from "./worker-link.ts";

export interface HistoryStoreOptions {
  /** Holds history.db; made when missing. */
  readonly folder: string;
  /** Time between commits. */
  readonly commitMs: number;
  /** Samples that may wait before the oldest are dropped; as many as one commit takes wait beside them. */
  readonly queueSamples: number;
  /** Names of those that will read with `feed`; each has a place of its own. */
  readonly forwarders?: readonly string[];
  /** What is kept; without it everything, and `storage` is not answered. */
  readonly keep?: KeepSettings;
  readonly log: Log;
  readonly clock: Clock;
  readonly timers?: Timers;
}

const limits = {
  /** Samples of one commit. */
  commitSamples: 65_536,
  /** Questions under way; more are refused. */
  questions: 64,
  /** A longer text or byte string is recorded as null, Bad_EncodingLimitsExceeded. */
  valueLength: 65_536,
  damageLines: 100,
  retryFromMs: 250,
  retryToMs: 5000,
  /** Without samples, how often the file learns that the gateway lives. */
  aliveMs: 30_000,
  closeMs: 5000,
} as const;

/** The embedded historian: see README.md for what it promises. */
export function createHistoryStore(options: HistoryStoreOptions): HistoryStore & HistoryFeeds {
  return new EmbeddedHistory(options);
}

interface FlushWaiter {
  readonly position: number;
  resolve(): void;
}

class EmbeddedHistory implements HistoryStore, HistoryFeeds {
  readonly #options: HistoryStoreOptions;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #queue: SampleQueue;
  readonly #damage: string[] = [];
  readonly #flushes: FlushWaiter[] = [];
  #link: WorkerLink | undefined;
  #tags: readonly HistoryTag[] = [];
  #isOpen = false;
  #isClosed = false;
  /** Out of the queue and not confirmed; sent again as it is when the disk failed. */
  #inFlight: SampleBlock | undefined;
  /** Samples taken in before the first of those. */
  #inFlightFrom = 0;
  #busy = false;
  #retryAt = 0;
  #retryMs: number = limits.retryFromMs;
  #lastContactMs = 0;
  /** A forwarder's place waits for a commit to become durable. */
  #placesMoved = false;
  #stopTicking: (() => void) | undefined;
  #counters = { committed: 0, refused: 0, commits: 0, points: 0, bytesOnDisk: 0 };
  #retention: RetentionState | undefined;
  #lastCommitMs: number | undefined;
  #fault: string | undefined;

  constructor(options: HistoryStoreOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
    this.#log = options.log.child({ part: "history" });
    this.#queue = new SampleQueue(options.queueSamples);
  }

  async open(tags: readonly HistoryTag[]): Promise<void> {
    this.#tags = tags;
    this.#busy = true;
    try {
      await this.#connect();
    } finally {
      this.#busy = false;
    }
    this.#isOpen = true;
    this.#stopTicking = this.#timers.every(this.#options.commitMs, () => this.#tick());
  }

  async #connect(): Promise<void> {
    const link = new WorkerLink({
      damage: (text) => this.#noteDamage(text),
      log: (level, message) => this.#log[level]({}, message),
      lost: (why) => this.#lose(why),
    });
    const nowMs = this.#options.clock.wallMs();
    try {
      const { folder, forwarders = [], keep } = this.#options;
      const request = { type: "open", folder, tags: this.#tags, forwarders, keep, nowMs } as const;
      this.#measure(await link.call<"open">(request));
    } catch (cause) {
      await link.terminate();
      throw cause;
    }
    this.#link = link;
    this.#lastContactMs = this.#options.clock.monotonicMs();
  }

  #measure({ points, bytesOnDisk, retention }: StoreSize): void {
    this.#counters.points = points;
    this.#counters.bytesOnDisk = bytesOnDisk;
    this.#retention = retention;
  }

  #noteDamage(text: string): void {
    if (this.#damage.includes(text) || this.#damage.length > limits.damageLines) return;
    const isLast = this.#damage.length === limits.damageLines;
    this.#damage.push(isLast ? "more places are damaged: verify the whole history" : text);
    this.#log.error({ damage: text }, "the history is damaged in one place");
  }

  #lose(why: string): void {
    this.#link = undefined;
    this.#noteFault(why);
  }

  append(batch: SampleBatch): void {
    if (this.#isClosed) {
      this.#counters.refused += batch.length;
      return;
    }
    for (let i = 0; i < batch.length; i++) {
      const time = Math.round(batch.sourceTimes[i] as number) + 0;
      if (Math.abs(time) <= timeLimitMs) this.#enqueue(batch, i, time);
      else this.#counters.refused++;
    }
  }

  #enqueue(batch: SampleBatch, i: number, time: number): void {
    const value = batch.values[i] as Value;
    const handle = batch.handles[i] as number;
    if ((typeof value === "string" || value instanceof Uint8Array) && value.length > limits.valueLength) {
      this.#queue.push(handle, null, Status.Bad_EncodingLimitsExceeded, time);
    } else {
      this.#queue.push(handle, value, batch.statuses[i] as number, time);
    }
  }

  flush(): Promise<void> {
    const position = this.#queue.pushed;
    const isOver = this.#isClosed && !this.#isOpen;
    if (isOver || this.#settledThrough >= position) return Promise.resolve();
    return new Promise((resolve) => {
      this.#flushes.push({ position, resolve });
      this.#pump();
    });
  }

  /** Of all samples that were taken in, in their order: how many are committed or dropped without one left before them. */
  get #settledThrough(): number {
    return this.#inFlight ? this.#inFlightFrom : this.#queue.pushed - this.#queue.length;
  }

  #tick(): void {
    const isQuiet = this.#options.clock.monotonicMs() - this.#lastContactMs >= limits.aliveMs;
    if (this.#queue.length > 0 || this.#inFlight || this.#placesMoved || isQuiet || !this.#link) this.#pump();
  }

  /** Sends the next commit, unless one is under way or the disk is being given time. */
  #pump(): void {
    if (!this.#isOpen || this.#busy || this.#options.clock.monotonicMs() < this.#retryAt) return;
    this.#busy = true;
    this.#placesMoved = false;
    const block = this.#inFlight ?? this.#takeBlock();
    this.#commit(block)
      .then(
        (result) => this.#confirm(result),
        (cause: unknown) => this.#fail(cause),
      )
      .finally(() => {
        this.#busy = false;
        this.#releaseFlushes();
        const more = this.#queue.length >= limits.commitSamples || (this.#flushes.length > 0 && this.#queue.length > 0);
        if (more) this.#pump();
      });
  }

  #takeBlock(): SampleBlock {
    this.#inFlightFrom = this.#queue.pushed - this.#queue.length;
    this.#inFlight = this.#queue.take(limits.commitSamples);
    return this.#inFlight;
  }

  async #commit(block: SampleBlock): Promise<CommitResult> {
    if (!this.#link) await this.#connect();
    const link = this.#link;
    if (!link) throw new PlanciaError("history/unavailable", "the historian's thread is gone");
    return link.call<"commit">({ type: "commit", block, nowMs: this.#options.clock.wallMs() });
  }

  #confirm(result: CommitResult): void {
    this.#inFlight = undefined;
    const { clock } = this.#options;
    this.#counters.committed += result.committed;
    this.#counters.refused += result.refused;
    this.#measure(result);
    if (result.committed > 0) {
      this.#counters.commits++;
      this.#lastCommitMs = clock.wallMs();
    }
    this.#lastContactMs = clock.monotonicMs();
    if (this.#fault !== undefined) this.#log.info({ was: this.#fault }, "the history is written again");
    this.#fault = undefined;
    this.#retryMs = limits.retryFromMs;
  }

  #fail(cause: unknown): void {
    this.#noteFault(cause instanceof Error ? cause.message : String(cause));
    this.#retryAt = this.#options.clock.monotonicMs() + this.#retryMs;
    this.#retryMs = Math.min(this.#retryMs * 2, limits.retryToMs);
  }

  #noteFault(why: string): void {
    if (this.#fault === undefined) this.#log.error({ fault: why }, "the history cannot be written; samples wait");
    this.#fault = why;
  }

  #releaseFlushes(): void {
    const waiting = this.#flushes.splice(0);
    for (const waiter of waiting) {
      if (waiter.position <= this.#settledThrough) waiter.resolve();
      else this.#flushes.push(waiter);
    }
  }

  feed(forwarder: string): HistoryFeed {
    return {
      read: async (limit, signal) => {
        const link = this.#opened();
        return unpackFeed(await link.call<"feed">({ type: "feed", forwarder, limit }, signal));
      },
      advance: async (place) => {
        await this.#opened().call<"advance">({ type: "advance", forwarder, place });
        this.#placesMoved = true;
      },
    };
  }

  #opened(): WorkerLink {
    if (!this.#isOpen || !this.#link) throw new PlanciaError("history/unavailable", "the history is not open");
    return this.#link;
  }

  async query(query: HistoryQuery, signal?: AbortSignal): Promise<HistoryAnswer> {
    const link = this.#opened();
    if (link.pending >= limits.questions) throw new PlanciaError("history/unavailable", "too many questions at once");
    const request = { type: "query", query, nowMs: this.#options.clock.wallMs() } as const;
    return unpackAnswer(await link.call<"query">(request, signal));
  }

  statistics(): HistoryStatistics {
    return {
      samplesCommitted: this.#counters.committed,
      samplesDropped: this.#queue.dropped + this.#counters.refused,
      queued: this.#queue.length + (this.#inFlight?.handles.length ?? 0),
      commits: this.#counters.commits,
      bytesOnDisk: this.#counters.bytesOnDisk,
      points: this.#counters.points,
      lastCommitMs: this.#lastCommitMs,
      fault: this.#fault,
      damage: [...this.#damage],
      retention: this.#retention,
    };
  }

  async storage(): Promise<StorageReport> {
    return this.#opened().call<"storage">({ type: "storage", nowMs: this.#options.clock.wallMs() });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isOpen) return;
    await this.#within(this.flush());
    this.#isOpen = false;
    this.#stopTicking?.();
    const link = this.#link;
    if (link) await this.#within(link.call<"close">({ type: "close", nowMs: this.#options.clock.wallMs() }));
    await link?.terminate();
    this.#giveUpTheRest();
  }

  #giveUpTheRest(): void {
    const lost = this.#queue.length + (this.#inFlight?.handles.length ?? 0);
    this.#queue.take(this.#queue.length);
    this.#inFlight = undefined;
    this.#counters.refused += lost;
    if (lost > 0) this.#log.error({ samples: lost }, "the history was closed before these could be written");
    this.#releaseFlushes();
  }

  /** Waits for it, but not for ever: a dead disk must not hold up the end of the program. */
  async #within(work: Promise<unknown>): Promise<void> {
    let cancel = (): void => {};
    const late = new Promise<void>((resolve) => {
      cancel = this.#timers.after(limits.closeMs, resolve);
    });
    const done = work.catch((cause: unknown) => this.#log.warn({ cause: String(cause) }, "closing the history"));
    await Promise.race([done, late]);
    cancel();
  }
}
