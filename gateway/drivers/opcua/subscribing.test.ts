import { describe, expect, it } from "vitest";
import type { Point, Reading } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import type { LeftSubscription } from "./left-behind.ts";
import { opcua } from "./manifest.ts";
import {
  CreateMonitoredItemsRequest,
  CreateSubscriptionRequest,
  DataChangeNotification,
  DataValue,
  DeleteSubscriptionsRequest,
  PublishRequest,
  type PublishResponse,
  ReadRequest,
  RepublishRequest,
  type Request,
  type Variant,
  WireType,
} from "./node-opcua.ts";
import { Polling } from "./polling.ts";
import { Publisher } from "./publisher.ts";
import { startSubscription } from "./subscribing.ts";
import { answer, refusal, ScriptedSession } from "./testing/scripted-session.ts";
import type { Reply } from "./wire.ts";

const points: readonly Point[] = [0, 1, 2].map((handle) => ({
  ...{ handle, address: `ns=1;s=T${handle}`, type: "double", writable: false },
}));
const left: LeftSubscription = {
  ...{ device: "plc", id: 7, intervalMs: 100, keepAliveMs: 1000, lastSequence: 4, points, failed: [], tries: 0 },
};
const changes = (value: number, ...handles: number[]) =>
  new DataChangeNotification({
    monitoredItems: handles.map((clientHandle) => ({ clientHandle, value: { value: { dataType: "Double", value } } })),
  });
const message = (sequenceNumber: number, ...notificationData: unknown[]) => ({ sequenceNumber, notificationData });
// As decoded, less what a subscription does not look at.
const response = (sequenceNumber: number, parts: readonly unknown[], moreNotifications = false): PublishResponse =>
  ({
    ...{ subscriptionId: 7, moreNotifications, notificationMessage: message(sequenceNumber, ...parts) },
  }) as unknown as PublishResponse;

/** @param kept messages that the server sent and nobody received, by number; "gone": it has no such subscription. */
function bench(kept: ReadonlyMap<number, number> | "gone", expected: readonly number[] = [7], refuses?: () => boolean) {
  const time = new ManualTime();
  const told: (readonly [number, unknown, boolean])[] = [];
  const lost: string[] = [];
  let alive = 0;
  const session = new ScriptedSession((request: Request): Reply<unknown> | undefined => {
    if (request instanceof RepublishRequest) {
      if (kept === "gone") return refusal("BadSubscriptionIdInvalid", 0x80280000);
      const value = kept.get(request.retransmitSequenceNumber);
      if (value === undefined) return refusal("BadMessageNotAvailable", 0x807b0000);
      return answer({ notificationMessage: message(request.retransmitSequenceNumber, changes(value, 0)) });
    }
    if (request instanceof CreateSubscriptionRequest && refuses?.())
      return refusal("BadTooManySubscriptions", 0x80770000);
    if (request instanceof CreateSubscriptionRequest)
      return answer({ subscriptionId: 8, revisedPublishingInterval: 100, revisedMaxKeepAliveCount: 10 });
    if (request instanceof CreateMonitoredItemsRequest)
      return answer({ results: request.itemsToCreate?.map(() => ({ statusCode: { value: 0, name: "Good" } })) });
    if (request instanceof DeleteSubscriptionsRequest) return answer({});
    if (request instanceof ReadRequest)
      return answer({
        results: request.nodesToRead?.map(() => new DataValue({ value: { dataType: WireType.Double, value: 99 } })),
      });
    return undefined;
  });
  const publisher = new Publisher(session, (why) => lost.push(why), expected);
  const settings = {
    ...{ device: "plc", intervalMs: 100, points, session, clock: time, timers: time, log: silentLog },
    settings: opcua.settings.parse({ endpoint: "opc.tcp://plc" }),
    structures: { learn: async () => undefined, leaf: (variant: Variant) => variant },
    facts: { nodesPerRead: 1000, pathsPerTranslate: 1000, itemsPerCall: 1000, namespaces: [] },
    sink: {
      readings: (_device: string, handles: readonly number[], readings: readonly Reading[]) =>
        handles.forEach((handle, i) => void told.push([handle, readings[i]?.value, readings[i]?.unproven === true])),
      alive: () => void alive++,
    },
    onLost: (why: string) => void lost.push(why),
  };
  const polling = new Polling({ ...settings, timeoutMs: 5_000 });
  const ending = new AbortController();
  ending.signal.addEventListener("abort", () => polling.stop());
  const start = (of: LeftSubscription | undefined, more: object = {}) =>
    startSubscription({ ...settings, polling, ...more }, publisher, of, ending.signal);
  return { time, told, lost, session, publisher, polling, start, ending, alive: () => alive };
}

describe("a subscription that an earlier connection left", () => {
  it("brings what was sent and not received, in order and as no proof of life, then what was queued, then the rest read", async () => {
    const { start, told, session, time, alive, publisher } = bench(
      new Map([
        [5, 50],
        [6, 60],
      ]),
    );
    expect(await start(left)).toBeUndefined();
    expect(told).toEqual([
      [0, 50, true],
      [0, 60, true],
    ]);
    session.answer(answer(response(7, [changes(70, 1)], true)));
    await time.advance(0);
    expect([told.at(-1), alive()]).toEqual([[1, 70, true], 0]);
    session.answer(answer(response(8, [changes(80, 1)])));
    await expect.poll(() => told.length).toBe(5);
    expect(told.slice(3)).toEqual([
      [1, 80, false],
      [2, 99, false],
    ]);
    expect(alive()).toBe(1);
    expect(publisher.subscriptions[0]?.facts).toMatchObject({ gaps: 0, republished: 2, items: 3 });
    expect(session.of(CreateSubscriptionRequest)).toEqual([]);
    const acknowledged = session.of(PublishRequest).flatMap((one) => one.subscriptionAcknowledgements ?? []);
    expect(acknowledged.map(({ sequenceNumber }) => sequenceNumber)).toEqual([5, 6, 7, 8]);
    expect(session.of(ReadRequest)).toHaveLength(1);
  });

  it("tells a message once that was asked for again and also comes by itself", async () => {
    const { start, told, session, time } = bench(new Map([[5, 50]]));
    await start(left);
    session.answer(answer(response(5, [changes(50, 0)])));
    await time.advance(0);
    expect(told.filter(([handle]) => handle === 0)).toEqual([[0, 50, true]]);
  });

  it("is heard also where its message comes before it is taken up", async () => {
    const { start, told, session, publisher, time } = bench(new Map(), [7, 9]);
    await start({ ...left, id: 9, lastSequence: undefined });
    session.answer(answer(response(5, [changes(50, 0)])));
    await time.advance(0);
    expect(told).toEqual([]);
    await start(left);
    expect(told).toEqual([[0, 50, false]]);
    expect(publisher.subscriptions).toHaveLength(2);
  });

  it.each<[string, ReadonlyMap<number, number> | "gone", LeftSubscription, number]>([
    ["the server does not have it any more", "gone", left, 1],
    ["it has other points", new Map(), { ...left, points: points.slice(1) }, 0],
    ["it was not whole", new Map(), { ...left, points: [] }, 0],
  ])("is deleted and made anew where %s", async (_what, kept, of, asked) => {
    const { start, session, publisher, lost } = bench(kept);
    expect(await start(of)).toBeUndefined();
    expect(session.of(RepublishRequest)).toHaveLength(asked);
    expect(session.of(DeleteSubscriptionsRequest)[0]?.subscriptionIds).toEqual([7]);
    expect(publisher.subscriptions.map(({ id }) => id)).toEqual([8]);
    expect(lost).toEqual([]);
  });

  it("is left once more while it is silent, then made anew; one that is heard is left again and again", async () => {
    for (const [tries, isHeard, whole] of [
      [0, false, true],
      [1, false, false],
      [1, true, true],
    ] as const) {
      const { start, session, publisher, time, ending } = bench(new Map());
      await start({ ...left, tries });
      if (isHeard) session.answer(answer(response(5, [])));
      await time.advance(0);
      const again = publisher.subscriptions[0]?.left;
      expect(again?.points).toEqual(whole ? points : []);
      expect(again?.tries).toBe(isHeard ? 0 : tries + 1);
      ending.abort();
      expect(time.pending).toBe(0);
    }
  });
});

describe("a server that has no subscription for us", () => {
  it("is read until it has one, then heard and read no more", async () => {
    let isRefused = true;
    const { start, told, session, time, publisher, polling, lost, ending } = bench("gone", [], () => isRefused);
    expect(await start(undefined)).toBeUndefined();
    await time.advance(0);
    expect(told).toEqual([0, 1, 2].map((handle) => [handle, 99, false]));
    expect(polling.facts).toMatchObject({
      points: 3,
      everyMs: 100,
      why: expect.stringContaining("no subscription free"),
    });
    await time.advance(60_000);
    expect([session.of(CreateSubscriptionRequest).length, publisher.subscriptions.length]).toEqual([2, 0]);
    isRefused = false;
    await time.advance(60_000);
    expect(polling.facts).toBeUndefined();
    expect(publisher.subscriptions[0]?.facts).toMatchObject({ items: 3, failed: 0 });
    const reads = session.of(ReadRequest).length;
    await time.advance(1_000);
    expect(session.of(ReadRequest)).toHaveLength(reads);
    expect(lost).toEqual([]);
    ending.abort();
    expect(time.pending).toBe(0);
  });
});
