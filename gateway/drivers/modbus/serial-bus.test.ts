import { describe, expect, it } from "vitest";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import type { Job, JobEnd } from "./bus.ts";
import { drainMs, SerialPaper } from "./testing/serial-paper.ts";

const timeoutMs = 1_000;
/** Read of one holding register of a unit. */
const read = (unitId: number, more: Partial<Job> = {}): Job => ({
  device: `unit-${unitId}`,
  unitId,
  lane: "poll",
  timeoutMs,
  request: { kind: "read", table: "holding", start: 0, count: 1 },
  notAfterMs: Number.POSITIVE_INFINITY,
  ...more,
});
const write = (unitId: number, value: number, more: Partial<Job> = {}): Job =>
  read(unitId, { lane: "urgent", request: { kind: "write-register", address: 3, value }, ...more });
const value = (end: JobEnd) =>
  end.kind === "answer" && end.answer.kind === "data" ? end.answer.data[1] : end.kind === "answer" ? end.answer : end;

async function open(more: ConstructorParameters<typeof SerialPaper>[1] = {}) {
  const time = new ManualTime();
  const line = new SerialPaper(time, more);
  await time.advance(drainMs);
  return { time, line, bus: line.bus };
}

describe("a serial line", () => {
  it("is listened to before the first request, and what was still under way is dropped", async () => {
    const time = new ManualTime();
    const line = new SerialPaper(time);
    const end = line.bus.submit(read(1));
    line.say("01 03 02 00 63");
    await time.advance(drainMs - 1);
    expect(line.heard).toEqual([]);
    await time.advance(1);
    line.say("01 03 02 00 07");
    expect(value(await end)).toBe(7);
    expect(line.bus.counts.strays).toBe(1);
  });

  it("has one request under way, and the gap of its speed before the next", async () => {
    const { time, line, bus } = await open({ gapMs: 4 });
    const ends = [bus.submit(read(1)), bus.submit(read(2))];
    expect(line.heard).toEqual(["010300000001"]);
    line.say("01 03 02 00 01");
    await time.advance(3);
    expect(line.heard).toHaveLength(1);
    await time.advance(1);
    line.say("02 03 02 00 02");
    expect((await Promise.all(ends)).map(value)).toEqual([1, 2]);
  });

  it("falls silent after a time-out before anything leaves; other units do not wait longer than that", async () => {
    const { time, line, bus } = await open();
    const ends = [bus.submit(read(1)), bus.submit(read(2))];
    await time.advance(timeoutMs);
    expect(await ends[0]).toEqual({ kind: "silent", sentAtMs: 1000 + drainMs });
    expect(line.heard).toHaveLength(1);
    await time.advance(drainMs);
    expect(line.heard[1]).toBe("020300000001");
    line.say("02 03 02 00 02");
    expect(value((await ends[1]) as JobEnd)).toBe(2);
  });

  it("listens on while a late answer comes in pieces", async () => {
    const { time, line, bus } = await open();
    const end = bus.submit(read(1));
    await time.advance(timeoutMs);
    await end;
    const next = bus.submit(read(2));
    for (let piece = 0; piece < 4; piece++) {
      await time.advance(drainMs - 10);
      line.bus.receive(Uint8Array.of(1));
    }
    await time.advance(drainMs - 1);
    expect(line.heard).toHaveLength(1);
    await time.advance(1);
    expect(line.heard).toHaveLength(2);
    line.say("02 03 02 00 02");
    expect(value(await next)).toBe(2);
  });

  it("is given up when it never falls silent while somebody waits", async () => {
    const { time, line, bus } = await open();
    line.bus.receive(Uint8Array.of(0xff));
    const end = bus.submit(read(1));
    for (let n = 0; n < 200 && line.broken.length === 0; n++) {
      await time.advance(20);
      line.bus.receive(Uint8Array.of(0xff));
    }
    expect(line.broken).toEqual(["the line does not fall silent"]);
    line.bus.end("closed");
    expect(await end).toMatchObject({ kind: "lost", sentAtMs: undefined });
  });
});

describe("a late answer on a serial line", () => {
  it.each([60, 500, 999])("that comes %i ms after its time-out is not that to the next question", async (lateMs) => {
    const { time, line, bus } = await open();
    const first = bus.submit(read(1));
    await time.advance(timeoutMs);
    expect((await first).kind).toBe("silent");
    const second = bus.submit(read(1));
    await time.advance(lateMs);
    line.say("01 03 02 00 63");
    await time.advance(timeoutMs);
    expect(line.heard).toHaveLength(2);
    line.say("01 03 02 00 07");
    await time.advance(drainMs);
    expect(value(await second)).toBe(7);
  });

  it("that comes together with the right one is told apart by nobody: neither counts", async () => {
    for (const together of [true, false]) {
      const { time, line, bus } = await open();
      const first = bus.submit(read(1));
      await time.advance(timeoutMs);
      await first;
      const second = bus.submit(read(1));
      await time.advance(timeoutMs);
      if (together) line.say("01 03 02 00 63", "01 03 02 00 07");
      else {
        line.say("01 03 02 00 63");
        await time.advance(drainMs - 1);
        line.say("01 03 02 00 07");
      }
      expect(value(await second)).toEqual({ kind: "malformed", why: "two answers after a time-out" });
    }
  });

  it("holds up neither a write nor a stop, whose echo carries address and value", async () => {
    const { time, line, bus } = await open();
    const first = bus.submit(read(1));
    await time.advance(timeoutMs);
    await first;
    const reading = bus.submit(read(1));
    const written = bus.submit(write(1, 9, { lane: "stop" }));
    await time.advance(drainMs);
    expect(line.heard[1]).toBe("010600030009");
    line.say("01 03 02 00 63", "01 06 0003 0009");
    await time.advance(drainMs);
    expect(value(await written)).toEqual({ kind: "done" });
    // Who answered the later question has nothing more to say to the earlier one.
    expect(line.heard[2]).toBe("010300000001");
    line.say("01 03 02 00 07");
    expect(value(await reading)).toBe(7);
  });

  it("to an older write proves nothing of the new one", async () => {
    const { time, line, bus } = await open();
    const first = bus.submit(write(1, 8));
    await time.advance(timeoutMs);
    await first;
    const second = bus.submit(write(1, 9));
    await time.advance(drainMs);
    line.say("01 06 0003 0008");
    await time.advance(timeoutMs);
    expect(await second).toMatchObject({ kind: "silent", instead: "the echo is not that of the request" });
  });
});

describe("a serial line through the network", () => {
  it("gets a new connection after a time-out; what waits leaves on that one", async () => {
    const { time, line, bus } = await open({ renews: "renews" });
    const ends = [bus.submit(read(1)), bus.submit(read(2))];
    await time.advance(timeoutMs + drainMs);
    expect(await ends[0]).toMatchObject({ kind: "silent" });
    expect([line.renewals, line.heard.length]).toEqual([1, 1]);
    line.attach();
    await time.advance(drainMs);
    expect(line.heard[1]).toBe("020300000001");
    line.say("02 03 02 00 02");
    expect(value((await ends[1]) as JobEnd)).toBe(2);
    expect(line.broken).toEqual([]);
  });

  it("gets a new one after an answer that cannot be read", async () => {
    const { time, line, bus } = await open({ renews: "renews" });
    const end = bus.submit(read(1));
    line.bus.receive(Uint8Array.of(1, 3, 2, 0, 7, 0, 0));
    expect(value(await end)).toEqual({ kind: "malformed", why: "a wrong checksum" });
    expect(line.renewals).toBe(1);
    line.bus.end("closed");
    expect(time.pending).toBe(0);
  });
});
