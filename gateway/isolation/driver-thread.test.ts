import { describe, expect, it } from "vitest";
import { Status } from "../core/status.ts";
import { systemClock as clock } from "../kit/clock.ts";
import { faults } from "./testing/faulty-driver.ts";
import { point, startBench, write } from "./testing/thread-bench.ts";

const wait = { timeout: 25_000, interval: 5 };
const never = new AbortController().signal;

describe("a driver in a thread of its own", () => {
  it("reads, is told, writes, counts and logs as in the gateway's thread", async () => {
    const { open, wire, lines } = startBench();
    const channel = await open();
    const reading = { value: 7.5, status: Status.Good, sourceTime: 12 };
    for (const lane of ["poll", "verify", "stop"] as const)
      expect(await channel.read?.("device", [point], never, lane)).toEqual([reading]);
    const before = clock.monotonicMs();
    const result = await write(channel, 41);
    expect(result).toEqual({ outcome: "written", sentAtMs: expect.any(Number) });
    const sentAtMs = result.outcome === "written" ? result.sentAtMs : Number.NaN;
    expect(sentAtMs).toBeGreaterThan(before - 1);
    expect(sentAtMs).toBeLessThan(clock.monotonicMs() + 1);
    expect(wire.writes).toEqual([41]);
    await expect.poll(() => channel.statistics().requests, wait).toBe(1);
    expect(lines).toContainEqual({
      level: "info",
      fields: { password: "secret", nested: { token: "t" } },
      message: "connected to the wire",
    });
  });

  it("brings what a subscription tells, in its order, until its signal ends", async () => {
    const { open, wire } = startBench();
    const channel = await open();
    const ending = new AbortController();
    const values: unknown[] = [];
    let alive = 0;
    const sink = {
      readings: (_: string, handles: readonly number[], readings: readonly { value: unknown }[]) =>
        void values.push([handles[0], readings[0]?.value]),
      alive: () => void alive++,
    };
    await channel.subscribe?.("device", [point], sink, ending.signal);
    await expect.poll(() => values.length >= 5 && alive >= 5, wait).toBe(true);
    expect(values.slice(0, 5)).toEqual([0, 1, 2, 3, 4].map((value) => [7, value]));
    ending.abort();
    await expect.poll(() => wire.endings, wait).toBe(1);
  });

  it("keeps the codes of errors, and gives up a read that nobody waits for", async () => {
    const { open, wire } = startBench();
    const channel = await open();
    wire.refuses = true;
    await expect(open()).rejects.toMatchObject({ code: "device/untrusted", message: "nobody trusts it" });
    const giveUp = new AbortController();
    const reading = channel.read?.("device", [point], giveUp.signal, "poll");
    giveUp.abort(new Error("nobody waits"));
    await expect(reading).rejects.toThrow("nobody waits");
  });

  it("tells of a lost connection without ending anything else", async () => {
    const { open, lost, thread } = startBench();
    await write(await open(), faults.losesConnection);
    await expect.poll(() => lost.length, wait).toBe(1);
    expect(lost[0]).toMatchObject({ code: "device/connection-lost", message: "the wire broke" });
    expect(thread.facts).toEqual({ running: true, restarts: 0, lastEnd: undefined });
  });

  it("asks whether a write still holds right before it leaves, and sends nothing that was taken back meanwhile", async () => {
    const { open, wire } = startBench();
    const channel = await open();
    let isOver = false;
    const withdrawn = {
      get aborted() {
        return isOver;
      },
    };
    expect(await write(channel, 1, { withdrawn })).toMatchObject({ outcome: "written" });
    const waiting = write(channel, faults.waitsForGate, { withdrawn });
    await expect.poll(() => wire.isWaitedFor, wait).toBe(true);
    isOver = true;
    wire.open();
    expect(await waiting).toMatchObject({ outcome: "not-sent", reason: "withdrawn" });
    expect(wire.writes).toEqual([1]);
  });

  it("lets a stop request that comes while it asks go first", async () => {
    const { open, wire } = startBench();
    const channel = await open();
    let stop: Promise<unknown> | undefined;
    const withdrawn = {
      get aborted() {
        stop ??= write(channel, 1, { lane: "stop" });
        return false;
      },
    };
    expect(await write(channel, 41, { withdrawn })).toMatchObject({ outcome: "written" });
    expect(await stop).toMatchObject({ outcome: "written" });
    expect(wire.writes).toEqual([-1, 41]);
  });

  it("sends nothing while the gateway cannot say that it may, and says that nobody took it back", async () => {
    const { open, wire } = startBench();
    const channel = await open();
    const waiting = write(channel, faults.waitsForGate, { withdrawn: { aborted: false } });
    await expect.poll(() => wire.isWaitedFor, wait).toBe(true);
    wire.open();
    // This thread does nothing else, as one that is too busy, until the driver has given up asking.
    const idle = new Int32Array(new SharedArrayBuffer(4));
    while (wire.endings === 0) Atomics.wait(idle, 0, 0, 5);
    const detail = "the gateway was too busy to say that it still held";
    expect(await waiting).toEqual({ outcome: "not-sent", reason: "not-connected", detail });
    expect(wire.writes).toEqual([]);
  });

  it("sends nothing after its time, by the gateway's clock", async () => {
    const { open, wire } = startBench();
    const channel = await open();
    const late = write(channel, 1, { notAfterMs: clock.monotonicMs() - 1 });
    expect(await late).toMatchObject({ outcome: "not-sent", reason: "expired" });
    expect(wire.writes).toEqual([]);
  });

  it("looks at a stop request before everything that waits", async () => {
    const { open, wire } = startBench();
    const channel = await open();
    const first = write(channel, faults.waitsForGate);
    await expect.poll(() => wire.isWaitedFor, wait).toBe(true);
    const behind = Array.from({ length: 300 }, (_, n) => write(channel, n));
    const stop = write(channel, 1, { lane: "stop" });
    wire.open();
    expect(await stop).toMatchObject({ outcome: "written" });
    await Promise.all([first, ...behind]);
    expect(wire.writes.slice(0, 3)).toEqual([faults.waitsForGate, -1, 0]);
    expect(wire.writes).toHaveLength(302);
  });
});

describe("a driver's thread that ends", () => {
  it.each([
    ["throws in a callback that nobody guards", faults.throwsInTimer, "a fault in it: a callback of a library failed"],
    ["leaks a rejection", faults.leaksRejection, "a fault in it: nobody waits for this"],
    ["ends the process, as it thinks", faults.ends, "it ended by itself (3)"],
  ])(
    "because it %s: the write is unknown and was sent once, others go on, and it runs again",
    async (_, fault, why) => {
      const { open, wire, lost, thread } = startBench();
      const healthy = startBench();
      const [channel, other] = [await open(), await healthy.open()];
      const waiting = write(channel, faults.neverAnswers);
      const result = await write(channel, fault);
      const words = `the faulty driver was ended: ${why}`;
      const detail = `${words}, before it said what became of this`;
      expect(result).toEqual({ outcome: "unknown", sentAtMs: expect.any(Number), detail });
      expect(await waiting).toMatchObject({ outcome: "unknown", detail });
      expect(lost).toEqual([expect.objectContaining({ code: "device/connection-lost", message: words })]);
      expect(await write(other, 5)).toMatchObject({ outcome: "written" });
      expect(await write(channel, 6)).toMatchObject({ outcome: "not-sent", reason: "not-connected" });
      await expect(channel.read?.("device", [point], never, "poll")).rejects.toMatchObject({
        code: "device/connection-lost",
      });
      await channel.close();
      const again = await open();
      expect(await write(again, 8)).toMatchObject({ outcome: "written" });
      expect(wire.writes).toEqual([faults.neverAnswers, fault, 8]);
      expect(thread.facts).toEqual({ running: true, restarts: 1, lastEnd: { text: why, at: expect.any(Number) } });
      expect(healthy.thread.facts.restarts).toBe(0);
    },
  );

  it("because it needs more memory than it may", async () => {
    const { open, thread, wire } = startBench({ heapMiB: 32 });
    expect(await write(await open(), faults.eatsMemory)).toMatchObject({ outcome: "unknown" });
    expect(thread.facts.lastEnd?.text).toBe("it needed more than 32 MiB");
    expect(await write(await open(), 1)).toMatchObject({ outcome: "written" });
    expect(wire.writes).toEqual([faults.eatsMemory, 1]);
  });

  it("because it loops for ever: it is ended, others are served meanwhile, and it runs again", async () => {
    const { open, thread, wire, lost } = startBench({ beatMs: 100, missedBeats: 20 });
    const healthy = startBench();
    const [channel, other] = [await open(), await healthy.open()];
    const looping = write(channel, faults.loops);
    await expect.poll(() => wire.writes, wait).toEqual([faults.loops]);
    for (let n = 0; n < 20; n++) expect(await write(other, n)).toMatchObject({ outcome: "written" });
    expect(await looping).toMatchObject({ outcome: "unknown" });
    expect(lost[0]?.message).toBe("the faulty driver was ended: it did not answer for 2 s");
    expect(await write(await open(), 8)).toMatchObject({ outcome: "written" });
    expect(wire.writes).toEqual([faults.loops, 8]);
    expect(thread.facts.restarts).toBeGreaterThanOrEqual(1);
  });

  it("is not started before its wait is over, and whoever waits for it is told why", async () => {
    const { open, thread } = startBench({ firstMs: 3_600_000, longestMs: 3_600_000 });
    await write(await open(), faults.ends);
    const why = "the faulty driver was ended: it ended by itself (3)";
    await expect(open(AbortSignal.abort(new Error("no time")))).rejects.toThrow(why);
    expect(thread.facts).toMatchObject({ running: false, restarts: 0 });
  });

  it("ends with the gateway, and is not started again", async () => {
    const { open, thread } = startBench();
    const channel = await open();
    const waiting = write(channel, faults.neverAnswers);
    await thread.close();
    expect(await waiting).toMatchObject({ outcome: "unknown" });
    await expect(open()).rejects.toThrow("the gateway stops");
    expect(thread.facts.running).toBe(false);
  });
});
