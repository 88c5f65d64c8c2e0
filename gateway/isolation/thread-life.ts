import { MessageChannel, type Transferable, type Worker } from "node:worker_threads";
import type { Clock, Timers } from "../core/clock.ts";
import type { ChannelStatistics, Reading, Withdrawn } from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { startThread } from "../kit/thread.ts";
import { clockOffsetMs } from "./clock-offset.ts";
import { errorOf, failureOf, wordsOf } from "./failure.ts";
import type { ChannelCall, FromThread, LogLine, ThreadData, ToThread } from "./messages.ts";
import { NumberedObjects } from "./numbered.ts";
import { unpackReadings } from "./packed-readings.ts";
import { newSharedWords, WatchedWords } from "./shared-words.ts";
import type { ThreadLimits } from "./thread-limits.ts";

export interface LifeSettings {
  readonly driver: string;
  readonly code: URL;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly limits: ThreadLimits;
  /** Told once, before anybody else. */
  onEnd(why: string): void;
}

/** What a channel hears of its thread. */
export interface ChannelEvents {
  lost(error: Error): void;
  log(line: LogLine): void;
  statistics(statistics: ChannelStatistics): void;
  /** @param call the subscribing one */
  readings(call: number, device: string, handles: readonly number[], readings: readonly Reading[]): void;
  alive(call: number, device: string, handles: readonly number[] | undefined): void;
}

export type Lane = "normal" | "stop";

interface Waiting {
  readonly withdrawn: Withdrawn | undefined;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/**
 * What is passed on of the process's environment: where things are, and nobody's passwords. Without the compile cache
 * the thread would load the type stripper (`launch/memory.mjs`).
 */
const passedOn = [
  ...["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "TZ", "LANG", "LC_ALL", "SystemRoot"],
  ...["NODE_DEBUG", "NODE_COMPILE_CACHE", "NODE_COMPILE_CACHE_PORTABLE"],
];

/** One life of a driver's thread: calls with their answers, until it ends by itself or is ended. */
export class ThreadLife {
  readonly numbered = new NumberedObjects();
  /** Settled once the driver's code is loaded. @throws PlanciaError device/connection-lost where it never is. */
  readonly ready: Promise<void>;
  /** The thread is over, and nothing of it leaves any more. */
  readonly over: Promise<void>;
  readonly #settings: LifeSettings;
  readonly #worker: Worker;
  readonly #stop = new MessageChannel();
  readonly #words: WatchedWords;
  readonly #waiting = new Map<number, Waiting>();
  readonly #channels = new Map<number, ChannelEvents>();
  readonly #becameReady = Promise.withResolvers<void>();
  #cancelWatch: () => void;
  #lastId = 0;
  #why: string | undefined;
  /** What it threw last, before it says that it ended. */
  #threw: string | undefined;

  constructor(settings: LifeSettings) {
    this.#settings = settings;
    const { driver, code, clock, limits, timers } = settings;
    const shared = newSharedWords();
    this.#words = new WatchedWords(shared);
    const workerData: ThreadData = {
      ...{ driver, shared, code: code.href, stop: this.#stop.port2 },
      beatEveryMs: limits.beatMs / 2,
      gatewayOffsetMs: clockOffsetMs(() => clock.monotonicMs()),
    };
    this.#worker = startThread(new URL("./driver-worker.ts", import.meta.url), {
      name: `driver ${driver}`,
      workerData,
      transferList: [this.#stop.port2],
      env: Object.fromEntries(passedOn.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : []))),
      resourceLimits: { maxOldGenerationSizeMb: limits.heapMiB },
    });
    this.ready = this.#becameReady.promise;
    // Whoever waits for it learns of it; where nobody does, nobody has to.
    this.ready.catch(() => undefined);
    this.#cancelWatch = timers.after(limits.startMs, () => this.end(`it did not start within ${limits.startMs} ms`));
    this.#worker.on("message", (message: FromThread) => this.#hear(message));
    this.#worker.on("messageerror", (error) => this.end(`what it said could not be read: ${error.message}`));
    this.#worker.on("error", (error) => {
      this.#threw = thrown(error, limits);
    });
    const { promise: over, resolve } = Promise.withResolvers<void>();
    this.over = over;
    this.#worker.on("exit", (code) => {
      this.#gone(this.#threw ?? `it ended by itself (${code})`);
      this.#stop.port1.close();
      resolve();
    });
  }

  /** Why it ended, in words; undefined while it lives. */
  get why(): string | undefined {
    return this.#why;
  }

  adopt(channel: number, events: ChannelEvents): void {
    this.#channels.set(channel, events);
  }

  forget(channel: number): void {
    this.#channels.delete(channel);
  }

  nextId(): number {
    return ++this.#lastId;
  }

  /**
   * @param lane `stop`: looked at before everything that waits in the thread
   * @throws what the driver threw; PlanciaError device/connection-lost where the thread ends first.
   */
  call(
    id: number,
    channel: number,
    call: ChannelCall,
    { lane = "normal", withdrawn }: { readonly lane?: Lane; readonly withdrawn?: Withdrawn | undefined } = {},
  ): Promise<unknown> {
    if (this.#why !== undefined) return Promise.reject(ended(this.#settings.driver, this.#why));
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#post({ type: "call", id, channel, call }, lane);
    this.#waiting.set(id, { withdrawn, resolve, reject });
    return promise;
  }

  cancel(id: number, reason: unknown): void {
    this.#post({ type: "cancel", id, why: failureOf(reason) }, "normal");
  }

  askStatistics(channel: number): void {
    this.#post({ type: "statistics", channel }, "normal");
  }

  /** Ends it, whatever it does. What it was asked is over at once; `over` says when nothing of it can act any more. */
  end(why: string): void {
    if (this.#why !== undefined) return;
    this.#gone(why);
    this.#worker
      .terminate()
      .catch((error: unknown) =>
        this.#settings.log.error({ driver: this.#settings.driver, err: error }, "a driver's thread could not be ended"),
      );
  }

  #post(message: ToThread, lane: Lane, transfer: readonly Transferable[] = []): void {
    if (this.#why !== undefined) return;
    if (lane === "stop") {
      this.#stop.port1.postMessage(message, transfer);
      this.#words.stopIsThere();
    } else this.#worker.postMessage(message, transfer);
  }

  #hear(message: FromThread): void {
    if (this.#why !== undefined) return;
    switch (message.type) {
      case "ready":
        this.#watch();
        this.#becameReady.resolve();
        break;
      case "answer":
        this.#settle(message.id)?.resolve(message.value);
        break;
      case "failure":
        this.#settle(message.id)?.reject(errorOf(message.failure));
        break;
      case "ask":
        this.#words.answer(message.question, this.#isWithdrawn(message.id));
        break;
      default:
        this.#tellChannel(message);
    }
  }

  #tellChannel(message: Exclude<FromThread, { type: "ready" | "answer" | "failure" | "ask" }>): void {
    const events = message.channel === undefined ? undefined : this.#channels.get(message.channel);
    try {
      switch (message.type) {
        case "readings":
          events?.readings(message.id, message.device, Array.from(message.handles), unpackReadings(message.packed));
          break;
        case "alive":
          events?.alive(message.id, message.device, message.handles && Array.from(message.handles));
          break;
        case "lost":
          events?.lost(errorOf(message.failure));
          break;
        case "statistics":
          events?.statistics(message.statistics);
          break;
        case "log":
          if (events) events.log(message);
          else this.#settings.log[message.level]({ driver: this.#settings.driver, ...message.fields }, message.message);
      }
    } catch (error) {
      this.#settings.log.warn(
        { driver: this.#settings.driver, err: error },
        "what a driver told could not be taken in",
      );
    } finally {
      if (message.type === "readings" || message.type === "alive") this.#words.took();
    }
  }

  /** Of a call that nobody waits for any more nothing may leave. */
  #isWithdrawn(id: number): boolean {
    const waiting = this.#waiting.get(id);
    if (!waiting) return true;
    try {
      return waiting.withdrawn?.aborted ?? false;
    } catch (error) {
      this.#settings.log.error({ err: error }, "a write that waits could not be looked at; it is taken back");
      return true;
    }
  }

  /** Each look gives the event loop of this thread its turn before the next: what was late here is not held against it. */
  #watch(): void {
    this.#cancelWatch();
    const { limits, timers } = this.#settings;
    let last = this.#words.beat;
    let missed = 0;
    this.#cancelWatch = timers.every(limits.beatMs, () => {
      const now = this.#words.beat;
      missed = now === last ? missed + 1 : 0;
      last = now;
      if (missed >= limits.missedBeats) this.end(`it did not answer for ${(missed * limits.beatMs) / 1000} s`);
    });
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #gone(why: string): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    this.#cancelWatch();
    this.#settings.onEnd(why);
    const error = ended(this.#settings.driver, why);
    this.#becameReady.reject(error);
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const each of waiting) each.reject(error);
    const channels = [...this.#channels.values()];
    this.#channels.clear();
    for (const each of channels) each.lost(error);
  }
}

export function ended(driver: string, why: string): PlanciaError {
  return new PlanciaError("device/connection-lost", `the ${driver} driver was ended: ${why}`);
}

function thrown(error: unknown, { heapMiB }: ThreadLimits): string {
  const code = error instanceof Error ? Reflect.get(error, "code") : undefined;
  return code === "ERR_WORKER_OUT_OF_MEMORY"
    ? `it needed more than ${heapMiB} MiB`
    : `a fault in it: ${wordsOf(error).slice(0, 300)}`;
}
