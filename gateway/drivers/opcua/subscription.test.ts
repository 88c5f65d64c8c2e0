import { getStatusCodeFromCode } from "node-opcua-status-code";
import { describe, expect, it } from "vitest";
import type { Point, Reading } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import { Status } from "../../core/status.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { refusalWords } from "./items.ts";
import { opcua } from "./manifest.ts";
import {
  CreateMonitoredItemsRequest,
  CreateSubscriptionRequest,
  DataChangeNotification,
  DataValue,
  PublishRequest,
  type PublishResponse,
  type Request,
  StatusChangeNotification,
  Variant,
  WireType,
} from "./node-opcua.ts";
import { Publisher } from "./publisher.ts";
import { Subscription } from "./subscription.ts";
import { answer, refusal, ScriptedSession } from "./testing/scripted-session.ts";
import type { Reply } from "./wire.ts";

const good = { statusCode: { value: 0, name: "Good" } };
const unknown = { statusCode: { value: Status.Bad_NodeIdUnknown, name: "BadNodeIdUnknown" } };
const point = (handle: number): Point => ({ handle, address: `ns=1;s=T${handle}`, type: "double", writable: false });

interface Options {
  readonly points?: number;
  readonly items?: (request: CreateMonitoredItemsRequest) => Reply<unknown>;
  readonly keepAlive?: string;
  readonly address?: (handle: number) => unknown;
}

function bench({ points = 3, items, keepAlive = "1s", address }: Options = {}) {
  const time = new ManualTime();
  const told: (readonly [number, Reading])[] = [];
  const lost: string[] = [];
  const polled = new Map<number, string>();
  const confirmed: (readonly number[] | undefined)[] = [];
  let alive = 0;
  const server = (request: Request): Reply<unknown> | undefined => {
    if (request instanceof CreateSubscriptionRequest) {
      const { requestedPublishingInterval, requestedMaxKeepAliveCount } = request;
      return answer({
        subscriptionId: 77,
        revisedPublishingInterval: requestedPublishingInterval,
        revisedMaxKeepAliveCount: requestedMaxKeepAliveCount,
      });
    }
    if (request instanceof CreateMonitoredItemsRequest) {
      return items?.(request) ?? answer({ results: request.itemsToCreate?.map(() => good) });
    }
    return undefined;
  };
  const session = new ScriptedSession(server);
  const subscription = new Subscription({
    device: "plc",
    intervalMs: 100,
    settings: opcua.settings.parse({ endpoint: "opc.tcp://plc", keepAlive }),
    points: Array.from({ length: points }, (_, n) => ({ ...point(n), ...(address ? { address: address(n) } : {}) })),
    sink: {
      readings: (_device, handles, readings) =>
        handles.forEach((handle, i) => void told.push([handle, readings[i] as Reading])),
      alive: (_device, handles) => {
        alive++;
        confirmed.push(handles);
      },
    },
    polling: {
      add: (added, why) => added.forEach(({ handle }) => void polled.set(handle, why)),
      remove: (removed) => removed.forEach(({ handle }) => void polled.delete(handle)),
      has: ({ handle }) => polled.has(handle),
    },
    session,
    facts: { nodesPerRead: 1000, pathsPerTranslate: 1000, itemsPerCall: 1000, namespaces: [] },
    structures: { learn: async () => undefined, leaf: (variant) => variant },
    clock: time,
    timers: time,
    log: silentLog,
    onLost: (why) => void lost.push(why),
  });
  return { time, told, lost, session, subscription, polled, confirmed, alive: () => alive };
}

function notification(sequenceNumber: number, parts: readonly unknown[] = [], subscriptionId = 77): PublishResponse {
  return {
    subscriptionId,
    notificationMessage: { sequenceNumber, notificationData: parts },
  } as unknown as PublishResponse;
}
const changes = (...handles: number[]) =>
  new DataChangeNotification({
    monitoredItems: handles.map((clientHandle) => ({
      clientHandle,
      value: { value: { dataType: "Double", value: clientHandle + 0.5 } },
    })),
  });

describe("a subscription", () => {
  it("asks for its keep-alive in publishing intervals", async () => {
    const { session, subscription } = bench({ keepAlive: "2s" });
    expect(await subscription.create()).toBeUndefined();
    expect(session.of(CreateSubscriptionRequest)[0]).toMatchObject({
      requestedPublishingInterval: 100,
      requestedMaxKeepAliveCount: 20,
    });
    expect(subscription.keepAliveMs).toBe(2000);
  });

  it("makes items in groups of at most a thousand", async () => {
    const { session, subscription } = bench({ points: 2500 });
    await subscription.create();
    await subscription.addItems();
    expect(session.of(CreateMonitoredItemsRequest).map(({ itemsToCreate }) => itemsToCreate?.length)).toEqual([
      1000, 1000, 500,
    ]);
  });

  it("halves a group that the server finds too large", async () => {
    const { session, subscription, told } = bench({
      points: 4,
      items: ({ itemsToCreate }) =>
        (itemsToCreate?.length ?? 0) > 1 ? refusal("BadTooManyOperations", 0x80100000) : answer({ results: [good] }),
    });
    await subscription.create();
    await subscription.addItems();
    expect(session.of(CreateMonitoredItemsRequest).map(({ itemsToCreate }) => itemsToCreate?.length)).toEqual([
      4, 2, 1, 1, 2, 1, 1,
    ]);
    expect(told).toEqual([]);
  });

  it.each([
    ["no more items", 0x80db0000, {}, "monitors no more nodes (BadTooManyMonitoredItems)"],
    ["no such service", 0x800b0000, {}, "does not have this service (BadServiceUnsupported)"],
    ["no dead bands", Status.Bad_FilterNotAllowed, { absolute: 2 }, "an absolute dead band: BadFilterNotAllowed"],
    ["no range for a dead band", Status.Bad_FilterNotAllowed, { percent: 2 }, undefined],
    ["no such node", Status.Bad_NodeIdUnknown, {}, undefined],
    ["no right to it", Status.Bad_UserAccessDenied, {}, undefined],
  ])("has a node that is refused for %s read instead, where reading would not meet the same", async (...row) => {
    const [, refusedWith, deadband, why] = row;
    let isRefused = true;
    const refused = { statusCode: { value: refusedWith, name: "Bad" } };
    const address = (n: number) => ({
      nodeId: `ns=1;s=T${n}`,
      ...("absolute" in deadband || "percent" in deadband ? { deadband } : {}),
    });
    const { subscription, told, polled, confirmed, time } = bench({
      address,
      items: ({ itemsToCreate = [] }) =>
        answer({
          results: itemsToCreate?.map((item) =>
            item.requestedParameters.clientHandle === 1 && isRefused ? refused : good,
          ),
        }),
    });
    await subscription.create();
    await subscription.addItems();
    expect(told).toEqual(why === undefined ? [[1, { value: null, status: refusedWith }]] : []);
    expect([...polled]).toEqual(why === undefined ? [] : [[1, expect.stringContaining(why)]]);
    expect(subscription.facts).toMatchObject({ items: 2, failed: why === undefined ? 1 : 0 });
    subscription.take(notification(1));
    expect(confirmed).toEqual([why === undefined ? undefined : [0, 2]]);
    isRefused = false;
    const keepAlive = time.every(500, () => subscription.take(notification(1)));
    await time.advance(30_000);
    keepAlive();
    expect([polled.size, subscription.facts.items]).toEqual([0, 3]);
    subscription.stop();
    expect(time.pending).toBe(0);
  });

  it("tells a refused node as Bad and asks for it again until it is there", async () => {
    let isThere = false;
    const { subscription, told, time, session } = bench({
      items: ({ itemsToCreate }) =>
        answer({
          results: itemsToCreate?.map((item) =>
            item.requestedParameters.clientHandle === 1 && !isThere ? unknown : good,
          ),
        }),
    });
    await subscription.create();
    await subscription.addItems();
    expect(told).toEqual([[1, { value: null, status: Status.Bad_NodeIdUnknown }]]);
    expect(subscription.facts).toMatchObject({ items: 2, failed: 1 });
    isThere = true;
    const keepAlive = time.every(500, () => subscription.take(notification(1)));
    await time.advance(61_000);
    keepAlive();
    expect(subscription.facts).toMatchObject({ items: 3, failed: 0 });
    expect(session.of(CreateMonitoredItemsRequest)).toHaveLength(2);
    subscription.stop();
    expect(time.pending).toBe(0);
  });

  it("counts every publish response as a sign of life, with values or without", async () => {
    const { subscription, told, alive } = bench();
    await subscription.create();
    subscription.take(notification(1, [changes(0, 2, 99)]));
    expect(told.map(([handle, { value }]) => [handle, value])).toEqual([
      [0, 0.5],
      [2, 2.5],
    ]);
    subscription.take(notification(2));
    expect(alive()).toBe(2);
    expect(subscription.facts).toMatchObject({ notifications: 2, gaps: 0 });
    subscription.take(notification(3, [changes(0)]));
    expect(subscription.facts).toMatchObject({ gaps: 1 });
  });

  it("shows a hole where the server had to drop values, from right after the last one that came", async () => {
    const { subscription, told } = bench();
    await subscription.create();
    const at = (second: number, value: number, status = 0) =>
      new DataChangeNotification({
        monitoredItems: [
          {
            clientHandle: 1,
            value: new DataValue({
              value: new Variant({ dataType: WireType.Double, value }),
              statusCode: getStatusCodeFromCode(status),
              sourceTimestamp: new Date(second * 1000),
            }),
          },
        ],
      });
    subscription.take(notification(1, [at(0.5, 1, 0x480), at(1, 2)]));
    subscription.take(notification(2, [at(5, 3, 0x480), at(6, 4)]));
    expect(told.map(([, reading]) => [reading.value, reading.status, reading.sourceTime])).toEqual([
      [1, 0x480, 500],
      [2, 0, 1000],
      [null, Status.Bad_DataLost, 1001],
      [3, 0x480, 5000],
      [4, 0, 6000],
    ]);
    expect(subscription.facts).toMatchObject({ overflows: 2, notifications: 4 });
  });

  it.each([
    [{ percent: 5 }, Status.Bad_DeadbandFilterInvalid, /refuses a dead band in percent: it needs an EURange/],
    [{ absolute: 5 }, Status.Bad_FilterNotAllowed, /refuses an absolute dead band/],
    [{ percent: 5 }, Status.Bad_NodeIdUnknown, /^i=1: Bad_NodeIdUnknown$/],
    [undefined, Status.Bad_FilterNotAllowed, /^i=1: Bad_FilterNotAllowed$/],
  ])("says in words why a node is not monitored (row %#)", (deadband, status, words) => {
    const address = opcua.address.parse({ nodeId: "i=1", ...(deadband ? { deadband } : {}) });
    expect(refusalWords({ ...point(1), address }, { value: null, status })).toMatch(words);
  });

  it.each<[object, object]>([
    [{}, { samplingInterval: 50, queueSize: 10, discardOldest: true, filter: null }],
    [
      { sampling: "20ms", queue: 3, discard: "newest", deadband: { absolute: 0.5 } },
      { samplingInterval: 20, queueSize: 3, discardOldest: false, filter: { deadbandType: 1, deadbandValue: 0.5 } },
    ],
    [{ deadband: { percent: 2 } }, { filter: { deadbandType: 2, deadbandValue: 2 } }],
  ])("asks for what the tag wishes (row %#)", async (wish, asked) => {
    const { subscription, session } = bench();
    await subscription.create();
    await subscription.addItems([{ ...point(1), address: opcua.address.parse({ nodeId: "i=1", ...wish }) }]);
    const [request] = session.of(CreateMonitoredItemsRequest);
    expect(request?.itemsToCreate?.[0]?.requestedParameters).toMatchObject(asked);
  });

  it.each([
    [1.9, 0],
    [2.4, 1],
  ])("after %s s without a sign of life is lost %s times", async (seconds, times) => {
    const { subscription, time, lost } = bench();
    await subscription.create();
    await time.advance(seconds * 1000);
    expect(lost.filter((why) => why.includes("quiet")).length > 0 ? 1 : 0).toBe(times);
  });

  it("is lost when the server ends it, and tells nothing after it was stopped", async () => {
    const { subscription, lost, told, alive } = bench();
    await subscription.create();
    subscription.take(notification(1, [new StatusChangeNotification({})]));
    expect(lost).toEqual([expect.stringContaining("the server ended the subscription")]);
    subscription.stop();
    subscription.take(notification(2, [changes(0)]));
    subscription.confirm();
    expect([told, alive()]).toEqual([[], 0]);
  });
});

describe("the publisher", () => {
  it("keeps one request more than subscriptions at the server, and acknowledges what came", async () => {
    const { subscription, session, time } = bench();
    await subscription.create();
    const publisher = new Publisher(session, () => undefined);
    publisher.add(subscription);
    expect(session.waiting).toBe(2);
    session.answer(answer(notification(1, [changes(0)])));
    await time.advance(0);
    session.answer(answer(notification(2)));
    await time.advance(0);
    expect(session.waiting).toBe(2);
    expect(
      session
        .of(PublishRequest)
        .map(({ subscriptionAcknowledgements: acks }) => acks?.map(({ sequenceNumber }) => sequenceNumber)),
    ).toEqual([[], [], [1], []]);
    publisher.stop();
    session.answer(answer(notification(2, [changes(0)])));
    await time.advance(0);
    expect(session.waiting).toBe(1);
  });

  it("makes do with fewer where the server takes no more, and gives up where the session is gone", async () => {
    const { subscription, session, time } = bench();
    await subscription.create();
    const lost: string[] = [];
    const publisher = new Publisher(session, (why) => lost.push(why));
    publisher.add(subscription);
    session.answer(refusal("BadTooManyPublishRequests", 0x80780000));
    await time.advance(0);
    expect(session.waiting).toBe(1);
    session.answer(answer(notification(1)));
    await time.advance(0);
    expect(session.waiting).toBe(1);
    session.answer(refusal("BadSessionIdInvalid", 0x80250000));
    await time.advance(0);
    expect(lost).toEqual(["BadSessionIdInvalid"]);
  });
});
