import { describe, expect, it } from "vitest";
import type { Point } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import { isGood } from "../../core/status.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import type { Job } from "./bus.ts";
import { modbus } from "./manifest.ts";
import { ReadCycle } from "./read-cycle.ts";
import { drainMs, SerialPaper } from "./testing/serial-paper.ts";
import { Unit } from "./unit.ts";

const timeoutMs = 300;
const read = (unitId: number, more: Partial<Job> = {}): Job => ({
  device: `u${unitId}`,
  unitId,
  lane: "poll",
  timeoutMs,
  request: { kind: "read", table: "holding", start: 0, count: 1 },
  notAfterMs: Number.POSITIVE_INFINITY,
  ...more,
});
const spare = { doubtful: true, spareMs: 10_000 };

async function open() {
  const time = new ManualTime();
  const quiet = { untilMs: Number.POSITIVE_INFINITY };
  const line = new SerialPaper(time, { quietUntilMs: () => quiet.untilMs });
  await time.advance(drainMs);
  return { time, quiet, line, bus: line.bus, units: () => line.heard.map((request) => Number(request.slice(0, 2))) };
}

describe("the try of a silent unit on a serial line", () => {
  it("leaves only when it would be over before somebody else is due", async () => {
    const { bus, line, quiet, time } = await open();
    quiet.untilMs = time.monotonicMs() + timeoutMs + drainMs - 1;
    void bus.submit(read(9, spare));
    expect(line.heard).toEqual([]);
    quiet.untilMs++;
    bus.pump();
    expect(line.heard).toHaveLength(1);
  });

  it("lets everybody else go first, stops above all", async () => {
    const { bus, line, quiet, time, units } = await open();
    quiet.untilMs = time.monotonicMs();
    void bus.submit(read(9, spare));
    const ends = [bus.submit(read(1)), bus.submit(read(2)), bus.submit(read(3, { lane: "stop" }))];
    quiet.untilMs = Number.POSITIVE_INFINITY;
    for (const unit of [1, 3, 2]) line.say(`0${unit} 03 02 00 07`);
    await Promise.all(ends);
    await time.advance(0);
    expect(units()).toEqual([1, 3, 2, 9]);
  });

  it("is given up unsent when the line has no such moment", async () => {
    const { bus, line, quiet, time } = await open();
    quiet.untilMs = time.monotonicMs();
    const end = bus.submit(read(9, spare));
    await time.advance(10_000);
    expect(await end).toEqual({ kind: "postponed" });
    expect([line.heard, bus.counts.waiting, time.pending]).toEqual([[], 0, 0]);
  });

  it("leaves no timer when it was sent, or given up by whoever asked", async () => {
    const { bus, time, quiet } = await open();
    const sent = bus.submit(read(9, spare));
    await time.advance(timeoutMs);
    expect((await sent).kind).toBe("silent");
    await time.advance(timeoutMs);
    expect(time.pending).toBe(0);
    quiet.untilMs = 0;
    const asked = new AbortController();
    const end = bus.submit(read(9, spare), asked.signal);
    asked.abort();
    expect((await end).kind).toBe("cancelled");
    expect(time.pending).toBe(0);
  });
});

const points: readonly Point[] = [
  { handle: 0, address: modbus.address.parse({ table: "holding", register: 0 }), type: "uint16", writable: false },
];

/**
 * Units 1 to 3 answer in 20 ms, the last one never. Polls all of them each second, one every `apartMs`, for
 * `seconds`; tells how late the living were answered, ms, and when the dead one was asked.
 */
async function plant(apartMs: number, seconds: number, more: object = {}) {
  const time = new ManualTime(undefined, 0);
  const settings = (unitId: number) =>
    modbus.settings.parse({ transport: "rtu", serial: { path: "x" }, unitId, timeout: `${timeoutMs}ms`, ...more });
  const units = [1, 2, 3, 9].map((unitId) => new Unit(`u${unitId}`, settings(unitId)));
  const line = new SerialPaper(time, {
    quietUntilMs: () => Math.min(...units.map((unit) => unit.nextDueMs(time.monotonicMs()))),
  });
  const tries: number[] = [];
  line.onRequest = (request) => {
    if (request.startsWith("09")) tries.push(time.monotonicMs());
    else time.after(20, () => line.say(`${request.slice(0, 2)} 03 02 00 07`));
  };
  await time.advance(drainMs);
  const late: { readonly atMs: number; readonly ms: number }[] = [];
  const signal = new AbortController().signal;
  for (const [index, unit] of units.entries()) {
    const poll = async () => {
      const startMs = time.monotonicMs();
      if (unit.silence.isSetAside(startMs)) return;
      const cycle = new ReadCycle(
        { bus: line.bus, unit, clock: time, timers: time, log: silentLog, signal, lane: "poll" },
        points,
      );
      const [reading] = await cycle.run();
      if (reading && isGood(reading.status)) late.push({ atMs: startMs, ms: time.monotonicMs() - startMs });
    };
    let running = false;
    const turn = async () => {
      if (running) return;
      running = true;
      await poll();
      running = false;
    };
    time.after(index * apartMs, () => {
      void turn();
      time.every(1_000, () => void turn());
    });
  }
  await time.advance(seconds * 1_000);
  return { late, tries };
}

describe("a plant on a serial line with one dead unit", () => {
  it("asks it again in the slack of the cycle: after its first time-out it delays nobody", async () => {
    const { late, tries } = await plant(150, 60);
    const firstMs = tries[0] ?? Number.NaN;
    const after = late.filter(({ atMs }) => atMs > firstMs + timeoutMs + drainMs);
    expect(after.length).toBeGreaterThan(3 * 57);
    expect(Math.max(...after.map(({ ms }) => ms))).toBe(20);
    expect(tries.length).toBeGreaterThan(4);
  });

  it("asks it all the same, a minute late, where the cycle has no slack", async () => {
    const { tries } = await plant(333, 200);
    const gaps = tries.slice(1).map((atMs, n) => atMs - (tries[n] ?? 0));
    expect(gaps[0]).toBeGreaterThanOrEqual(60_000);
    expect(Math.max(...gaps)).toBeLessThan(80_000);
  });

  it("finds the slack with a shorter try where the device allows it", async () => {
    const { late, tries } = await plant(333, 60, { tryTimeout: "100ms" });
    const firstMs = tries[0] ?? Number.NaN;
    const after = late.filter(({ atMs }) => atMs > firstMs + timeoutMs + drainMs);
    expect(Math.max(...after.map(({ ms }) => ms))).toBe(20);
    expect(tries.length).toBeGreaterThan(4);
  });
});
