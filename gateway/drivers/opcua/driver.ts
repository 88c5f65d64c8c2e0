import type {
  BrowseEntry,
  CallRequest,
  CallResult,
  Channel,
  ChannelContext,
  ChannelStatistics,
  DeviceSpec,
  Point,
  PointFacts,
  Reading,
  ReadingSink,
  WriteRequest,
  WriteResult,
} from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { Status } from "../../core/status.ts";
import { browseFolder } from "./browsing.ts";
import { openSession } from "./connecting.ts";
import { DataTypes } from "./data-types.ts";
import { describePoints } from "./describing.ts";
import { forgetLeft, keepLeft, type LeftSubscription, leaving, leftBehind } from "./left-behind.ts";
import { Locks } from "./locks.ts";
import { ReadRequest, TimestampsToReturn } from "./node-opcua.ts";
import { attributes, nodes, standardNode } from "./nodes.ts";
import { Polling } from "./polling.ts";
import { Publisher } from "./publisher.ts";
import { readPoints } from "./reading.ts";
import { Sending } from "./sending.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { Session } from "./session.ts";
import type { OpcuaSettings } from "./settings.ts";
import { Structures } from "./structures.ts";
import { startSubscription } from "./subscribing.ts";
import { notSent } from "./writing.ts";

/** All devices given share one session: endpoint, security and user of the first are those of all. */
export function createChannel(devices: readonly DeviceSpec[], context: ChannelContext): Channel {
  return new OpcuaChannel(devices as readonly DeviceSpec<OpcuaSettings>[], context);
}

/** Reads that may wait for their answers at once. */
const readLimit = 200;

/** What stands while the session does. */
interface Link {
  readonly session: Session;
  readonly facts: ServerFacts;
  readonly types: DataTypes;
  readonly structures: Structures;
  readonly publisher: Publisher;
  /** By device: what the server does not tell of by itself. */
  readonly pollings: Map<string, Polling>;
  /** Subscriptions of the connection before, by device, until they are taken up. */
  readonly waiting: Map<string, LeftSubscription>;
  /** Connections in a row on this session that brought nothing. */
  readonly tries: number;
}

class OpcuaChannel implements Channel {
  readonly #context: ChannelContext;
  readonly #devices: ReadonlyMap<string, DeviceSpec<OpcuaSettings>>;
  readonly #opening = new AbortController();
  readonly #ended = new AbortController();
  readonly #sending: Sending;
  readonly locks: Locks;
  #link: Link | undefined;
  #cancelProbe: (() => void) | undefined;
  #state: "new" | "open" | "closed" = "new";
  #reads = 0;

  constructor(devices: readonly DeviceSpec<OpcuaSettings>[], context: ChannelContext) {
    this.#context = context;
    this.#devices = new Map(devices.map((device) => [device.id, device]));
    this.#sending = new Sending(context.clock, () => this.#standing());
    this.locks = new Locks({
      open: () => {
        const link = this.#standing();
        return link && { ...link, ownUri: link.session.applicationUri };
      },
      timeoutMsOf: (device) => this.#devices.get(device)?.settings.timeout,
    });
  }

  async connect(signal: AbortSignal): Promise<void> {
    const first = this.#first();
    const { id, settings } = first;
    const opening = AbortSignal.any([signal, this.#opening.signal]);
    const left = leftBehind(first, this.#context.clock.monotonicMs());
    const { session, facts, subscriptions } = await openSession(id, settings, this.#context, opening, left);
    if (opening.aborted) {
      session.wire.kill("given up");
      throw new PlanciaError("device/connection-lost", "the connection was given up while it opened");
    }
    forgetLeft(first);
    session.wire.onEnd((why) => this.#lost(why));
    const types = new DataTypes(session, facts, settings.timeout);
    const ids = subscriptions.map((each) => each.id);
    const publisher = new Publisher(session, (why) => this.#lost(why), ids);
    const waiting = new Map(subscriptions.map((each) => [each.device, each]));
    this.#link = {
      session,
      facts,
      types,
      structures: new Structures(types),
      publisher,
      waiting,
      pollings: new Map(),
      tries: left?.tries ?? 0,
    };
    if (session.wire.isEnded) throw new PlanciaError("device/connection-lost", "the connection broke while it opened");
    this.#state = "open";
    this.#cancelProbe = this.#context.timers.every(settings.keepAlive, () => this.#probe());
  }

  async close(): Promise<void> {
    const wasOpen = this.#state === "open";
    this.#state = "closed";
    this.#opening.abort(new PlanciaError("device/connection-lost", "the channel is closed"));
    this.#quiet();
    if (!wasOpen || !this.#link) return;
    const { session } = this.#link;
    session.wire.onEnd(() => undefined);
    const isReading = [...this.#link.pollings.values()].some(({ underWay }) => underWay > 0);
    if (isReading || session.wire.waiting <= this.#link.publisher.subscriptions.length + 1) await session.close();
    await session.wire.close();
  }

  async read(device: string, points: readonly Point[], signal: AbortSignal): Promise<readonly Reading[]> {
    const link = this.#open();
    const settings = this.#devices.get(device)?.settings;
    if (!settings) return points.map(() => ({ value: null, status: Status.Bad_ConfigurationError }));
    if (this.#reads >= readLimit) return points.map(() => ({ value: null, status: Status.Bad_ResourceUnavailable }));
    this.#reads++;
    try {
      const { clock } = this.#context;
      return await readPoints(link, points, { timeoutMs: settings.timeout, signal, clock });
    } finally {
      this.#reads--;
    }
  }

  async subscribe(device: string, points: readonly Point[], sink: ReadingSink, signal: AbortSignal): Promise<void> {
    const { session, facts, structures, publisher, waiting, pollings } = this.#open();
    const { clock, timers, log } = this.#context;
    const { settings, intervalMs } = this.#devices.get(device) ?? this.#first();
    if (points.length === 0) return;
    const ending = AbortSignal.any([signal, this.#ended.signal]);
    const onLost = (why: string) => this.#lost(why);
    const shared = { device, intervalMs, sink, session, facts, structures, clock, timers, onLost };
    const polling = new Polling({ ...shared, timeoutMs: settings.timeout });
    ending.addEventListener("abort", () => polling.stop(), { once: true });
    pollings.set(device, polling);
    const of = { ...shared, settings, points, polling, log };
    const left = waiting.get(device);
    const why = await startSubscription(of, publisher, left, ending);
    waiting.delete(device);
    if (this.#state !== "open") return;
    // Without its values a connection is worth nothing, and acquisition tries again only what is lost.
    if (why !== undefined) this.#lost(why);
    else await this.#sending.learn(points.filter(({ writable }) => writable));
  }

  async write(request: WriteRequest): Promise<WriteResult> {
    const settings = this.#devices.get(request.device)?.settings;
    if (!settings) return notSent("not-connected", "no device of this channel");
    return this.#sending.write(request, settings.timeout);
  }

  async call(request: CallRequest): Promise<CallResult> {
    const settings = this.#devices.get(request.device)?.settings;
    if (!settings) return notSent("not-connected", "no device of this channel");
    return this.#sending.call(request, settings.timeout);
  }

  async browse(_device: string, path: string, signal: AbortSignal): Promise<readonly BrowseEntry[]> {
    const { session, facts, types, structures } = this.#open();
    return browseFolder({ session, facts, types, structures, timeoutMs: this.#first().settings.timeout, signal }, path);
  }

  async describe(_device: string, points: readonly Point[], signal: AbortSignal): Promise<readonly PointFacts[]> {
    const { session, facts, types, structures } = this.#open();
    return describePoints(
      { session, facts, types, structures, timeoutMs: this.#first().settings.timeout, signal },
      points,
    );
  }

  statistics(): ChannelStatistics {
    const { wire } = this.#link?.session ?? {};
    const { requests = 0, failures = 0, bytesIn = 0, bytesOut = 0, timeouts = 0, late = 0 } = wire?.counts ?? {};
    const publisher = this.#link?.publisher;
    const subscriptions = publisher?.subscriptions.map(({ facts }) => facts) ?? [];
    const sum = (of: (facts: (typeof subscriptions)[number]) => number) =>
      subscriptions.reduce((all, one) => all + of(one), 0);
    const publishingMs = Math.max(0, ...subscriptions.map(({ intervalMs }) => intervalMs));
    const refused = subscriptions.find((facts) => facts.refused !== undefined)?.refused;
    return {
      ...{ requests, failures, bytesIn, bytesOut, roundTripMs: wire?.roundTripMs },
      plan: { of: "monitored-items", count: sum(({ items }) => items), publishingMs },
      polling: pollingOf(this.#link?.pollings.values() ?? []),
      detail: {
        ...{ security: this.#link?.session.security ?? "none yet", timeouts, late, ...this.#sending.waiting },
        subscriptions: subscriptions.length,
        items: sum(({ items }) => items),
        failedItems: sum(({ failed }) => failed),
        ...(refused === undefined ? {} : { refused }),
        overflows: sum(({ overflows }) => overflows),
        notifications: sum(({ notifications }) => notifications),
        sequenceGaps: sum(({ gaps }) => gaps),
        republished: sum(({ republished }) => republished),
        publishResponses: publisher?.responses ?? 0,
        publishingMs,
      },
    };
  }

  /** Where nothing is subscribed, or the server's keep-alive is longer than wished, a small read proves that it lives. */
  #probe(): void {
    const link = this.#link;
    const { settings } = this.#first();
    if (!link || this.#state !== "open") return;
    if (this.#context.clock.monotonicMs() - link.session.wire.heardAtMs < settings.keepAlive) return;
    const request = new ReadRequest({
      nodesToRead: [{ nodeId: standardNode(nodes.serverState), attributeId: attributes.value }],
      timestampsToReturn: TimestampsToReturn.Neither,
    });
    link.session.request(request, Math.min(settings.keepAlive, settings.timeout)).then(
      (reply) => {
        if (reply.kind !== "answer") return;
        for (const each of [...link.publisher.subscriptions, ...link.pollings.values()]) each.confirm();
      },
      (error) => this.#lost(String(error)),
    );
  }

  #lost(why: string): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    const link = this.#link;
    if (link) keepLeft(this.#first(), leaving(link, link.waiting.values()), this.#context.clock.monotonicMs());
    this.#quiet();
    link?.session.wire.kill(why);
    this.#context.lost(new PlanciaError("device/connection-lost", why));
  }

  #quiet(): void {
    this.#cancelProbe?.();
    this.#ended.abort();
    this.#link?.publisher.stop();
  }

  #standing(): Link | undefined {
    return this.#state === "open" ? this.#link : undefined;
  }

  #open(): Link {
    const link = this.#standing();
    if (link) return link;
    throw new PlanciaError("device/connection-lost", "the channel is not connected");
  }

  #first(): DeviceSpec<OpcuaSettings> {
    const [first] = this.#devices.values();
    if (!first) throw new PlanciaError("device/settings", "an OPC UA channel without devices");
    return first;
  }
}

/** What is polled on all devices of a channel, with the reason of the first. */
function pollingOf(pollings: Iterable<Polling>): ChannelStatistics["polling"] {
  const polled = [...pollings].flatMap(({ facts }) => facts ?? []);
  const [first] = polled;
  if (!first) return undefined;
  return {
    points: polled.reduce((all, { points }) => all + points, 0),
    everyMs: Math.min(...polled.map(({ everyMs }) => everyMs)),
    why: first.why,
  };
}
