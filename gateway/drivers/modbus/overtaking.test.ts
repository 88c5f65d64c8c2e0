import { describe, expect, it } from "vitest";
import type { Point } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import { isGood } from "../../core/status.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import type { Job } from "./bus.ts";
import { modbus } from "./manifest.ts";
import { Overtaking } from "./overtaking.ts";
import { ReadCycle } from "./read-cycle.ts";
import { type Behaviour, PaperDevice } from "./testing/paper-device.ts";
import { Unit } from "./unit.ts";

const read = (unitId: number, more: Partial<Job> = {}): Job => ({
  device: `u${unitId}`,
  unitId,
  lane: "poll",
  timeoutMs: 1_000,
  request: { kind: "read", table: "holding", start: 0, count: 1 },
  notAfterMs: Number.POSITIVE_INFINITY,
  ...more,
});
const write = (unitId: number, more: Partial<Job> = {}): Job =>
  read(unitId, { lane: "urgent", request: { kind: "write-register", address: 0, value: 1 }, ...more });
const doubtful = { doubtful: true };

const answer: Behaviour = ({ pdu }) => {
  if (!pdu.startsWith("03")) return pdu;
  const count = Number.parseInt(pdu.slice(6, 10), 16);
  return `03${(2 * count).toString(16).padStart(2, "0")}${"0007".repeat(count)}`;
};
/** Every unit answers but these. */
const without =
  (...dead: number[]): Behaviour =>
  (request) =>
    dead.includes(request.unitId) ? undefined : answer(request);

function rig(behaviour: Behaviour, more: { depth?: number } = {}) {
  const time = new ManualTime();
  const overtaking = new Overtaking();
  const device = new PaperDevice(time, behaviour, { ...more, overtaking });
  const heard = () => device.heard.map(({ unitId }) => unitId);
  return { time, overtaking, device, heard, bus: device.bus, submit: (job: Job) => device.bus.submit(job) };
}

/** Drops whatever comes while an earlier request waits for its answer; unit 9 never answers, the others in 10 ms. */
function oneAtATime() {
  let busyUntilMs = 0;
  const known = rig(({ unitId, pdu }) => {
    const now = known.time.monotonicMs();
    if (now < busyUntilMs) return undefined;
    if (unitId !== 9) return answer({ unitId, pdu });
    busyUntilMs = now + 1_000;
    return undefined;
  });
  return known;
}

describe("a dead unit on a shared TCP connection", () => {
  it("holds up nobody when it is asked for once more", async () => {
    const { heard, submit, time } = rig(without(9));
    const dead = submit(read(9, doubtful));
    expect((await submit(read(1))).kind).toBe("answer");
    expect((await submit(read(2))).kind).toBe("answer");
    expect(heard()).toEqual([9, 1, 2]);
    await time.advance(1_000);
    expect(await dead).toMatchObject({ kind: "silent" });
    expect(time.pending).toBe(0);
  });

  it("holds up the others for 50 ms when it falls silent, not for its time-out", async () => {
    const { heard, submit, time } = rig(without(9));
    await submit(read(1));
    const dead = submit(read(9));
    const other = submit(read(1));
    await time.advance(49);
    expect(heard()).toEqual([1, 9]);
    await time.advance(1);
    expect((await other).kind).toBe("answer");
    await time.advance(950);
    expect((await dead).kind).toBe("silent");
  });

  it("is waited for in proportion to the slowest answer of late", async () => {
    const known = rig(answer);
    const { device, heard, submit, time } = known;
    device.held = [];
    const slow = submit(read(1));
    await time.advance(200);
    device.release();
    await slow;
    const ends = [submit(read(2)), submit(read(1))];
    await time.advance(399);
    expect(heard()).toEqual([1, 2]);
    await time.advance(1);
    expect(heard()).toEqual([1, 2, 1]);
    device.release();
    expect((await Promise.all(ends)).map(({ kind }) => kind)).toEqual(["answer", "answer"]);
  });

  it("has its late answer taken for its own, by the transaction id", async () => {
    const { device, submit } = rig((request) => (request.unitId === 9 ? "03020009" : answer(request)));
    device.held = [];
    const [late, other] = [submit(read(9, doubtful)), submit(read(1))];
    device.held.reverse();
    device.release();
    expect([await late, await other].map((end) => (end.kind === "answer" ? end.answer : end.kind))).toEqual([
      { kind: "data", data: Uint8Array.of(0, 9) },
      { kind: "data", data: Uint8Array.of(0, 7) },
    ]);
  });

  it("is overtaken by the stop first", async () => {
    const { device, heard, submit } = rig(without(9));
    void submit(read(9, doubtful));
    device.held = [];
    const ends = [submit(read(1)), submit(read(2)), submit(write(3)), submit(write(4, { lane: "stop" }))];
    for (let n = 0; n < 4; n++) device.release();
    await Promise.all(ends);
    expect(heard()).toEqual([9, 1, 4, 3, 2]);
  });

  it("is not asked for anything else meanwhile, under whatever name", async () => {
    const { heard, submit, time } = rig(without(9));
    void submit(read(9, doubtful));
    void submit(write(9, { device: "the same by another name" }));
    await time.advance(999);
    expect(heard()).toEqual([9]);
    await time.advance(1);
    expect(heard()).toEqual([9, 9]);
  });

  it("waits for another dead one, so that there is one request more than the depth", async () => {
    const { heard, submit, time } = rig(without(8, 9));
    void submit(read(8, doubtful));
    void submit(read(9, doubtful));
    await submit(read(1));
    expect(heard()).toEqual([8, 1]);
    await time.advance(1_000);
    await submit(read(1));
    expect(heard()).toEqual([8, 1, 9, 1]);
  });

  it("a write is never overtaken: it is left alone with its machine", async () => {
    const { heard, submit, time } = rig(without(9));
    await submit(read(1));
    void submit(write(9));
    void submit(read(1));
    await time.advance(999);
    expect(heard()).toEqual([1, 9]);
    await time.advance(1);
    expect(heard()).toEqual([1, 9, 1]);
  });
});

describe("a gateway that takes one request at a time", () => {
  it("is found out by two requests lost, and then each waits its turn, for an hour", async () => {
    const { overtaking, submit, time } = oneAtATime();
    const end = async (job: Job) => {
      const ended = submit(job);
      await time.advance(2_000);
      return (await ended).kind;
    };
    for (let strike = 0; strike < 2; strike++) {
      expect(overtaking.isAllowed(time.monotonicMs())).toBe(true);
      void submit(read(9, doubtful));
      await time.advance(10);
      expect(await end(read(1))).toBe("silent");
      expect(overtaking.isAllowed(time.monotonicMs())).toBe(false);
      expect(await end(read(1, doubtful))).toBe("answer");
    }
    expect(overtaking.isAllowed(time.monotonicMs())).toBe(false);
    void submit(read(9, doubtful));
    expect(await end(read(1))).toBe("answer");
    await time.advance(3_600_000);
    expect(overtaking.isAllowed(time.monotonicMs())).toBe(true);
  });

  it("is found out by its saying that it is busy", async () => {
    const { overtaking, submit, time } = rig((request) => (request.unitId === 9 ? undefined : "8306"));
    void submit(read(9, doubtful));
    await submit(read(1));
    expect(overtaking.isAllowed(time.monotonicMs())).toBe(true);
    await submit(read(1));
    expect(overtaking.isAllowed(time.monotonicMs())).toBe(false);
  });

  it("is found out by its ending the connection, and the next connection knows", async () => {
    const time = new ManualTime();
    const overtaking = new Overtaking();
    for (let connection = 0; connection < 2; connection++) {
      expect(overtaking.isAllowed(time.monotonicMs())).toBe(true);
      const { bus } = new PaperDevice(time, () => undefined, { overtaking });
      overtaking.begin();
      void bus.submit(read(9, doubtful));
      void bus.submit(read(1));
      bus.peerLeft();
      bus.end("the device closed the connection");
    }
    expect(overtaking.isAllowed(time.monotonicMs())).toBe(false);
  });

  it("is not suspected for a connection that ends otherwise", async () => {
    const { bus, overtaking, submit, time } = rig(() => undefined);
    for (let n = 0; n < 3; n++) {
      void submit(read(1));
      bus.peerLeft();
    }
    bus.end("closed");
    expect(overtaking.isAllowed(time.monotonicMs())).toBe(true);
  });

  it("is not suspected when the one that overtook is dead as well", async () => {
    const { overtaking, submit, time } = rig(without(8, 9));
    for (let n = 0; n < 3; n++) {
      void submit(read(9, doubtful));
      const other = submit(read(8));
      await time.advance(1_000);
      expect((await other).kind).toBe("silent");
      expect(overtaking.isAllowed(time.monotonicMs())).toBe(false);
      void submit(read(8, doubtful));
      await time.advance(1_000);
      expect(overtaking.isAllowed(time.monotonicMs())).toBe(true);
    }
  });

  it("is not suspected any more after one request that overtook was answered", async () => {
    const busy = { now: true };
    const { overtaking, submit, time } = rig((request) => {
      if (request.unitId === 9) return undefined;
      return busy.now ? "8306" : answer(request);
    });
    void submit(read(9, doubtful));
    for (const now of [true, false, true]) {
      busy.now = now;
      await submit(read(1));
    }
    expect(overtaking.isAllowed(time.monotonicMs())).toBe(true);
  });
});

const blocks = 8;
const thousand: readonly Point[] = Array.from({ length: blocks * 125 }, (_, register) => ({
  handle: register,
  address: modbus.address.parse({ table: "holding", register }),
  type: "uint16",
  writable: false,
}));

describe("10,000 registers at 1 Hz over ten units with one dead (the bench's plant, without the computer's own delays)", () => {
  it.each(["100ms", "1s"])("leaves the nine their period within 5 %, time-out %s", async (timeout) => {
    const time = new ManualTime();
    const device = new PaperDevice(time, without(10), { overtaking: new Overtaking() });
    const off: number[] = [];
    const signal = new AbortController().signal;
    const rig = { bus: device.bus, clock: time, timers: time, log: silentLog, signal, lane: "poll" as const };
    for (let unitId = 1; unitId <= 10; unitId++) {
      const unit = new Unit(`u${unitId}`, modbus.settings.parse({ host: "plc", unitId, timeout }));
      let last: number | undefined;
      const poll = async () => {
        if (unit.silence.isSetAside(time.monotonicMs())) return;
        const readings = await new ReadCycle({ ...rig, unit }, thousand).run();
        if (!readings.every(({ status }) => isGood(status))) return;
        const now = time.monotonicMs();
        if (last !== undefined) off.push(Math.abs(now - last - 1_000) / 1_000);
        last = now;
      };
      time.after(unitId * 100, () => {
        void poll();
        time.every(1_000, () => void poll());
      });
    }
    await time.advance(60_000);
    expect(off.length).toBeGreaterThan(9 * 57);
    expect(off.sort((a, b) => a - b)[Math.floor(off.length * 0.99)]).toBeLessThanOrEqual(0.05);
  });
});
