import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Channel, Point, Reading, WriteLane, WriteResult } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { isBad, isGood, Status } from "../../gateway/core/status.ts";
import type { Value } from "../../gateway/core/value.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { describeCalling } from "./calling.ts";
import { CountedTimers } from "./counted-timers.ts";
import type { DriverPeer, DriverRig } from "./driver-rig.ts";

/** Shares of a second that a loaded test machine may add to any wait. */
const slackMs = 1_500;

export interface Bench extends AsyncDisposable {
  readonly channel: Channel;
  readonly peer: DriverPeer;
  readonly timers: CountedTimers;
  readonly lost: Error[];
  /** What the subscription brought, in its order. */
  readonly heard: { readonly handle: number; readonly reading: Reading }[];
  /** How often the channel said that it lives. */
  alive(): number;
  /** The last that was heard of these points. */
  last(points: readonly Point[]): readonly (Reading | undefined)[];
  /** What the device holds now: read where the driver can, else told by the device and heard. */
  look(points?: readonly Point[]): Promise<readonly Reading[]>;
  read(points?: readonly Point[], lane?: "poll" | "verify"): Promise<readonly Reading[]>;
  write(value: Value, more?: { point?: Point; notAfterMs?: number; lane?: WriteLane }): Promise<WriteResult>;
}

const inAMinute = () => systemClock.monotonicMs() + 60_000;

async function openBench(rig: DriverRig, peer: DriverPeer, more: readonly Point[] = []): Promise<Bench> {
  const driver = await rig.load();
  const timers = new CountedTimers();
  const lost: Error[] = [];
  const context = { folder: "", log: silentLog, clock: systemClock, timers, lost: (error: Error) => lost.push(error) };
  const channel = driver.createChannel([peer.device], context);
  await channel.connect(AbortSignal.timeout(5_000));
  const device = peer.device.id;
  const heard: { handle: number; reading: Reading }[] = [];
  let alive = 0;
  const sink = {
    readings(_device: string, handles: readonly number[], readings: readonly Reading[]): void {
      handles.forEach((handle, i) => void heard.push({ handle, reading: readings[i] as Reading }));
    },
    alive: () => void alive++,
  };
  const known = peer.points.map(({ point }) => point);
  // As acquisition does: a driver that can subscribe is told its points right after connecting.
  const points = [...new Set([...known, peer.writable.point, peer.stop.point, ...more])];
  await channel.subscribe?.(device, points, sink, new AbortController().signal);
  const last = (asked: readonly Point[]) =>
    asked.map(({ handle }) => heard.findLast((each) => each.handle === handle)?.reading);
  const read = (asked: readonly Point[] = known, lane: "poll" | "verify" = "poll") =>
    channel.read?.(device, asked, new AbortController().signal, lane) ?? Promise.reject(new Error("cannot read"));
  async function listen(asked: readonly Point[]): Promise<readonly Reading[]> {
    heard.length = 0;
    peer.announce?.();
    await expect.poll(() => last(asked).every(Boolean), { timeout: slackMs, interval: 5 }).toBe(true);
    return last(asked) as readonly Reading[];
  }
  return {
    ...{ channel, peer, timers, lost, heard, last, read },
    alive: () => alive,
    look: (asked = known) => (channel.read ? read(asked, "verify") : listen(asked)),
    write: (value, { point = peer.writable.point, notAfterMs = inAMinute(), lane = "normal" } = {}) =>
      channel.write?.({ device, point, value, notAfterMs, lane }) ?? Promise.reject(new Error("cannot write")),
    [Symbol.asyncDispose]: () => channel.close(),
  };
}

export type Open = (more?: (peer: DriverPeer) => readonly Point[]) => Promise<Bench>;

/** What every driver must do of what it says it can, against a peer that is not its own. */
export function describeDriver(rig: DriverRig): void {
  const withBench: Open = async (more = () => []) => {
    const peer = await rig.start();
    onTestFinished(() => peer[Symbol.asyncDispose]());
    const bench = await openBench(rig, peer, more(peer));
    onTestFinished(() => bench.channel.close());
    return bench;
  };
  const { capabilities } = rig;
  describeCapabilities(rig, withBench);
  if (capabilities.read) describeReading(rig, withBench);
  if (capabilities.subscribe) describeListening(rig, withBench);
  if (capabilities.write) describeWriting(rig, withBench);
  if (capabilities.call) describeCalling(rig, withBench);
  describeConnection(rig, withBench);
  if (rig.endThread) describeThread(rig, rig.endThread, withBench);
}

function describeThread(rig: DriverRig, endThread: () => void, withBench: Open): void {
  it(`${rig.driver}: leaves a write open whose thread ends under it, sent once, and is there again`, async () => {
    const { peer, write, lost } = await withBench();
    await peer.faults.delay(60_000);
    const writing = write(peer.writable.values[0]);
    await expect.poll(() => peer.received(), { timeout: 20_000, interval: 2 }).toEqual(["writable"]);
    endThread();
    expect(await writing).toMatchObject({ outcome: "unknown" });
    expect(lost.at(-1)).toMatchObject({ code: "device/connection-lost" });
    expect(await write(peer.writable.values[1])).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
    await peer.faults.clear();
    await using again = await openBench(rig, peer);
    expect((await again.look()).every(({ status }) => isGood(status))).toBe(true);
    expect(peer.received()).toEqual(["writable"]);
  });
}

function describeCapabilities(rig: DriverRig, withBench: Open): void {
  it(`${rig.driver}: can do what its manifest says, and nothing else`, async () => {
    const { channel, peer } = await withBench();
    const { read, subscribe, write, call, browse, locks } = channel;
    const can = { read, subscribe, write, call, browse, lock: locks };
    const present = Object.fromEntries(Object.entries(can).map(([name, part]) => [name, part !== undefined]));
    expect(present).toEqual(rig.capabilities);
    expect(peer.method !== undefined).toBe(rig.capabilities.call);
  });
}

function describeReading(rig: DriverRig, withBench: Open): void {
  describe(`${rig.driver}: reading`, () => {
    it("reads every kind of point, in the order asked", async () => {
      const { peer, read } = await withBench();
      const asked = [...peer.points].reverse();
      const readings = await read(asked.map(({ point }) => point));
      expect(readings.map(({ value }) => value)).toEqual(asked.map(({ value }) => value));
      expect(readings.every(({ status }) => status === Status.Good)).toBe(true);
    });

    it("keeps the fault of one point to that point", async () => {
      const { peer, read } = await withBench();
      const good = peer.points.map(({ point }) => point);
      const readings = await read([...good, peer.broken.point]);
      expect(readings.at(-1)).toMatchObject({ value: null, status: peer.broken.status });
      expect(readings.slice(0, -1).every(({ status }) => isGood(status))).toBe(true);
    });

    it("marks all points Bad_Timeout within the time-out when the device is silent, and Good when it is back", async () => {
      const { peer, read } = await withBench();
      await peer.faults.silence();
      const before = systemClock.monotonicMs();
      const readings = await read();
      expect(systemClock.monotonicMs() - before).toBeLessThan(peer.timeoutMs + slackMs);
      expect(readings.every(({ value, status }) => value === null && status === Status.Bad_Timeout)).toBe(true);
      await peer.faults.clear();
      expect((await read()).every(({ status }) => isGood(status))).toBe(true);
    });

    it("does not believe the late answer to an earlier request", async () => {
      const { peer, read } = await withBench();
      await peer.faults.answerLate?.();
      const [first] = await read([peer.writable.point]);
      expect(first?.status).toBe(Status.Bad_Timeout);
      const value = peer.change();
      let again = await read([peer.writable.point]);
      // Of two answers that carry no number neither counts; the one after them does.
      if (isBad(again[0]?.status ?? Status.Good)) again = await read([peer.writable.point]);
      expect(again).toMatchObject([{ value, status: Status.Good }]);
    });

    it("gives no value for an answer that is none, and survives it", async () => {
      const { peer, read } = await withBench();
      await peer.faults.garbage();
      const outcome = await read().catch((error: unknown) => error);
      if (Array.isArray(outcome)) expect(outcome.every((reading: Reading) => isBad(reading.status))).toBe(true);
      else expect(outcome).toMatchObject({ code: "device/connection-lost" });
    });

    it("serves reads that overlap", async () => {
      const { peer, read } = await withBench();
      const wanted = peer.points.map(({ value }) => value);
      const all = await Promise.all(Array.from({ length: 20 }, (_, n) => read(undefined, n % 2 ? "verify" : "poll")));
      for (const readings of all) expect(readings.map(({ value }) => value)).toEqual(wanted);
    });

    it("gives up a read when told to, and reads again afterwards", async () => {
      const { channel, peer, read } = await withBench();
      await peer.faults.delay(100);
      const giveUp = new AbortController();
      const points = peer.points.map(({ point }) => point);
      const reading = channel.read?.(peer.device.id, points, giveUp.signal, "poll");
      giveUp.abort(new Error("nobody waits"));
      await expect(reading).rejects.toThrow("nobody waits");
      await peer.faults.clear();
      expect((await read()).every(({ status }) => isGood(status))).toBe(true);
    });
  });
}

function describeListening(rig: DriverRig, withBench: Open): void {
  describe(`${rig.driver}: listening`, () => {
    it("brings values of every kind", async () => {
      const { peer, last } = await withBench();
      peer.announce?.();
      const points = peer.points.map(({ point }) => point);
      const wanted = peer.points.map(({ value }) => ({ value, status: Status.Good }));
      await expect.poll(() => last(points), { timeout: slackMs }).toMatchObject(wanted);
    });

    it("keeps the fault of one point to that point", async () => {
      const { peer, last } = await withBench(({ broken }) => [broken.point]);
      peer.announce?.();
      const points = [...peer.points.map(({ point }) => point), peer.broken.point];
      await expect.poll(() => last(points).every(Boolean), { timeout: slackMs }).toBe(true);
      expect(last(points).at(-1)).toMatchObject({ value: null, status: peer.broken.status });
      expect(
        last(points)
          .slice(0, -1)
          .every((reading) => isGood(reading?.status ?? Status.Bad_NoData)),
      ).toBe(true);
    });

    it("takes nothing for a sign of life while the device is silent, and hears it again afterwards", async () => {
      const { peer, heard, alive, last } = await withBench();
      peer.announce?.();
      await expect.poll(() => last([peer.writable.point])[0]?.status, { timeout: slackMs }).toBe(Status.Good);
      await peer.faults.silence();
      await sleep(100);
      const before = { heard: heard.length, alive: alive() };
      const value = peer.change();
      peer.announce?.();
      await sleep(500);
      expect({ heard: heard.length, alive: alive() }).toEqual(before);
      await peer.faults.clear();
      await expect.poll(() => last([peer.writable.point])[0]?.value, { timeout: slackMs }).toBe(value);
    });

    it("brings what comes late when it comes", async () => {
      const { peer, last } = await withBench();
      peer.announce?.();
      await expect.poll(() => last([peer.writable.point])[0]?.status, { timeout: slackMs }).toBe(Status.Good);
      await peer.faults.delay(300);
      const before = systemClock.monotonicMs();
      const value = peer.change();
      peer.announce?.();
      await expect.poll(() => last([peer.writable.point])[0]?.value, { timeout: slackMs, interval: 10 }).toBe(value);
      expect(systemClock.monotonicMs() - before).toBeGreaterThanOrEqual(290);
    });

    it("takes no value from rubbish on the wire, and is whole again with a new channel", async () => {
      const { peer, channel, heard, lost, last } = await withBench();
      peer.announce?.();
      await expect.poll(() => last([peer.writable.point])[0]?.status, { timeout: slackMs }).toBe(Status.Good);
      await peer.faults.garbage();
      heard.length = 0;
      peer.change();
      peer.announce?.();
      await expect.poll(() => lost.length, { timeout: slackMs }).toBe(1);
      expect(heard.every(({ reading }) => isBad(reading.status))).toBe(true);
      await channel.close();
      await channel.close();
      await peer.faults.clear();
      await using again = await openBench(rig, peer);
      expect((await again.look()).every(({ status }) => isGood(status))).toBe(true);
    });

    it("takes no value from messages that mean nothing, and goes on", async () => {
      const { peer, heard, lost, look } = await withBench();
      peer.faults.nonsense?.();
      await sleep(200);
      expect(heard.filter(({ reading }) => isGood(reading.status)).length).toBe(
        peer.faults.nonsense ? 0 : heard.length,
      );
      expect((await look()).every(({ status }) => isGood(status))).toBe(true);
      expect(lost).toEqual([]);
    });

    it("after a reconnect tells nothing of what was said meanwhile by a device that speaks for itself", async () => {
      const first = await withBench();
      await first.peer.faults.cut();
      await expect.poll(() => first.lost.length, { timeout: slackMs }).toBe(1);
      await first.channel.close();
      const value = first.peer.change();
      first.peer.announce?.();
      await first.peer.faults.clear();
      await using second = await openBench(rig, first.peer);
      await sleep(300);
      if (first.peer.announce) expect(second.heard).toEqual([]);
      expect(await second.look([first.peer.writable.point])).toMatchObject([{ value, status: Status.Good }]);
    });
  });
}

function describeWriting(rig: DriverRig, withBench: Open): void {
  describe(`${rig.driver}: writing`, () => {
    it("writes a value that reads back", async () => {
      const { peer, look, write } = await withBench();
      const [value] = peer.writable.values;
      expect(await write(value)).toMatchObject({ outcome: "written", sentAtMs: expect.any(Number) });
      expect(await look([peer.writable.point])).toMatchObject([{ value, status: Status.Good }]);
      expect(peer.received()).toEqual(["writable"]);
    });

    it("says rejected, with status and words, when the device says no; and does not try again", async () => {
      const { peer, write } = await withBench();
      const result = await write(peer.writable.refused);
      expect(result).toMatchObject({ outcome: "rejected", detail: expect.stringMatching(/./) });
      expect(result.outcome === "rejected" && isBad(result.status)).toBe(true);
      expect(peer.received()).toEqual(["writable"]);
    });

    it("sends nothing after its time", async () => {
      const { peer, write } = await withBench();
      const result = await write(peer.writable.values[0], { notAfterMs: systemClock.monotonicMs() - 1 });
      expect(result).toMatchObject({ outcome: "not-sent", reason: "expired" });
      expect(peer.received()).toEqual([]);
    });

    it("lets no write out whose time passed while it waited its turn", async () => {
      const { peer, write } = await withBench();
      await peer.faults.delay(150);
      const before = write(peer.writable.values[0]);
      const result = await write(peer.writable.values[1], { notAfterMs: systemClock.monotonicMs() + 20 });
      expect(result).toMatchObject({ outcome: "not-sent", reason: "expired" });
      await before;
      expect(peer.received()).toEqual(["writable"]);
    });

    it("says unknown when the answer is lost, and never sends it again", async () => {
      const { peer, write, look } = await withBench();
      await peer.faults.dropWriteAnswer();
      expect(await write(peer.writable.values[0])).toMatchObject({ outcome: "unknown" });
      await sleep(peer.timeoutMs * 2);
      expect(peer.received()).toEqual(["writable"]);
      await peer.faults.clear();
      expect((await look([peer.writable.point]))[0]?.value).toEqual(peer.writable.values[0]);
    });

    it("does not take the late answer to an earlier write for its own", async () => {
      const { peer, write } = await withBench();
      await peer.faults.delay(peer.timeoutMs * 1.25);
      expect(await write(peer.writable.values[0])).toMatchObject({ outcome: "unknown" });
      // The first answer comes while the second write waits for its own.
      await peer.faults.delay(peer.timeoutMs * 0.75);
      expect((await write(peer.writable.values[1])).outcome).toMatch(/^(written|unknown)$/);
      expect(peer.received()).toEqual(["writable", "writable"]);
    });

    it("says unknown when the connection is cut with the write under way, and not-sent for those that waited", async () => {
      const { channel, peer, write } = await withBench();
      await peer.faults.delay(60_000);
      const results = Promise.all([write(peer.writable.values[0]), write(peer.writable.values[1])]);
      await sleep(50);
      // A serial line is listened to before the first byte leaves.
      await expect.poll(() => channel.statistics().requests, { timeout: slackMs, interval: 2 }).toBeGreaterThan(0);
      await peer.faults.cut();
      expect((await results).map(({ outcome }) => outcome)).toEqual(["unknown", "not-sent"]);
      expect(peer.received().length).toBeLessThanOrEqual(1);
    });

    it("sends one write at a time, each once, in the order given", async () => {
      const { peer, look, write } = await withBench();
      const [a, b] = peer.writable.values;
      const values = Array.from({ length: 10 }, (_, n) => (n % 2 ? b : a));
      const results = await Promise.all(values.map((value) => write(value)));
      expect(results.every(({ outcome }) => outcome === "written")).toBe(true);
      expect(peer.received()).toEqual(values.map(() => "writable"));
      expect((await look([peer.writable.point]))[0]?.value).toEqual(values.at(-1));
    });

    it("lets a stop overtake every write and read that waits", async () => {
      const { channel, peer, read, write } = await withBench();
      await peer.faults.delay(60);
      const waiting = Array.from({ length: 8 }, (_, n) => write(peer.writable.values[n % 2 ? 1 : 0]));
      const reading = channel.read && read();
      const stop = await write(peer.stop.value, {
        point: peer.stop.point,
        lane: "stop",
        notAfterMs: Number.POSITIVE_INFINITY,
      });
      expect(stop).toMatchObject({ outcome: "written" });
      // At most the write that had left before.
      expect([0, 1]).toContain(peer.received().indexOf("stop"));
      await peer.faults.clear();
      await Promise.all([...waiting, reading]);
      expect(peer.received()).toHaveLength(9);
    });

    it("refuses what the point cannot hold, without a byte", async () => {
      const { peer, write } = await withBench();
      expect(await write(null)).toMatchObject({ outcome: "not-sent", reason: "not-supported" });
      expect(peer.received()).toEqual([]);
    });
  });
}

function describeConnection(rig: DriverRig, withBench: Open): void {
  describe(`${rig.driver}: connection`, () => {
    it("tells once when the connection is cut, and what waits ends", async () => {
      const { channel, peer, lost, read, write } = await withBench();
      await peer.faults.delay(60_000);
      const reading = channel.read && read().catch((error: unknown) => error);
      await sleep(50);
      await peer.faults.cut();
      if (channel.read) expect(await reading).toMatchObject({ code: "device/connection-lost" });
      await expect.poll(() => lost.length, { timeout: slackMs }).toBe(1);
      if (channel.read) await expect(read()).rejects.toMatchObject({ code: "device/connection-lost" });
      expect(await write(peer.writable.values[0])).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
      expect(lost).toHaveLength(1);
    });

    it("tells when the connection is cut while nothing is asked", async () => {
      const { peer, lost } = await withBench();
      await peer.faults.cut();
      await expect.poll(() => lost, { timeout: slackMs }).toMatchObject([{ code: "device/connection-lost" }]);
    });

    it("says that the device is not there, in words, when nobody listens", async () => {
      const peer = await rig.start();
      onTestFinished(() => peer[Symbol.asyncDispose]());
      await peer.faults.cut();
      await expect(openBench(rig, peer)).rejects.toMatchObject({ code: "device/connection-lost" });
    });

    it("finds the device again with a new channel, and writes nothing by itself", async () => {
      const first = await withBench();
      await first.peer.faults.cut();
      await expect.poll(() => first.lost.length, { timeout: slackMs }).toBe(1);
      await first.channel.close();
      await first.peer.faults.clear();
      await using second = await openBench(rig, first.peer);
      expect((await second.look()).every(({ status }) => isGood(status))).toBe(true);
      expect(first.peer.received()).toEqual([]);
    });

    it("gives up a peer that stays silent by itself, so that a new channel can find it", async () => {
      const { channel, peer, read, lost } = await withBench();
      await peer.faults.silence();
      for (let cycle = 0; cycle < 30 && lost.length === 0 && channel.read; cycle++) {
        const readings = await read();
        expect(readings.every(({ value, status }) => value === null && isBad(status))).toBe(true);
      }
      await expect.poll(() => lost.length, { timeout: 5_000 }).toBe(1);
      await channel.close();
      await peer.faults.clear();
      await using again = await openBench(rig, peer);
      expect((await again.look()).every(({ status }) => isGood(status))).toBe(true);
    });

    it("closes twice without harm, ends what is open, and leaves no timer", async () => {
      const { channel, peer, timers, lost, read, write } = await withBench();
      await peer.faults.delay(60_000);
      const reading = channel.read && read().catch((error: unknown) => error);
      const writing = write(peer.writable.values[0]);
      await channel.close();
      await channel.close();
      if (channel.read) expect(await reading).toMatchObject({ code: "device/connection-lost" });
      expect((await writing).outcome).toMatch(/unknown|not-sent/);
      expect(timers.pending).toBe(0);
      expect(lost).toEqual([]);
      if (channel.read) await expect(read()).rejects.toMatchObject({ code: "device/connection-lost" });
    });

    it("keeps handles and timers flat over 200 reconnects", async () => {
      const { channel, peer } = await withBench();
      await channel.close();
      const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith("TCP")).length;
      const cycle = async () => {
        const bench = await openBench(rig, peer);
        await bench.look([peer.writable.point]);
        await bench.channel.close();
        expect(bench.timers.pending).toBe(0);
      };
      await cycle();
      const before = sockets();
      for (let round = 0; round < 200; round++) await cycle();
      await expect.poll(sockets, { timeout: slackMs }).toBeLessThanOrEqual(before);
    });

    it("counts what it does", async () => {
      const { channel, peer, look, write } = await withBench();
      await write(peer.writable.values[0]);
      await look();
      // In a thread of its own it tells them when it is asked, and they are there for whoever asks next.
      await expect.poll(() => channel.statistics().bytesIn, { timeout: slackMs, interval: 5 }).toBeGreaterThan(0);
      const { requests, bytesIn, bytesOut, roundTripMs } = channel.statistics();
      expect(requests).toBeGreaterThan(0);
      expect(bytesIn).toBeGreaterThan(0);
      expect(bytesOut).toBeGreaterThan(0);
      expect(roundTripMs?.p99).toBeGreaterThanOrEqual(roundTripMs?.median ?? Number.NaN);
    });
  });
}
