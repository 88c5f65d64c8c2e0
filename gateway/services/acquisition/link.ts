import type { Clock, Timers } from "../../core/clock.ts";
import type { Channel, ChannelContext, ChannelStatistics, DeviceSpec, DriverModule } from "../../core/driver-port.ts";
import type { Log } from "../../core/log.ts";
import { Backoff } from "../../kit/backoff.ts";
import { Rate } from "../../kit/rate.ts";
import type { LinkState } from "../use-cases.ts";

export interface LinkSettings {
  readonly id: string;
  readonly devices: readonly DeviceSpec[];
  readonly folder: string;
  readonly module: () => Promise<DriverModule>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  readonly random: () => number;
  /** Called after each connect, with the signal that ends when this connection does, and what ends it. */
  readonly onConnected: (channel: Channel, signal: AbortSignal, lost: (error: Error) => void) => void;
  readonly onLost: () => void;
}

const connectTimeoutMs = 10_000;
/** After its time a driver is given so much longer to end what it began, ms; then it is not waited for. */
const graceMs = 2_000;
const firstRetryMs = 500;
const longestRetryMs = 15_000;
const keptLosses = 8;

/**
 * Keeps one channel open: opens, waits with jittered back-off after a failure, opens a new one.
 * Retry lives here and nowhere in the drivers. A driver that throws where it must not, or never comes back,
 * costs its own devices a connection and nobody anything else.
 */
export class Link {
  readonly settings: LinkSettings;
  readonly #backoff: Backoff;
  #channel: Channel | undefined;
  #connection: AbortController | undefined;
  #cancelRetry: (() => void) | undefined;
  #retryAtMs: number | undefined;
  #stopped = false;
  #judged: string | undefined;
  #opening: Promise<void> | undefined;
  state: LinkState = "connecting";
  since: number;
  error: string | undefined;
  /** `at` is UTC ms. */
  lastError: { readonly text: string; readonly at: number } | undefined;
  reconnects = 0;
  readonly #losses: number[] = [];
  readonly #requests = new Rate();
  #hasBrokenCounters = false;

  constructor(settings: LinkSettings) {
    this.settings = settings;
    this.since = settings.clock.wallMs();
    this.#backoff = new Backoff({ firstMs: firstRetryMs, maximumMs: longestRetryMs, random: settings.random });
  }

  /** The open channel, or undefined while there is none. */
  get channel(): Channel | undefined {
    return this.state === "connected" ? this.#channel : undefined;
  }

  get nextRetryMs(): number | undefined {
    return this.#retryAtMs === undefined ? undefined : Math.max(0, this.#retryAtMs - this.settings.clock.monotonicMs());
  }

  /** Undefined where there is no channel, or it cannot say. */
  statistics(): ChannelStatistics | undefined {
    try {
      return this.#channel?.statistics();
    } catch (error) {
      const { id, log } = this.settings;
      if (!this.#hasBrokenCounters) log.warn({ link: id, err: error }, "a driver cannot tell its statistics");
      this.#hasBrokenCounters = true;
      return undefined;
    }
  }

  /** Over the last ten seconds or so, where `look` is called every two; undefined: not known yet. */
  get requestsPerS(): number | undefined {
    return this.channel && this.#requests.perS;
  }

  /** Looks at the counter of requests. */
  look(): void {
    const statistics = this.channel && this.statistics();
    if (statistics) this.#requests.look(this.settings.clock.monotonicMs(), statistics.requests);
    else this.#requests.reset();
  }

  /** Connections that were lost in the last `withinMs`, the last eight at most. */
  losses(withinMs: number): number {
    const since = this.settings.clock.monotonicMs() - withinMs;
    return this.#losses.filter((at) => at >= since).length;
  }

  /** The device answered. A frozen host still accepts connections, so only this ends the growing of the waits. */
  proven(): void {
    this.#backoff.reset();
  }

  start(): void {
    this.#opening = this.#open();
  }

  /** Opened anew at once: what it stands on was judged otherwise. One that is being opened is not believed. */
  again(reason: string): void {
    if (this.#stopped) return;
    this.#judged = reason;
    if (this.#channel && this.state === "connected" && this.#connection) {
      this.#fail(this.#connection, new Error(reason)).catch((failure) =>
        this.settings.log.error({ err: failure }, "closing a link failed"),
      );
    } else if (this.#retryAtMs !== undefined) {
      this.#cancelRetry?.();
      this.start();
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelRetry?.();
    this.#connection?.abort();
    await this.#close(this.#channel);
    await this.#opening;
    this.#become("off");
  }

  async #open(): Promise<void> {
    const { settings } = this;
    const connection = new AbortController();
    this.#connection = connection;
    this.#retryAtMs = undefined;
    this.#judged = undefined;
    this.#become(this.reconnects === 0 && this.error === undefined ? "connecting" : this.state);
    try {
      const module = await settings.module();
      const channel = module.createChannel(settings.devices, this.#context(connection));
      if (connection.signal.aborted) {
        await this.#close(channel);
        return;
      }
      this.#channel = channel;
      await this.#connect(channel, connection);
      if (this.#stopped || connection.signal.aborted) return;
      if (this.#judged !== undefined) throw new Error(this.#judged);
      this.#connected(channel, connection);
    } catch (error) {
      await this.#fail(connection, error);
    }
  }

  /** @throws also where the driver heeds neither its time nor that it is to end. */
  async #connect(channel: Channel, connection: AbortController): Promise<void> {
    const { signal } = connection;
    const { promise: over, reject } = Promise.withResolvers<never>();
    const cancel = this.settings.timers.after(connectTimeoutMs + graceMs, () =>
      reject(new Error("no connection in time")),
    );
    const ended = () => reject(new Error("ended while it was opened"));
    signal.addEventListener("abort", ended, { once: true });
    try {
      await Promise.race([channel.connect(AbortSignal.any([signal, AbortSignal.timeout(connectTimeoutMs)])), over]);
    } finally {
      cancel();
      signal.removeEventListener("abort", ended);
    }
  }

  #connected(channel: Channel, connection: AbortController): void {
    this.error = undefined;
    this.#become("connected");
    this.settings.log.info({ link: this.settings.id }, "connected");
    this.settings.onConnected(channel, connection.signal, (error) => this.#lost(connection, error));
  }

  #lost(connection: AbortController, error: Error): void {
    const { log } = this.settings;
    this.#fail(connection, error).catch((failure) => log.error({ err: failure }, "closing a lost link failed"));
  }

  /** Never rejects, and is over in time whatever the driver does. */
  async #close(channel: Channel | undefined): Promise<void> {
    if (!channel) return;
    const { id, log, timers } = this.settings;
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const cancel = timers.after(graceMs, () => {
      log.warn({ link: id }, "a driver does not end a connection; it is not waited for");
      resolve();
    });
    try {
      await Promise.race([channel.close(), over]);
    } catch (error) {
      log.warn({ link: id, err: error }, "a driver failed to end a connection");
    } finally {
      cancel();
    }
  }

  #context(connection: AbortController): ChannelContext {
    const { folder, log, clock, timers } = this.settings;
    return {
      folder,
      log: log.child({ link: this.settings.id }),
      clock,
      timers,
      lost: (error) => this.#lost(connection, error),
    };
  }

  async #fail(connection: AbortController, error: unknown): Promise<void> {
    if (connection !== this.#connection || connection.signal.aborted) return;
    connection.abort();
    const wasConnected = this.state === "connected";
    const words = error instanceof Error ? error.message : String(error);
    // Once per kind of failure, not once per attempt: a dead device must not fill the log.
    if (words !== this.error) this.settings.log.warn({ link: this.settings.id, reason: words }, "link down");
    this.error = words;
    this.lastError = { text: words, at: this.settings.clock.wallMs() };
    if (wasConnected) this.#countLoss();
    this.#become("lost");
    try {
      if (wasConnected) this.settings.onLost();
      await this.#close(this.#channel);
    } finally {
      this.#scheduleRetry();
    }
  }

  #countLoss(): void {
    this.reconnects++;
    this.#losses.push(this.settings.clock.monotonicMs());
    if (this.#losses.length > keptLosses) this.#losses.shift();
  }

  #scheduleRetry(): void {
    if (this.#stopped) return;
    // Once for each decision: `#judged` ends where it is opened.
    const waitMs = this.#judged === undefined ? this.#backoff.next() : 0;
    this.#retryAtMs = this.settings.clock.monotonicMs() + waitMs;
    this.#cancelRetry = this.settings.timers.after(waitMs, () => this.start());
  }

  #become(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.since = this.settings.clock.wallMs();
  }
}
