import { describe, expect, it } from "vitest";
import type { Point } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import { Status } from "../../core/status.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { modbus } from "./manifest.ts";
import { ReadCycle } from "./read-cycle.ts";
import { type Behaviour, PaperDevice } from "./testing/paper-device.ts";
import { Unit } from "./unit.ts";

const holding = (...registers: number[]): Point[] =>
  registers.map((register, handle) => ({
    handle,
    address: modbus.address.parse({ table: "holding", register }),
    type: "uint16",
    writable: false,
  }));

/** Start and count of a read of registers. */
function asked(pdu: string): { start: number; count: number } {
  return { start: Number.parseInt(pdu.slice(2, 6), 16), count: Number.parseInt(pdu.slice(6, 10), 16) };
}

/** Every register holds its own number. */
function numbers(start: number, count: number): string {
  const words = Array.from({ length: count }, (_, n) => (start + n).toString(16).padStart(4, "0"));
  return `03${(count * 2).toString(16).padStart(2, "0")}${words.join("")}`;
}

/** A device that knows all registers but these. */
const without =
  (missing: readonly number[], exception = "02"): Behaviour =>
  ({ pdu }) => {
    const { start, count } = asked(pdu);
    const refused = missing.some((register) => register >= start && register < start + count);
    return refused ? `83${exception}` : numbers(start, count);
  };

function rig(behaviour: Behaviour, more: object = {}) {
  const time = new ManualTime();
  const device = new PaperDevice(time, behaviour);
  const unit = new Unit("plc", modbus.settings.parse({ host: "plc", ...more }));
  const context = {
    bus: device.bus,
    unit,
    clock: time,
    timers: time,
    log: silentLog,
    signal: new AbortController().signal,
  };
  /** One cycle; time moves on as far as it needs. */
  const cycle = async (points: Point[], lane: "poll" | "urgent" = "poll") => {
    const before = device.heard.length;
    let done = false;
    const readings = new ReadCycle({ ...context, lane }, points).run().finally(() => {
      done = true;
    });
    for (let step = 0; step < 60; step++) {
      await time.advance(0);
      if (done) break;
      await time.advance(100);
    }
    const blocks = device.requests.slice(before).map((pdu) => `${asked(pdu).start}+${asked(pdu).count}`);
    return { readings: await readings, values: (await readings).map(({ value }) => value), blocks };
  };
  return { time, device, unit, cycle };
}

const good = (...values: number[]) => values.map((value) => ({ value, status: Status.Good }));
const refused = { value: null, status: Status.Bad_ConfigurationError };

describe("a read cycle", () => {
  it("reads points in blocks and gives the readings in the order asked", async () => {
    const { cycle } = rig(without([]), { gap: 2 });
    const { readings, blocks } = await cycle(holding(11, 1, 2, 4));
    expect(readings).toEqual(good(11, 1, 2, 4));
    expect(blocks).toEqual(["1+4", "11+1"]);
  });

  it("finds the one bad register in the same cycle, and afterwards leaves it alone", async () => {
    const { cycle, unit } = rig(without([5]));
    const points = holding(0, 1, 2, 3, 4, 5, 6, 7);
    const expected = [...good(0, 1, 2, 3, 4), refused, ...good(6, 7)];
    expect((await cycle(points)).readings).toEqual(expected);
    const second = await cycle(points);
    expect(second.readings).toEqual(expected);
    expect(second.blocks).toEqual(["0+4", "4+1", "6+2"]);
    expect(unit.plans[0]).toMatchObject({ splits: 3, refusedPoints: 1 });
  });

  it("learns that a gap must not be read along, without losing a point", async () => {
    const { cycle } = rig(without([3]));
    const points = holding(1, 5);
    expect((await cycle(points)).readings).toEqual(good(1, 5));
    expect((await cycle(points)).blocks).toEqual(["1+1", "5+1"]);
  });

  it("asks a refused point again after a growing pause, and makes one block of all when it is back", async () => {
    const missing = [5];
    const { cycle, time } = rig(without(missing));
    const points = holding(4, 5, 6);
    await cycle(points);
    await time.advance(1_001);
    expect((await cycle(points)).blocks).toContain("5+1");
    await time.advance(1_001);
    expect((await cycle(points)).blocks).not.toContain("5+1");
    missing.pop();
    await time.advance(1_001);
    expect((await cycle(points)).readings).toEqual(good(4, 5, 6));
    expect((await cycle(points)).blocks).toEqual(["4+3"]);
  });

  it("spends a bounded number of requests on a device that refuses everything", async () => {
    const { cycle } = rig(without(Array.from({ length: 400 }, (_, n) => n)));
    const points = holding(...Array.from({ length: 250 }, (_, n) => n));
    for (let round = 0; round < 3; round++) {
      const { readings, blocks } = await cycle(points);
      expect(readings.every(({ status }) => status === Status.Bad_ConfigurationError)).toBe(true);
      expect(blocks.length).toBeLessThan(90);
    }
  });

  it.each([
    ["01", Status.Bad_NotSupported],
    ["04", Status.Bad_DeviceFailure],
    ["0a", Status.Bad_NoCommunication],
    ["0b", Status.Bad_NoCommunication],
  ])("gives exception %s its quality without splitting", async (code, status) => {
    const { cycle } = rig(without([2], code));
    const { readings, blocks } = await cycle(holding(1, 2, 3));
    expect(readings).toEqual([1, 2, 3].map(() => ({ value: null, status })));
    expect(blocks).toEqual(["1+3"]);
  });

  it("reads a busy device (exception 6) once more in the same cycle", async () => {
    let busy = 1;
    const { cycle } = rig((request) => (busy-- > 0 ? "8306" : without([])(request)));
    const { readings, blocks } = await cycle(holding(1));
    expect(readings).toEqual(good(1));
    expect(blocks).toEqual(["1+1", "1+1"]);
  });

  it("and not a third time", async () => {
    const { cycle } = rig(() => "8306");
    const { readings, blocks } = await cycle(holding(1));
    expect(readings).toEqual([{ value: null, status: Status.Bad_ResourceUnavailable }]);
    expect(blocks).toHaveLength(2);
  });

  it("gives no value for an answer that is not one to the request", async () => {
    const { cycle } = rig(() => "0302ffff00");
    expect((await cycle(holding(1))).readings).toEqual([{ value: null, status: Status.Bad_DecodingError }]);
  });

  it("asks a silent unit once a cycle, not once a block", async () => {
    const { cycle, time } = rig(() => undefined);
    const before = time.monotonicMs();
    const { readings, blocks } = await cycle(holding(1, 100, 300, 500));
    expect(time.monotonicMs() - before).toBe(1_000);
    expect(blocks).toHaveLength(1);
    expect(readings.every(({ status }) => status === Status.Bad_Timeout)).toBe(true);
  });

  it("says Bad_NoCommunication from the third miss on, and Good as soon as the unit answers", async () => {
    let mute = true;
    const { cycle } = rig((request) => (mute ? undefined : without([])(request)));
    const statuses: (number | undefined)[] = [];
    for (let round = 0; round < 4; round++) statuses.push((await cycle(holding(1))).readings[0]?.status);
    const { Bad_Timeout, Bad_NoCommunication } = Status;
    expect(statuses).toEqual([Bad_Timeout, Bad_Timeout, Bad_NoCommunication, Bad_NoCommunication]);
    mute = false;
    expect((await cycle(holding(1))).readings).toEqual(good(1));
  });

  it("hears the blocks that answer, also when another is silent for ever, which it then asks seldom", async () => {
    const { cycle, unit } = rig((request) => (asked(request.pdu).start === 1 ? undefined : without([])(request)));
    const points = holding(1, 300);
    expect((await cycle(points)).values).toEqual([null, null]);
    expect((await cycle(points)).values).toEqual([null, 300]);
    expect((await cycle(points)).values).toEqual([null, 300]);
    const fourth = await cycle(points);
    expect(fourth.values).toEqual([null, 300]);
    expect(fourth.blocks).toEqual(["300+1"]);
    expect(unit.silence.misses).toBe(0);
  });

  it("asks for what is left alone when a person waits for it", async () => {
    const missing = [1];
    const { cycle } = rig(without(missing));
    await cycle(holding(1), "urgent");
    missing.pop();
    expect((await cycle(holding(1), "urgent")).readings).toEqual(good(1));
  });

  it("marks what may not be read as wrongly configured, and never asks for it", async () => {
    const { cycle } = rig(without([]), { forbidden: [{ table: "holding", from: 2, to: 2 }] });
    const { readings, blocks } = await cycle(holding(1, 2, 3));
    expect(readings).toEqual([...good(1), refused, ...good(3)]);
    expect(blocks).toEqual(["1+1", "3+1"]);
  });

  it("reads bits and bits of registers", async () => {
    const address = (more: object) => modbus.address.parse(more);
    const points: Point[] = [
      { handle: 0, address: address({ table: "coil", register: 9 }), type: "boolean", writable: false },
      { handle: 1, address: address({ table: "coil", register: 17 }), type: "boolean", writable: false },
      { handle: 2, address: address({ table: "holding", register: 0, bit: 8 }), type: "boolean", writable: false },
    ];
    const { cycle } = rig(({ pdu }) => (pdu.startsWith("01") ? "01020001" : "03020100"));
    expect((await cycle(points)).values).toEqual([false, true, true]);
  });
});

describe("a read that is repeated", () => {
  const once =
    (first: string | undefined): (() => Behaviour) =>
    () => {
      let asked = 0;
      return ({ pdu }) => (++asked === 1 ? first : without([])({ unitId: 1, pdu }));
    };

  it.each([
    ["silence", undefined, 0, Status.Bad_Timeout],
    ["silence", undefined, 1, Status.Good],
    ["another function's answer", "0402002a", 0, Status.Bad_DecodingError],
    ["another function's answer", "0402002a", 1, Status.Good],
    ["exception 4", "8304", 5, Status.Bad_DeviceFailure],
  ])("after %s (%s), with %i retries, is %i", async (_, first, retries, status) => {
    const { cycle } = rig(once(first)(), { retries });
    expect((await cycle(holding(7))).readings[0]?.status).toBe(status);
  });

  it("is asked as often as was allowed, once a cycle where the unit was silent before", async () => {
    const { cycle } = rig(() => undefined, { retries: 2 });
    expect((await cycle(holding(7))).blocks).toHaveLength(3);
    expect((await cycle(holding(7))).blocks).toHaveLength(1);
  });
});
