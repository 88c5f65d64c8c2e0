import type {
  BrowseEntry,
  CallRequest,
  CallResult,
  Channel,
  ChannelContext,
  ChannelStatistics,
  DeviceLocks,
  DeviceSpec,
  DriverCapabilities,
  LockResult,
  Point,
  PointFacts,
  Reading,
  ReadingSink,
  ReadLane,
  WriteRequest,
  WriteResult,
} from "../core/driver-port.ts";
import { PlanciaError } from "../core/errors.ts";
import { wordsOf } from "./failure.ts";
import type { ChannelCall } from "./messages.ts";
import { type PackedReadings, unpackReadings } from "./packed-readings.ts";
import type { Lane, ThreadLife } from "./thread-life.ts";

export interface ProxySettings {
  /** Among the channels of its thread. */
  readonly number: number;
  readonly devices: readonly DeviceSpec[];
  readonly context: ChannelContext;
  readonly capabilities: DriverCapabilities;
  /** The running thread, once there is one. */
  life(signal: AbortSignal): Promise<ThreadLife>;
}

/** A channel whose driver runs in another thread. */
export class ChannelProxy implements Channel {
  readonly read?: NonNullable<Channel["read"]>;
  readonly subscribe?: NonNullable<Channel["subscribe"]>;
  readonly write?: NonNullable<Channel["write"]>;
  readonly call?: NonNullable<Channel["call"]>;
  readonly describe?: NonNullable<Channel["describe"]>;
  readonly browse?: NonNullable<Channel["browse"]>;
  readonly locks?: DeviceLocks | undefined;
  readonly #settings: ProxySettings;
  readonly #sinks = new Map<number, ReadingSink>();
  #life: ThreadLife | undefined;
  #isClosed = false;
  #statistics: ChannelStatistics = { requests: 0, failures: 0, bytesIn: 0, bytesOut: 0 };
  #isAsking = false;

  constructor(settings: ProxySettings) {
    this.#settings = settings;
    const { read, subscribe, write, call, lock, browse } = settings.capabilities;
    if (read) this.read = (...asked) => this.#read(...asked);
    if (subscribe) {
      this.subscribe = (...asked) => this.#subscribe(...asked);
      this.describe = (...asked) => this.#describe(...asked);
    }
    if (write) this.write = (request) => this.#write(request);
    if (call) this.call = (request) => this.#call(request);
    if (lock) this.locks = { lock: this.#lock("lock"), renew: this.#lock("renew"), unlock: this.#lock("unlock") };
    if (browse) this.browse = (device, path, signal) => this.#browse(device, path, signal);
  }

  async connect(signal: AbortSignal): Promise<void> {
    const { number, devices, context } = this.#settings;
    const life = await this.#settings.life(signal);
    if (this.#isClosed) throw new PlanciaError("device/connection-lost", "the channel was closed while it connected");
    this.#life = life;
    life.adopt(number, {
      lost: (error) => context.lost(error),
      log: ({ level, fields, message }) => context.log[level](fields, message),
      statistics: (statistics) => {
        this.#statistics = statistics;
        this.#isAsking = false;
      },
      readings: (call, device, handles, readings) => this.#sinks.get(call)?.readings(device, handles, readings),
      alive: (call, device, handles) => this.#sinks.get(call)?.alive(device, handles),
    });
    const given = devices.map((device) => [life.numbered.numberOf(device), device] as const);
    await this.#ask(life, { do: "connect", folder: context.folder, devices: given }, { signal });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const life = this.#life;
    if (!life || life.why !== undefined) return;
    try {
      await this.#ask(life, { do: "close" }, {});
    } catch (error) {
      // Where the thread has ended meanwhile, so has the channel.
      this.#settings.context.log.debug({ err: error }, "a channel could not be closed");
    } finally {
      this.#sinks.clear();
      life.forget(this.#settings.number);
    }
  }

  /** As the thread last told; asks for newer ones, so that whoever looks again and again is as late as once. */
  statistics(): ChannelStatistics {
    const life = this.#life;
    if (life && life.why === undefined && !this.#isClosed && !this.#isAsking) {
      this.#isAsking = true;
      life.askStatistics(this.#settings.number);
    }
    return this.#statistics;
  }

  async #read(
    device: string,
    points: readonly Point[],
    signal: AbortSignal,
    lane: ReadLane,
  ): Promise<readonly Reading[]> {
    const life = this.#open();
    signal.throwIfAborted();
    const isStop = lane === "stop";
    const given = isStop ? life.numbered.giveWhole(points) : life.numbered.give(points);
    const ahead = isStop ? "stop" : "normal";
    const reading = this.#ask(life, { do: "read", device, points: given, lane }, { signal, lane: ahead });
    return unpackReadings((await orGivenUp(reading, signal)) as PackedReadings);
  }

  async #subscribe(device: string, points: readonly Point[], sink: ReadingSink, signal: AbortSignal): Promise<void> {
    const life = this.#open();
    if (signal.aborted) return;
    const id = life.nextId();
    this.#sinks.set(id, sink);
    // Beyond its answer: what was subscribed to lasts until its signal ends.
    signal.addEventListener("abort", () => life.cancel(id, signal.reason), { once: true });
    await life.call(id, this.#settings.number, { do: "subscribe", device, points: life.numbered.give(points) });
  }

  async #describe(device: string, points: readonly Point[], signal: AbortSignal): Promise<readonly PointFacts[]> {
    const life = this.#open();
    const given = life.numbered.give(points);
    return (await this.#ask(life, { do: "describe", device, points: given }, { signal })) as readonly PointFacts[];
  }

  async #browse(device: string, path: string, signal: AbortSignal): Promise<readonly BrowseEntry[]> {
    return (await this.#ask(this.#open(), { do: "browse", device, path }, { signal })) as readonly BrowseEntry[];
  }

  #write(request: WriteRequest): Promise<WriteResult> {
    const { point, value, device, notAfterMs, lane, withdrawn } = request;
    return this.#once<WriteResult>(request, ({ numbered }) => ({
      ...{ do: "write", device, value, notAfterMs, lane },
      ...{ points: lane === "stop" ? numbered.giveWhole([point]) : numbered.give([point]) },
      asks: withdrawn !== undefined,
    }));
  }

  #call(request: CallRequest): Promise<CallResult> {
    const { device, method, arguments: given, notAfterMs, lane, withdrawn } = request;
    const asks = withdrawn !== undefined;
    return this.#once<CallResult>(request, () => ({
      do: "call",
      ...{ device, method, arguments: given, notAfterMs, lane, asks },
    }));
  }

  /** Once it has crossed nobody can say that it did not leave: a thread that ends leaves it open (R5). */
  async #once<Result>(
    { lane, withdrawn }: Pick<WriteRequest, "lane" | "withdrawn">,
    build: (life: ThreadLife) => ChannelCall,
  ): Promise<Result | Exclude<WriteResult, { outcome: "written" }>> {
    const life = this.#life;
    if (!life || life.why !== undefined || this.#isClosed) {
      return { outcome: "not-sent", reason: "not-connected", detail: "the channel is not connected" };
    }
    const sentAtMs = this.#settings.context.clock.monotonicMs();
    try {
      const asked = life.call(life.nextId(), this.#settings.number, build(life), { lane, withdrawn });
      const result = (await asked) as WriteResult;
      const isNobodys = result.outcome === "not-sent" && result.reason === "withdrawn" && !withdrawn?.aborted;
      return isNobodys ? tooBusy : (result as Result);
    } catch (error) {
      return { outcome: "unknown", sentAtMs, detail: `${wordsOf(error)}, before it said what became of this` };
    }
  }

  #lock(what: "lock" | "renew" | "unlock"): DeviceLocks["lock"] {
    return async (device, address, signal) => {
      try {
        return (await this.#ask(this.#open(), { do: what, device, address }, { signal })) as LockResult;
      } catch (error) {
        return { outcome: "refused", detail: wordsOf(error) };
      }
    };
  }

  async #ask(
    life: ThreadLife,
    call: ChannelCall,
    { signal, lane = "normal" }: { readonly signal?: AbortSignal; readonly lane?: Lane },
  ): Promise<unknown> {
    const id = life.nextId();
    const cancel = () => life.cancel(id, signal?.reason);
    const asked = life.call(id, this.#settings.number, call, { lane });
    if (signal?.aborted) cancel();
    else signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await asked;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  #open(): ThreadLife {
    if (this.#life && this.#life.why === undefined && !this.#isClosed) return this.#life;
    throw new PlanciaError("device/connection-lost", "the channel is not connected");
  }
}

/** Nobody took it back: the driver's thread was not told in time that it still held. */
const tooBusy: Extract<WriteResult, { outcome: "not-sent" }> = {
  outcome: "not-sent",
  reason: "not-connected",
  detail: "the gateway was too busy to say that it still held",
};

/** Whoever gave up does not wait for the thread. */
async function orGivenUp<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(signal.reason);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([asked, over]);
  } finally {
    signal.removeEventListener("abort", giveUp);
    // Its end is nobody's any more.
    asked.catch(() => undefined);
  }
}
