import mqtt, { type MqttClient } from "mqtt";
import type {
  Channel,
  ChannelContext,
  ChannelStatistics,
  DeviceSpec,
  Point,
  Reading,
  ReadingSink,
  WriteRequest,
  WriteResult,
} from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { isGood, Status } from "../../core/status.ts";
import { RoundTrips } from "../../kit/round-trips.ts";
import { clientOptions, connectError, endedBecause } from "./connecting.ts";
import { Exchanges } from "./exchanges.ts";
import { type Gathered, Gathering } from "./gathering.ts";
import { openPayload, type Payload, readPoint } from "./payload.ts";
import { type Held, Session } from "./session.ts";
import type { MqttAddress, MqttSettings } from "./settings.ts";
import { gives, subscriptionsOf } from "./subscribing.ts";
import { Unmapped } from "./unmapped.ts";
import { Writing } from "./writing.ts";

export function createChannel(devices: readonly DeviceSpec[], context: ChannelContext): Channel {
  return new MqttChannel(devices as readonly DeviceSpec<MqttSettings>[], context);
}

interface Subscription extends Gathered {
  /** The newest readings, where the device may be said to be gone. */
  readonly last: Map<number, Reading> | undefined;
}

interface Listener {
  readonly subscription: Subscription;
  readonly points: readonly Point<MqttAddress>[];
}

/** Brokers take only so much in one packet; in the protocol a SUBSCRIBE may hold any number of topics. */
const topicsPerSubscribe = 200;

/**
 * One client on a broker. It never reconnects by itself (that is acquisition's), never queues a
 * publish (R4), and hears messages from before the first packet on, so that none is acknowledged
 * and lost.
 */
class MqttChannel implements Channel {
  readonly #settings: MqttSettings;
  readonly #context: ChannelContext;
  readonly #writing: Writing;
  readonly #exchanges: Exchanges;
  readonly #roundTrips = new RoundTrips();
  readonly #gathering: Gathering;
  readonly #session: Session;
  readonly #unmapped: Unmapped;
  /** Topics besides those of values that the configuration names. */
  readonly #known = new Set<string>();
  readonly #devices: number;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #byTopic = new Map<string, Listener[]>();
  #client: MqttClient | undefined;
  #closed = false;
  #lost = false;
  #counts = { bytesIn: 0, messages: 0, oversize: 0, undecodable: 0 };

  constructor(devices: readonly DeviceSpec<MqttSettings>[], context: ChannelContext) {
    const first = devices[0];
    if (!first) throw new PlanciaError("device/settings", "a channel without devices");
    this.#settings = first.settings;
    this.#devices = devices.length;
    this.#unmapped = new Unmapped(first.settings.topics ?? []);
    this.#context = context;
    this.#session = new Session(first.settings, devices.length);
    this.#writing = new Writing(context, () => this.#connected(), this.#roundTrips);
    this.#exchanges = new Exchanges(context.clock, this.#roundTrips);
    this.#gathering = new Gathering((error) => context.log.warn({ err: error }, "readings could not be taken in"));
  }

  async connect(signal: AbortSignal): Promise<void> {
    const client = mqtt.connect(this.#settings.url, { ...clientOptions(this.#settings), manualConnect: true });
    this.#client = client;
    // Before anything can come: in one piece with the broker's welcome there may be what it kept for us.
    client.on("packetreceive", (packet) => {
      if (packet.cmd === "connack") this.#session.opened(packet.sessionPresent);
      else if (packet.cmd !== "publish") this.#exchanges.received(packet);
    });
    client.on("packetsend", (packet) => this.#exchanges.sent(packet));
    client.on("message", (topic, bytes, { retain }) => this.#hear({ topic, bytes, retain }));
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => {
        signal.removeEventListener("abort", aborted);
        reject(connectError(error, this.#settings.url));
      };
      const aborted = (): void => fail(new Error("no answer in time"));
      signal.addEventListener("abort", aborted, { once: true });
      client.on("error", fail);
      client.once("close", () => fail(new Error("the broker closed the connection")));
      client.once("connect", () => {
        signal.removeEventListener("abort", aborted);
        resolve();
      });
      client.connect();
    }).catch(async (error: unknown) => {
      await this.close();
      throw error;
    });
    client.on("close", () => this.#lose("the connection to the broker is gone"));
    client.on("error", (error) => this.#lose(error.message));
    client.on("disconnect", (packet) => this.#lose(endedBecause(packet.reasonCode)));
    this.#greet(client);
  }

  #greet(client: MqttClient): void {
    const { will } = this.#settings;
    if (will) client.publish(will.topic, will.online, { qos: will.qos, retain: will.retain });
  }

  /** Without a DISCONNECT, so that the broker publishes our last will. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#gathering.end();
    this.#writing.end();
    const client = this.#client;
    if (!client) return;
    // A late socket error must find a listener, or it would end the process.
    client.on("error", (error) => this.#context.log.debug({ err: error }, "error while closing"));
    await new Promise<void>((resolve) => {
      const cancel = this.#context.timers.after(500, resolve);
      client.end(true, {}, () => {
        cancel();
        resolve();
      });
    });
  }

  async subscribe(device: string, points: readonly Point[], sink: ReadingSink, signal: AbortSignal): Promise<void> {
    const typed = points as readonly Point<MqttAddress>[];
    const byTopic = Map.groupBy(typed, (point) => point.address.topic);
    const { availability } = this.#settings;
    const last = availability ? new Map<number, Reading>() : undefined;
    const subscription: Subscription = { device, sink, handles: [], readings: [], last };
    this.#subscriptions.set(device, subscription);
    for (const [topic, members] of byTopic) this.#listen(topic, { subscription, points: members });
    for (const held of this.#session.release()) this.#hear(held, true);
    const topics = new Map<string, 0 | 1>();
    for (const [topic, members] of byTopic) topics.set(topic, members.some((point) => point.address.qos === 1) ? 1 : 0);
    for (const point of typed) if (point.address.acknowledge) raise(topics, point.address.acknowledge.topic);
    if (availability) raise(topics, availability.topic);
    if (this.#session.marker !== undefined) topics.set(this.#session.marker, 1);
    this.#know(topics, typed);
    const refused = await this.#subscribeAll(topics, signal);
    for (const topic of refused) this.#refused(device, byTopic.get(topic) ?? []);
    this.#markSession(refused);
  }

  #know(topics: ReadonlyMap<string, 0 | 1>, points: readonly Point<MqttAddress>[]): void {
    for (const topic of topics.keys()) this.#known.add(topic);
    for (const { address } of points) if (address.write) this.#known.add(address.write.topic);
    if (this.#settings.will) this.#known.add(this.#settings.will.topic);
  }

  /** Where the broker does not give a filter as a whole, its tags are asked for one by one. */
  async #subscribeAll(exact: ReadonlyMap<string, 0 | 1>, signal: AbortSignal): Promise<readonly string[]> {
    const wanted = subscriptionsOf(exact, this.#settings.topics ?? []);
    const refused = await this.#subscribe([...wanted], signal);
    const filters = refused.filter((each) => !exact.has(each));
    const left = [...exact].filter(([topic]) => !wanted.has(topic) && filters.some((each) => gives(each, topic)));
    if (left.length === 0) return refused;
    this.#context.log.warn({ topics: refused.slice(0, 20) }, "the broker gives no whole filter; its tags' topics only");
    return [...refused, ...(await this.#subscribe(left, signal))];
  }

  #markSession(refused: readonly string[]): void {
    const { marker } = this.#session;
    if (marker !== undefined && refused.includes(marker)) {
      this.#context.log.warn({ topic: marker }, "what the broker kept cannot be told from news: no right to subscribe");
    }
    const mark = this.#session.mark();
    if (mark) this.#connected()?.publish(mark.topic, mark.payload, { qos: 1, retain: false });
  }

  #listen(topic: string, listener: Listener): void {
    const known = this.#byTopic.get(topic);
    if (known) known.push(listener);
    else this.#byTopic.set(topic, [listener]);
  }

  write(request: WriteRequest): Promise<WriteResult> {
    return this.#writing.write(request);
  }

  statistics(): ChannelStatistics {
    const { bytesIn, ...detail } = this.#counts;
    const [written, asked] = [this.#writing.counts, this.#exchanges.counts];
    return {
      requests: written.requests + asked.requests,
      failures: written.failures + asked.failures,
      bytesOut: written.bytesOut + asked.bytesOut,
      bytesIn,
      roundTripMs: this.#roundTrips.summary(),
      plan: { of: "topics", count: this.#byTopic.size },
      unmapped: this.#unmapped.statistics,
      detail: { ...detail, ...this.#writing.waiting, ...this.#session.statistics },
    };
  }

  #connected(): MqttClient | undefined {
    return !this.#closed && !this.#lost && this.#client?.connected ? this.#client : undefined;
  }

  /** Told once; what is under way ends now, not when acquisition closes the channel. */
  #lose(why: string): void {
    if (this.#closed || this.#lost) return;
    this.#lost = true;
    this.#gathering.handOn();
    this.#writing.end();
    this.#context.lost(new PlanciaError("device/connection-lost", `${this.#settings.url}: ${why}`));
  }

  /** @returns the topics that the broker does not give. */
  async #subscribe(topics: readonly (readonly [string, 0 | 1])[], signal: AbortSignal): Promise<readonly string[]> {
    const refused: string[] = [];
    for (let from = 0; from < topics.length && !signal.aborted; from += topicsPerSubscribe) {
      const wanted = topics.slice(from, from + topicsPerSubscribe);
      refused.push(...(await this.#subscribeSome(wanted, signal)));
    }
    return refused;
  }

  async #subscribeSome(wanted: readonly (readonly [string, 0 | 1])[], signal: AbortSignal): Promise<readonly string[]> {
    const client = this.#client;
    if (!client) return [];
    const granted = await client
      .subscribeAsync(Object.fromEntries(wanted.map(([topic, qos]) => [topic, { qos }])))
      .catch((error: unknown) => {
        if (!signal.aborted) this.#context.log.warn({ err: error }, "the broker refused a subscription");
        return undefined;
      });
    if (!granted) return wanted.map(([topic]) => topic);
    return granted.filter((each) => each.qos >= 128).map((each) => each.topic);
  }

  #refused(device: string, points: readonly Point[]): void {
    const readings = points.map(() => ({ value: null, status: Status.Bad_UserAccessDenied, unproven: true }));
    this.#subscriptions.get(device)?.sink.readings(device, handlesOf(points), readings);
  }

  /** Whatever a stranger publishes, the next message must still be heard. */
  #hear(message: Held, isOld = this.#session.isOld): void {
    try {
      if (!this.#session.hears(message.topic, message.bytes)) this.#message(message, isOld);
    } catch (error) {
      this.#counts.undecodable++;
      this.#context.log.warn({ err: error, topic: message.topic.slice(0, 200) }, "a message could not be taken in");
    }
  }

  #message(message: Held, isOld: boolean): void {
    const { topic, bytes } = message;
    const listeners = this.#byTopic.get(topic);
    if (!listeners && isOld && this.#session.hold(message)) return;
    this.#counts.messages++;
    this.#counts.bytesIn += bytes.length;
    if (!listeners) this.#unlistened(topic);
    if (bytes.length > this.#settings.maxPayload) {
      this.#counts.oversize++;
      return;
    }
    const payload = openPayload(bytes);
    if (!payload) this.#counts.undecodable++;
    const isLive = !message.retain && !isOld;
    if (isOld) this.#session.count();
    const isAnswer = isLive && this.#writing.isAwaiting;
    if (isAnswer) this.#writing.message(topic, payload);
    for (const listener of listeners ?? []) this.#values(listener, payload, isLive);
    if (topic === this.#settings.availability?.topic) this.#availability(payload);
    // Whoever waits for the answer to a write looks at the values next.
    if (isAnswer) this.#gathering.handOn();
  }

  #unlistened(topic: string): void {
    if (this.#known.has(topic) || this.#subscriptions.size < this.#devices) return;
    this.#unmapped.message(topic);
  }

  #values({ subscription, points }: Listener, payload: Payload | undefined, isLive: boolean): void {
    const nowMs = this.#context.clock.wallMs();
    for (const point of points) {
      const reading = readPoint(payload, point.type, point.address, nowMs);
      // What the broker kept tells what was once, with its own time or without; that the device still
      // lives it does not say (R16).
      const shown = isLive ? reading : kept(reading);
      subscription.last?.set(point.handle, shown);
      this.#gathering.add(subscription, point.handle, shown);
    }
  }

  /** A last will: the values stay for display and are no longer believed. */
  #availability(payload: Payload | undefined): void {
    if (payload?.text !== this.#settings.availability?.offline) return;
    for (const subscription of this.#subscriptions.values())
      for (const [handle, reading] of subscription.last ?? [])
        if (isGood(reading.status)) this.#gathering.add(subscription, handle, kept(reading));
  }
}

/** For display, with what time it has; no proof of anything. */
function kept(reading: Reading): Reading {
  const status = isGood(reading.status) ? Status.Uncertain_LastUsableValue : reading.status;
  return { ...reading, status, unproven: true };
}

function raise(topics: Map<string, 0 | 1>, topic: string): void {
  topics.set(topic, topics.get(topic) ?? 0);
}

function handlesOf(points: readonly Point[]): readonly number[] {
  return points.map((point) => point.handle);
}
