import { join } from "node:path";
import { matches } from "../../core/access/policy.ts";
import type { Clock, Timers } from "../../core/clock.ts";
import type { FeedBatch, Forwarder, HistoryFeed, TargetStatus } from "../../core/history-port.ts";
import type { Log } from "../../core/log.ts";
import type { TargetSettings } from "../../core/plant.ts";
import { Backoff } from "../../kit/backoff.ts";
import type { Outbound } from "../../kit/outbound.ts";
import type { Answer } from "./answer.ts";
import { ensureDatabase } from "./database.ts";
import { type Delivery, deliver } from "./deliver.ts";
import { type Encoded, LineEncoder, nothingEncoded } from "./line-protocol.ts";
import { Quarantine } from "./quarantine.ts";
import { LineWriter } from "./writer.ts";

export interface ForwarderOptions {
  readonly target: TargetSettings;
  /** The way to it. */
  readonly outbound: Outbound;
  /** Its name among those that write into the same database. */
  readonly gateway: string;
  /** Of a full tag name. */
  readonly unitOf: (tag: string) => string | undefined;
  readonly feed: HistoryFeed;
  /** For what the server refuses. */
  readonly folder: string;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** Lines made at a time, a millisecond or two: acquisition and the stop path share this thread. */
const pieceSamples = 1000;
/** With a backlog, for each time unit of making lines so many of rest; the thread stays free for others. */
const restPerWork = 3;
const longestRestMs = 250;
const backoff = { firstMs: 250, maximumMs: 30_000, random: Math.random };

/**
 * Store and forward: reads the historian's log from a durable place and brings it to one server, in order and at
 * least once. The place moves only after the server has taken everything before it, so there is no second buffer
 * and an absence of days costs nothing but the disk that the history takes anyway.
 */
export class InfluxForwarder implements Forwarder {
  readonly #options: ForwarderOptions;
  readonly #log: Log;
  readonly #encoder: LineEncoder;
  readonly #writer: LineWriter;
  readonly #quarantine: Quarantine;
  readonly #backoff = new Backoff(backoff);
  readonly #ending = new AbortController();
  #running: Promise<void> = Promise.resolve();
  #isPrepared = false;
  #counts = { sent: 0, leftOut: 0, expired: 0, quarantined: 0, behind: 0 };
  /** Wall time up to which the server has everything. */
  #completeToMs: number | undefined;
  #lastSentMs: number | undefined;
  #error: string | undefined;

  constructor(options: ForwarderOptions) {
    const { target, outbound, gateway, unitOf, folder, log } = options;
    this.#options = options;
    this.#log = log.child({ part: "forwarder", target: target.id });
    this.#encoder = new LineEncoder({
      measurement: target.measurement,
      gateway,
      texts: target.kind === "influx" ? "kept" : "left out",
      unitOf,
      isWanted: (tag) => target.tags.some((pattern) => matches(pattern, tag)),
    });
    this.#writer = new LineWriter(target, outbound);
    this.#quarantine = new Quarantine(join(folder, `${target.id}.jsonl`));
  }

  status(): TargetStatus {
    const { id, kind, url, database, batchSamples } = this.#options.target;
    const complete = this.#completeToMs;
    const state = this.#counts.behind >= batchSamples ? "behind" : complete === undefined ? "starting" : "current";
    return {
      id,
      kind,
      url,
      database,
      state: this.#error === undefined ? state : "failing",
      ...this.#counts,
      lagMs: complete === undefined ? undefined : Math.max(0, this.#options.clock.wallMs() - complete),
      lastSentMs: this.#lastSentMs,
      error: this.#error,
    };
  }

  start(): void {
    this.#running = this.#run();
  }

  async close(): Promise<void> {
    this.#ending.abort();
    await this.#running;
    this.#writer.close();
  }

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      try {
        await this.#round();
      } catch (error) {
        if (!this.#ending.signal.aborted) await this.#waitAfter({ reason: wordsOf(error) });
      }
    }
  }

  /** One batch of the record, from the place to the server and the place moved; then a rest. */
  async #round(): Promise<void> {
    const { feed, target, clock } = this.#options;
    if (!this.#isPrepared) await this.#prepare();
    const nowMs = clock.wallMs();
    const batch = await feed.read(target.batchSamples, this.#ending.signal);
    this.#counts.behind = batch.behind + batch.times.length;
    const workMs = await this.#send(batch);
    await feed.advance(batch.place);
    this.#counts.behind = batch.behind;
    this.#completeToMs = batch.behind === 0 ? nowMs : (batch.throughMs ?? this.#completeToMs);
    this.#noteSuccess();
    const hasBacklog = batch.behind >= target.batchSamples;
    await this.#rest(hasBacklog ? Math.min(longestRestMs, workMs * restPerWork) : target.intervalMs);
  }

  /** A server that refuses to make a database may still have it. */
  async #prepare(): Promise<void> {
    const { target, outbound } = this.#options;
    if (target.kind === "influx") {
      const refusal = await ensureDatabase(target, outbound, this.#ending.signal);
      if (refusal !== undefined)
        this.#log.warn(
          { database: target.database, refusal },
          "the server does not make the database; writing all the same",
        );
    }
    this.#isPrepared = true;
  }

  /** @returns how long this thread was busy with it, ms. */
  async #send(batch: FeedBatch): Promise<number> {
    const { batchSamples } = this.#options.target;
    let workMs = 0;
    for (let from = 0; from < batch.times.length; from += batchSamples) {
      const encoded = nothingEncoded();
      workMs += await this.#encode(batch, from, Math.min(batch.times.length, from + batchSamples), encoded);
      this.#counts.leftOut += encoded.leftOut;
      if (encoded.outOfTime.length > 0)
        await this.#setAside(encoded.outOfTime, "its time is beyond what the server can hold");
      await deliver(encoded.lines, this.#delivery);
    }
    return workMs;
  }

  async #encode(batch: FeedBatch, from: number, to: number, into: Encoded): Promise<number> {
    const { clock } = this.#options;
    let workMs = 0;
    for (let at = from; at < to; at += pieceSamples) {
      const startMs = clock.monotonicMs();
      this.#encoder.encode(batch, at, Math.min(to, at + pieceSamples), into);
      workMs += clock.monotonicMs() - startMs;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return workMs;
  }

  readonly #delivery: Delivery = {
    write: (lines) => this.#writer.write(lines, this.#ending.signal),
    taken: (count) => {
      this.#counts.sent += count;
      this.#counts.behind = Math.max(0, this.#counts.behind - count);
      this.#lastSentMs = this.#options.clock.wallMs();
      this.#noteSuccess();
    },
    expired: (count) => {
      this.#counts.expired += count;
    },
    quarantine: (lines, reason) => this.#setAside(lines, reason),
    failed: (answer) => this.#tryAgain(answer),
  };

  async #setAside(lines: readonly string[], reason: string): Promise<void> {
    this.#counts.quarantined += lines.length;
    this.#log.warn({ samples: lines.length, reason }, "the server refuses these samples; they are set aside");
    try {
      await this.#quarantine.add(lines, reason, this.#options.clock.wallMs());
    } catch (error) {
      // They are still in the embedded history; the rest must not wait for a full disk.
      this.#log.error({ samples: lines.length, error: wordsOf(error) }, "the quarantine cannot be written");
    }
  }

  async #tryAgain(answer: Extract<Answer, { kind: "failed" }>): Promise<void> {
    await this.#waitAfter(answer);
    this.#ending.signal.throwIfAborted();
    // Another server may answer there now, or somebody has dropped the database.
    if (/database not found/.test(answer.reason)) await this.#prepare();
  }

  async #waitAfter(failure: { readonly reason: string; readonly retryAfterMs?: number | undefined }): Promise<void> {
    const { reason, retryAfterMs = 0 } = failure;
    if (this.#error !== reason) this.#log.warn({ reason }, "the server cannot be written to; the record waits");
    this.#error = reason;
    await this.#noteBacklog();
    await this.#rest(Math.max(this.#backoff.next(), retryAfterMs));
  }

  /** The record grows while the server is away. */
  async #noteBacklog(): Promise<void> {
    try {
      const { behind, throughMs } = await this.#options.feed.read(0, this.#ending.signal);
      this.#counts.behind = behind;
      this.#completeToMs ??= throughMs;
    } catch (error) {
      this.#log.debug({ error: wordsOf(error) }, "how much waits is not known now");
    }
  }

  #noteSuccess(): void {
    if (this.#error !== undefined) this.#log.info({ was: this.#error }, "the server is written to again");
    this.#error = undefined;
    this.#backoff.reset();
  }

  #rest(ms: number): Promise<void> {
    const { signal } = this.#ending;
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        signal.removeEventListener("abort", end);
        resolve();
      };
      const cancel = this.#options.timers.after(ms, end);
      signal.addEventListener("abort", end);
    });
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
