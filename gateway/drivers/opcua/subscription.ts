import type { Clock, Timers } from "../../core/clock.ts";
import type { Point, Reading, ReadingSink } from "../../core/driver-port.ts";
import type { Log } from "../../core/log.ts";
import { Status } from "../../core/status.ts";
import { createItems, type Failed, learnStructures, refusalWords, selectionOf } from "./items.ts";
import { type LeftSubscription, mostTries } from "./left-behind.ts";
import {
  CreateSubscriptionRequest,
  type CreateSubscriptionResponse,
  DataChangeNotification,
  type NotificationMessage,
  type PublishResponse,
  StatusChangeNotification,
} from "./node-opcua.ts";
import type { Polling } from "./polling.ts";
import { isWithoutSubscription, whyPolled } from "./refusals.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { Asks } from "./session.ts";
import type { OpcuaSettings } from "./settings.ts";
import type { Structures } from "./structures.ts";
import { after, type Republished, republish } from "./taking-up.ts";
import { Unheard } from "./unheard.ts";
import { type Selection, toReading } from "./values.ts";
import { statusText } from "./words.ts";

export interface SubscriptionSettings {
  readonly device: string;
  readonly intervalMs: number;
  readonly settings: OpcuaSettings;
  readonly points: readonly Point[];
  readonly sink: ReadingSink;
  readonly session: Asks;
  readonly facts: ServerFacts;
  readonly structures: Pick<Structures, "learn" | "leaf">;
  /** Takes what the server does not monitor. */
  readonly polling: Pick<Polling, "add" | "remove" | "has">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
  onLost(why: string): void;
}

/** `mayPoll`: the server lives and has no subscription for us. */
export interface NotCreated {
  readonly why: string;
  readonly mayPoll: boolean;
}

/** Nodes that the server refused are asked for again this often: a PLC's program may be loaded meanwhile. */
const retryFailedMs = 30_000;
const largestNotification = 10_000;

/** What the gateway hears of one device: its monitored items, and whether the server still proves that it lives. */
export class Subscription {
  readonly #settings: SubscriptionSettings;
  readonly #points: ReadonlyMap<number, { readonly point: Point; readonly selection: Selection }>;
  readonly #cancels: (() => void)[] = [];
  #id = 0;
  #intervalMs = 0;
  #keepAliveMs = 0;
  #heardAtMs: number;
  #checkedAtMs: number;
  #lastSequence: number | undefined;
  #failed: readonly Point[] = [];
  #isComplete = false;
  #isEnded = false;
  /** What comes was queued while nobody listened: older than what still follows. */
  #isCatchingUp = false;
  #isHeard = false;
  #tries = 0;
  #unheard: Unheard | undefined;
  /** Numbers that were asked for again: where one also comes by itself, it has been told. */
  #republished = new Set<number>();
  #stopped = false;
  #refused: string | undefined;
  /** When each point was last told of, where the server overruns its queues. */
  readonly #toldAt = new Map<number, number>();
  #counts = { notifications: 0, gaps: 0, overflows: 0, republished: 0 };

  constructor(settings: SubscriptionSettings) {
    this.#settings = settings;
    const { points, structures } = settings;
    this.#points = new Map(points.map((point) => [point.handle, { point, selection: selectionOf(point, structures) }]));
    this.#heardAtMs = settings.clock.monotonicMs();
    this.#checkedAtMs = this.#heardAtMs;
  }

  get id(): number {
    return this.#id;
  }

  /** What the server made of the wish; 0 before `create`. */
  get keepAliveMs(): number {
    return this.#keepAliveMs;
  }

  /** What stands at the server, for the next connection: without points where that had better make a new one. */
  get left(): LeftSubscription | undefined {
    const tries = this.#isHeard ? 0 : this.#tries + 1;
    if (this.#id === 0 || this.#isEnded) return undefined;
    const isWhole = this.#isComplete && tries <= mostTries;
    return {
      ...{ device: this.#settings.device, points: isWhole ? this.#settings.points : [], failed: this.#failed, tries },
      ...{ id: this.#id, intervalMs: this.#intervalMs, keepAliveMs: this.#keepAliveMs },
      lastSequence: this.#lastSequence,
    };
  }

  get facts() {
    const { size } = this.#points;
    const { polling } = this.#settings;
    return {
      ...this.#counts,
      items: size - this.#failed.length,
      failed: this.#failed.filter((point) => !polling.has(point)).length,
      refused: this.#refused,
      intervalMs: this.#intervalMs,
    };
  }

  /** Creates the subscription without its items. @returns why it failed; undefined: it stands. */
  async create(): Promise<NotCreated | undefined> {
    const { session, settings, intervalMs } = this.#settings;
    const keepAlives = Math.max(1, Math.round(settings.keepAlive / intervalMs));
    const request = new CreateSubscriptionRequest({
      requestedPublishingInterval: intervalMs,
      requestedMaxKeepAliveCount: keepAlives,
      requestedLifetimeCount: Math.max(3 * keepAlives, Math.ceil(settings.sessionTimeout / intervalMs)),
      maxNotificationsPerPublish: largestNotification,
      publishingEnabled: true,
    });
    const reply = await session.request<CreateSubscriptionResponse>(request, settings.timeout);
    if (reply.kind === "refused") {
      const why = `the server refuses a subscription: ${statusText(reply.name)}`;
      return { why, mayPoll: isWithoutSubscription(reply.name) };
    }
    if (reply.kind !== "answer") {
      return { why: reply.kind === "lost" ? reply.why : "no answer to a subscription", mayPoll: false };
    }
    const { subscriptionId, revisedPublishingInterval, revisedMaxKeepAliveCount } = reply.response;
    this.#id = subscriptionId;
    this.#intervalMs = revisedPublishingInterval;
    this.#keepAliveMs = revisedPublishingInterval * revisedMaxKeepAliveCount;
    this.#watch();
    return undefined;
  }

  /**
   * Takes up what an earlier connection left, in place of `create` and `addItems`: what was sent and not received
   * is told first. `gone`: the server does not have it any more. @param acknowledge is called for each that came.
   */
  async takeUp(left: LeftSubscription, acknowledge: (sequence: number) => void): Promise<Republished> {
    const { session, settings, sink, device, facts, structures, clock, onLost } = this.#settings;
    this.#id = left.id;
    this.#tries = left.tries;
    this.#lastSequence = left.lastSequence;
    this.#intervalMs = left.intervalMs;
    this.#keepAliveMs = left.keepAliveMs;
    this.#isCatchingUp = true;
    const failed = new Set(left.failed);
    this.#unheard = new Unheard(
      { session, sink, device, facts, structures, clock, onLost, timeoutMs: settings.timeout },
      left.points.filter((point) => !failed.has(point)),
    );
    await learnStructures(left.points, facts, structures);
    const done = await republish(session, left, settings.timeout, (message) => {
      if (this.#stopped) return;
      this.#counts.republished++;
      this.#republished.add(message.sequenceNumber);
      this.#tell(message, isFarewell);
      acknowledge(message.sequenceNumber);
    });
    if (done.kind !== "all" || this.#stopped) return done;
    this.#failed = left.failed;
    this.#isComplete = true;
    if (this.#failed.length > 0) this.#retryLater();
    this.#heardAtMs = clock.monotonicMs();
    this.#watch();
    return done;
  }

  /**
   * Creates the items; those that fail are read instead where that may go, else told as Bad readings, and tried
   * again later. @returns why the channel is gone.
   */
  async addItems(points: readonly Point[] = this.#settings.points): Promise<string | undefined> {
    const { session, facts, structures, settings, intervalMs } = this.#settings;
    await learnStructures(points, facts, structures);
    const created = await createItems(session, facts, points, {
      subscriptionId: this.#id,
      intervalMs,
      queue: settings.queue,
      timeoutMs: settings.timeout,
    });
    if (created.kind === "gone") return created.why;
    if (this.#stopped) return undefined;
    if (created.failed.length > 0 && this.#failed.length === 0) this.#retryLater();
    this.#isComplete = true;
    this.#takeFailed(points, created.failed);
    return undefined;
  }

  /** Once more for what the server refused. @returns as `addItems`. */
  async retryFailed(): Promise<string | undefined> {
    return this.#failed.length === 0 ? undefined : this.addItems(this.#failed);
  }

  #takeFailed(points: readonly Point[], failed: readonly Failed[]): void {
    const { polling, device, sink, log } = this.#settings;
    const isNew = failed.length > 0 && this.#failed.length === 0;
    this.#failed = failed.map(({ point }) => point);
    const bad: Failed[] = [];
    const toPoll = new Map<Point, string>();
    for (const each of failed) {
      const why = whyPolled(each.point, each.reading.status);
      if (why === undefined) bad.push(each);
      else toPoll.set(each.point, why);
    }
    polling.remove(points.filter((point) => !toPoll.has(point)));
    for (const [why, group] of Map.groupBy(toPoll.keys(), (point) => toPoll.get(point) ?? "")) polling.add(group, why);
    const [first] = bad;
    this.#refused = first && refusalWords(first.point, first.reading);
    const [polledFor] = toPoll.values();
    if (isNew && polledFor) {
      log.warn(
        { device, count: toPoll.size, first: polledFor },
        "the server does not monitor some nodes; they are read",
      );
    }
    if (!first) return;
    const counted = { device, count: bad.length, first: this.#refused };
    if (isNew) log.warn(counted, "the server refuses some nodes; they are tried again later");
    sink.readings(
      device,
      bad.map(({ point }) => point.handle),
      bad.map(({ reading }) => reading),
    );
  }

  /** A publish response for this subscription: notifications, or the keep-alive that says that there are none. */
  take(response: PublishResponse): void {
    if (this.#stopped) return;
    this.#heardAtMs = this.#settings.clock.monotonicMs();
    this.#isHeard = true;
    if (!response.moreNotifications) this.#isCatchingUp = false;
    const { notificationMessage } = response;
    if (!this.#republished.delete(notificationMessage.sequenceNumber)) this.#tell(notificationMessage);
    if (this.#isEnded || this.#isCatchingUp) return;
    this.#unheard?.ask();
    this.#alive();
  }

  /** The server answered something else: that counts while its own keep-alive is not overdue. */
  confirm(): void {
    if (!this.#stopped && !this.#isCatchingUp && !this.#isQuiet(this.#settings.clock.monotonicMs())) {
      this.#alive();
    }
  }

  /** What is read besides is confirmed by its own answers alone. */
  #alive(): void {
    const { sink, device, points, polling } = this.#settings;
    const isPolled = (point: Point) => polling.has(point);
    const heard = this.#failed.some(isPolled) ? points.filter((point) => !isPolled(point)) : undefined;
    sink.alive(
      device,
      heard?.map(({ handle }) => handle),
    );
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  #tell({ sequenceNumber, notificationData }: NotificationMessage, leftOut: (part: unknown) => boolean = none): void {
    const parts = notificationData ?? [];
    if (parts.length > 0) this.#count(sequenceNumber);
    for (const part of parts) {
      if (part instanceof DataChangeNotification) this.#changes(part);
      else if (part instanceof StatusChangeNotification && !leftOut(part)) {
        this.#isEnded = true;
        this.#settings.onLost(`the server ended the subscription: ${statusText(part.status.name)}`);
        return;
      }
    }
  }

  #changes(notification: DataChangeNotification): void {
    const { sink, device, clock } = this.#settings;
    const now = clock.wallMs();
    const handles: number[] = [];
    const readings: Reading[] = [];
    for (const { clientHandle, value } of notification.monitoredItems ?? []) {
      const known = this.#points.get(clientHandle);
      if (!known) continue;
      const reading = toReading(value, known.point.type, now, known.selection);
      const gap = this.#gapBefore(clientHandle, reading, now);
      if (gap) {
        handles.push(clientHandle);
        readings.push(this.#isCatchingUp ? { ...gap, unproven: true } : gap);
      }
      handles.push(clientHandle);
      readings.push(this.#isCatchingUp ? { ...reading, unproven: true } : reading);
      this.#counts.notifications++;
    }
    this.#unheard?.heard(handles);
    if (handles.length > 0) sink.readings(device, handles, readings);
  }

  /**
   * Values were lost between this one and the one before (Part 4 §7.39.1): what held in between nobody knows,
   * so a hole begins right after the one before. Whichever end of its queue the server drops, the bit stands
   * at the first value behind what is lost.
   */
  #gapBefore(handle: number, reading: Reading, now: number): Reading | undefined {
    const { status, sourceTime = now } = reading;
    const before = this.#toldAt.get(handle);
    this.#toldAt.set(handle, sourceTime);
    if (!isOverflow(status)) return undefined;
    this.#counts.overflows++;
    if (before === undefined) return undefined;
    return { value: null, status: Status.Bad_DataLost, sourceTime: Math.min(before + 1, sourceTime) };
  }

  /** Part 4 §7.26: numbers of one subscription follow each other; 0 is left out when they start anew. */
  #count(sequence: number): void {
    const expected = after(this.#lastSequence);
    if (sequence !== expected) this.#counts.gaps++;
    this.#lastSequence = sequence;
  }

  #watch(): void {
    const { timers, clock, onLost } = this.#settings;
    const everyMs = Math.max(50, this.#keepAliveMs / 4);
    this.#cancels.push(
      timers.every(everyMs, () => {
        const now = clock.monotonicMs();
        // After a standstill of our own, what came meanwhile is still to be read: judge at the next look.
        const stoodStill = now - this.#checkedAtMs > 2 * everyMs;
        this.#checkedAtMs = now;
        if (!stoodStill && this.#isQuiet(now)) onLost("the subscription has gone quiet");
      }),
    );
  }

  /** F11: noticed in 1.5 × keep-alive; a second more where that is short, for a busy PLC. */
  #isQuiet(now: number): boolean {
    return now - this.#heardAtMs > Math.max(1.5 * this.#keepAliveMs, this.#keepAliveMs + 1_000);
  }

  #retryLater(): void {
    this.#cancels.push(this.#settings.timers.every(retryFailedMs, () => this.#retryFailed()));
  }

  #retryFailed(): void {
    this.retryFailed().then(
      (why) => (why === undefined ? undefined : this.#settings.onLost(why)),
      (error) => this.#settings.onLost(String(error)),
    );
  }
}

const none = () => false;

/** What the session before was told when its subscription was transferred to this one (Part 4 §5.14.7). */
function isFarewell(part: unknown): boolean {
  return part instanceof StatusChangeNotification && part.status.name === "GoodSubscriptionTransferred";
}

/** Part 4 §7.39.1: info type DataValue, and its bit Overflow. */
function isOverflow(status: number): boolean {
  return (status & 0x0c80) === 0x0480;
}
