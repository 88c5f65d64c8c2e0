import type { Clock, Timers } from "../core/clock.ts";
import type { DriverCapabilities, DriverModule, DriverThreadFacts } from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import { Backoff } from "../kit/backoff.ts";
import { ChannelProxy } from "./channel-proxy.ts";
import { ended, ThreadLife } from "./thread-life.ts";
import { type ThreadLimits, threadLimits } from "./thread-limits.ts";

export interface DriverThreadSettings {
  readonly driver: string;
  /** Where the driver's code lies; it exports what `DriverModule` says. */
  readonly code: URL;
  readonly capabilities: DriverCapabilities;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly random: () => number;
  /** Done in the gateway's thread before the first start. */
  readonly prepare?: (() => Promise<void>) | undefined;
  readonly limits?: Partial<ThreadLimits> | undefined;
}

const graceMs = 2_000;

/**
 * A driver in a thread of its own, started when the first of its channels connects. What it throws, where nobody
 * catches it, or a loop that does not end costs its own devices their connections: the thread is ended, and started
 * again after a wait that grows. Opening the connections anew is acquisition's, as ever.
 */
export class DriverThread {
  readonly #settings: DriverThreadSettings;
  readonly #limits: ThreadLimits;
  readonly #backoff: Backoff;
  #life: ThreadLife | undefined;
  #starting: Promise<ThreadLife> | undefined;
  #startedAtMs = 0;
  #notBeforeMs = 0;
  #isPrepared = false;
  #channels = 0;
  #starts = 0;
  #lastEnd: DriverThreadFacts["lastEnd"];
  readonly #closing = new AbortController();

  constructor(settings: DriverThreadSettings) {
    this.#settings = settings;
    this.#limits = { ...threadLimits, ...settings.limits };
    const { firstMs, longestMs } = this.#limits;
    this.#backoff = new Backoff({ firstMs, maximumMs: longestMs, random: settings.random });
  }

  /** The driver as acquisition knows one. */
  readonly module: DriverModule = {
    createChannel: (devices, context) =>
      new ChannelProxy({
        number: ++this.#channels,
        ...{ devices, context, capabilities: this.#settings.capabilities },
        life: (signal) => this.#alive(signal),
      }),
  };

  get facts(): DriverThreadFacts {
    return {
      running: this.#life !== undefined && this.#life.why === undefined,
      restarts: Math.max(0, this.#starts - 1),
      lastEnd: this.#lastEnd,
    };
  }

  /** Ends the thread as after a fault: it is started again when somebody connects. */
  fail(why: string): void {
    this.#life?.end(why);
  }

  /** Ends the thread; nothing starts it any more. One that does not end is not waited for. */
  async close(): Promise<void> {
    const { driver, timers, log } = this.#settings;
    this.#closing.abort(ended(driver, "the gateway stops"));
    const life = this.#life;
    if (!life) return;
    life.end("the gateway stops");
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = timers.after(graceMs, () => {
      log.warn({ driver }, "a driver's thread does not end; it is not waited for");
      resolve();
    });
    await Promise.race([life.over, late]).finally(cancel);
  }

  /** The thread, started where there is none and the wait is over. @throws PlanciaError device/connection-lost. */
  async #alive(signal: AbortSignal): Promise<ThreadLife> {
    if (!this.#starting) {
      const starting = this.#start();
      this.#starting = starting;
      starting.catch(() => {
        if (this.#starting === starting) this.#starting = undefined;
      });
    }
    const { promise: over, reject } = Promise.withResolvers<never>();
    const { driver } = this.#settings;
    const starting = new PlanciaError("device/connection-lost", `the ${driver} driver is still being started`);
    const giveUp = () => reject(this.#lastEnd ? ended(driver, this.#lastEnd.text) : starting);
    if (signal.aborted) giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    try {
      return await Promise.race([this.#starting, over]);
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  async #start(): Promise<ThreadLife> {
    const { driver, code, clock, timers, log, prepare } = this.#settings;
    // One that was given up may still be about to write: the next comes after its very end (R5).
    await this.#life?.over;
    await this.#wait(this.#notBeforeMs - clock.monotonicMs());
    if (!this.#isPrepared) await prepare?.();
    this.#isPrepared = true;
    this.#closing.signal.throwIfAborted();
    this.#startedAtMs = clock.monotonicMs();
    const onEnd = (why: string) => this.#ended(why);
    const life = new ThreadLife({ driver, code, clock, timers, log, limits: this.#limits, onEnd });
    this.#life = life;
    this.#starts++;
    await life.ready;
    log.info({ driver, restarts: this.facts.restarts }, "the driver's thread runs");
    return life;
  }

  #wait(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#settings.timers.after(ms, resolve);
    const { signal } = this.#closing;
    const stop = () => {
      cancel();
      resolve();
    };
    signal.addEventListener("abort", stop, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", stop));
  }

  #ended(why: string): void {
    if (this.#closing.signal.aborted) return;
    const { clock, log, driver } = this.#settings;
    const now = clock.monotonicMs();
    if (now - this.#startedAtMs >= this.#limits.provenMs) this.#backoff.reset();
    const waitMs = this.#backoff.next();
    this.#notBeforeMs = now + waitMs;
    this.#starting = undefined;
    this.#lastEnd = { text: why, at: clock.wallMs() };
    log.error({ driver, reason: why, waitMs }, "a driver's thread ended; it is started again");
  }
}
