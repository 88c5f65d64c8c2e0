import { DataType } from "node-opcua";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type { Timers } from "../../gateway/core/clock.ts";
import type { Channel, Point, Reading } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { Status } from "../../gateway/core/status.ts";
import { opcua } from "../../gateway/drivers/opcua/manifest.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { CountedTimers } from "./counted-timers.ts";
import { startTypedServer, type TypedServer } from "./opcua-typed-server.ts";

const wait = { timeout: 20_000, interval: 20 };
/** As the driver tries again for a subscription, and for single items. */
const retries = [60_000, 30_000];

/** Real timers, but for what waits longer than a test may: that runs when it is told to. */
class HastenedTimers implements Timers {
  readonly #real = new CountedTimers();
  readonly #waiting = new Set<() => unknown>();

  get pending(): number {
    return this.#real.pending + this.#waiting.size;
  }

  after(ms: number, run: () => unknown): () => void {
    return this.#real.after(ms, run);
  }

  every(ms: number, run: () => unknown): () => void {
    if (!retries.includes(ms)) return this.#real.every(ms, run);
    this.#waiting.add(run);
    return () => void this.#waiting.delete(run);
  }

  runOut(): void {
    for (const run of this.#waiting) run();
  }
}

interface Bench {
  readonly channel: Channel;
  readonly timers: HastenedTimers;
  readonly told: Map<number, Reading[]>;
  readonly lost: string[];
  /** How often each was confirmed to be as it was; -1: all that the device has. */
  readonly confirmed: Map<number, number>;
  values(handle: number): readonly Reading["value"][];
}

const names = ["Level", "Float", "UInt16", "UInt32", "SByte", "Byte", "Nothing"] as const;
const points: readonly Point[] = names.map((name, handle) => ({
  ...{ handle, address: opcua.address.parse(`ns=1;s=${name}`), type: "double", writable: false },
}));

let server: TypedServer;
beforeAll(async () => {
  server = await startTypedServer();
}, 60_000);
afterAll(() => server?.[Symbol.asyncDispose]());

async function listen(wanted: readonly Point[], intervalMs = 100): Promise<Bench> {
  const endpoint = `opc.tcp://127.0.0.1:${server.port}`;
  const settings = opcua.settings.parse({ endpoint, security: { mode: "None" } });
  const timers = new HastenedTimers();
  const lost: string[] = [];
  const told = new Map<number, Reading[]>();
  const confirmed = new Map<number, number>();
  const context = {
    ...{ folder: "", log: silentLog, clock: systemClock, timers },
    lost: (error: Error) => void lost.push(error.message),
  };
  const channel = (await opcua.load()).createChannel([{ id: "plc", settings, intervalMs }], context);
  onTestFinished(async () => {
    await channel.close();
    expect(timers.pending).toBe(0);
    server.allow({});
  });
  await channel.connect(AbortSignal.timeout(20_000));
  const sink = {
    readings: (_: string, handles: readonly number[], readings: readonly Reading[]) =>
      handles.forEach((handle, i) => void told.set(handle, [...(told.get(handle) ?? []), readings[i] as Reading])),
    alive: (_: string, handles: readonly number[] = [-1]) =>
      handles.forEach((handle) => void confirmed.set(handle, (confirmed.get(handle) ?? 0) + 1)),
  };
  await channel.subscribe?.("plc", wanted, sink, new AbortController().signal);
  const values = (handle: number) => told.get(handle)?.map(({ value }) => value) ?? [];
  return { channel, timers, told, lost, confirmed, values };
}

describe("an OPC UA server that does not tell by itself", () => {
  it("has no subscription: it is read within its limits, with quality and its time, until it has one", async () => {
    server.allow({ subscriptions: 0 });
    server.set("Level", DataType.Double, 1);
    const { channel, told, timers, values, confirmed, lost } = await listen(points);
    await expect.poll(() => told.size, wait).toBe(names.length);
    expect(channel.statistics()).toMatchObject({
      plan: { count: 0 },
      polling: {
        ...{ points: names.length, everyMs: 100 },
        why: "the server refuses a subscription: the server has no subscription free (BadTooManySubscriptions)",
      },
    });
    expect(told.get(6)).toMatchObject([{ value: null, status: Status.Bad_NodeIdUnknown }]);
    server.set("Level", DataType.Double, 2);
    await expect.poll(() => values(0), wait).toEqual([1, 2]);
    const [first, second] = told.get(0) ?? [];
    expect((second?.sourceTime ?? 0) - (first?.sourceTime ?? 0)).toBeGreaterThan(0);
    const before = confirmed.get(0) ?? 0;
    await expect.poll(() => confirmed.get(0), wait).toBeGreaterThan(before + 2);
    expect(values(0)).toEqual([1, 2]);
    // One refusal, and no read that the server found too large.
    expect(channel.statistics().failures).toBe(1);
    timers.runOut();
    await expect.poll(() => channel.statistics().failures, wait).toBe(2);
    expect(channel.statistics().polling?.points).toBe(names.length);
    server.allow({});
    timers.runOut();
    await expect.poll(() => channel.statistics().polling, wait).toBeUndefined();
    expect(channel.statistics()).toMatchObject({ plan: { count: names.length - 1 }, detail: { failedItems: 1 } });
    server.set("Level", DataType.Double, 3);
    await expect.poll(() => values(0).at(-1), wait).toBe(3);
    expect(lost).toEqual([]);
  });

  it("monitors two nodes only: the others are read, and taken over when it monitors them", async () => {
    server.allow({ items: 2 });
    server.set("Byte", DataType.Byte, 1);
    const { channel, timers, values, lost } = await listen(points.slice(0, 6));
    await expect.poll(() => values(5), wait).toEqual([1]);
    const why = "the server refuses a monitored item: the server monitors no more nodes (BadTooManyMonitoredItems)";
    expect(channel.statistics()).toMatchObject({
      ...{ plan: { count: 2 }, polling: { points: 4, everyMs: 100, why }, detail: { failedItems: 0 } },
    });
    server.set("Byte", DataType.Byte, 2);
    await expect.poll(() => values(5), wait).toEqual([1, 2]);
    server.allow({});
    timers.runOut();
    await expect.poll(() => channel.statistics().plan?.count, wait).toBe(6);
    expect(channel.statistics().polling).toBeUndefined();
    server.set("Byte", DataType.Byte, 3);
    await expect.poll(() => values(5).at(-1), wait).toBe(3);
    expect(lost).toEqual([]);
  });
});

describe("an OPC UA server whose queue is too short", () => {
  it("says so, and what held in between is a hole that begins right after the value before", async () => {
    const address = opcua.address.parse({ nodeId: "ns=1;s=Level", sampling: "0ms", queue: 2 });
    server.set("Level", DataType.Double, 0);
    const { channel, told, values } = await listen([{ handle: 0, address, type: "double", writable: false }], 400);
    await expect.poll(() => values(0), wait).toEqual([0]);
    for (const value of [1, 2, 3, 4, 5]) server.set("Level", DataType.Double, value);
    await expect.poll(() => values(0).at(-1), wait).toBe(5);
    const [before, hole, first, last] = told.get(0) ?? [];
    expect([before, hole, first, last].map((each) => each?.value)).toEqual([0, null, 4, 5]);
    expect(hole).toEqual({ value: null, status: Status.Bad_DataLost, sourceTime: (before?.sourceTime ?? 0) + 1 });
    // Info type DataValue with its bit Overflow (Part 4 §7.39.1); the value itself is good.
    expect([first?.status, last?.status]).toEqual([0x0480, 0]);
    expect(channel.statistics().detail?.["overflows"]).toBe(1);
  });
});
