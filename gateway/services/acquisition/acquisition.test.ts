import { describe, expect, it } from "vitest";
import type { Channel, DriverModule, Point, Reading, WriteRequest } from "../../core/driver-port.ts";
import { PlanciaError } from "../../core/errors.ts";
import { silentLog } from "../../core/log.ts";
import type { SampleBatch } from "../../core/sample.ts";
import { Status } from "../../core/status.ts";
import { testPlant } from "../../core/testing/plant.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { Image } from "../image.ts";
import { Acquisition } from "./acquisition.ts";
import { badFactor, judge, staleFactor, sweep, sweepEveryMs } from "./freshness.ts";
import { Intake } from "./intake.ts";

/** A small real device: values by address, a cable that can be pulled, a device that can fall silent. */
class Bench {
  readonly values = new Map<number, Reading>();
  readonly writes: WriteRequest[] = [];
  plugged = true;
  silent = false;
  opened = 0;
  reads = 0;
  lost: (error: Error) => void = () => undefined;

  readonly module: DriverModule = {
    createChannel: (_devices, context): Channel => {
      this.lost = context.lost;
      return {
        connect: async () => {
          if (!this.plugged) throw new PlanciaError("device/connection-lost", "no cable");
          this.opened++;
        },
        close: async () => undefined,
        read: async (_device, points) => {
          this.reads++;
          return this.#read(points);
        },
        write: async (request) => {
          this.writes.push(request);
          return { outcome: "written", sentAtMs: 0 };
        },
        statistics: () => ({ requests: this.reads, failures: 0, bytesIn: 0, bytesOut: 0 }),
      };
    },
  };

  #read(points: readonly Point[]): readonly Reading[] {
    if (!this.plugged) throw new PlanciaError("device/connection-lost", "no cable");
    return points.map((point) =>
      this.silent
        ? { value: null, status: Status.Bad_Timeout }
        : (this.values.get(point.handle) ?? { value: 0, status: 0 }),
    );
  }
}

function setUp() {
  const time = new ManualTime();
  const plant = testPlant();
  const image = new Image(plant.tags.length, time, silentLog);
  const bench = new Bench();
  const batches: SampleBatch[] = [];
  image.onBatch((batch) => batches.push(batch));
  const acquisition = new Acquisition({
    plant,
    image,
    drivers: new Map([["bench", async () => bench.module]]),
    folder: () => "",
    clock: time,
    timers: time,
    log: silentLog,
    random: () => 1,
  });
  return { time, plant, image, bench, batches, acquisition };
}

const speed = 0;

describe("acquisition", () => {
  it("polls at the device's period and tells only of changes", async () => {
    const { time, bench, batches, acquisition } = setUp();
    bench.values.set(speed, { value: 10, status: Status.Good });
    acquisition.start();
    await time.advance(1050);
    expect(bench.reads).toBe(11);
    expect(batches).toHaveLength(1);
    bench.values.set(speed, { value: 11, status: Status.Good });
    await time.advance(100);
    expect(batches).toHaveLength(2);
    expect([...(batches[1]?.handles ?? [])]).toEqual([speed]);
    await acquisition.stop();
  });

  it("R16: an unchanged value on a living channel stays fresh", async () => {
    const { time, image, bench, acquisition } = setUp();
    bench.values.set(speed, { value: 10, status: Status.Good });
    acquisition.start();
    await time.advance(5000);
    expect(image.sample(speed)?.status).toBe(Status.Good);
    expect(image.confirmedAgeMs(speed)).toBeLessThanOrEqual(100);
    await acquisition.stop();
  });

  it("R16: silence makes a value Uncertain after 3 periods with the value kept, then Bad without one", async () => {
    const { time, image, bench, acquisition } = setUp();
    bench.values.set(speed, { value: 10, status: Status.Good });
    acquisition.start();
    await time.advance(250);
    bench.silent = true;
    await time.advance(350);
    expect(image.sample(speed)).toMatchObject({ value: 10, status: Status.Uncertain_LastUsableValue });
    await time.advance(400);
    expect(image.sample(speed)).toMatchObject({ value: null, status: Status.Bad_NoCommunication });
    expect(image.lastGood(speed)?.value).toBe(10);
    expect(acquisition.status("plc")?.state).toBe("lost");
    await acquisition.stop();
  });

  it("pull the cable: Uncertain at once, then Bad; put it back: values return by themselves and nothing is written", async () => {
    const { time, image, bench, acquisition } = setUp();
    bench.values.set(speed, { value: 10, status: Status.Good });
    acquisition.start();
    await time.advance(250);
    bench.plugged = false;
    bench.lost(new Error("cable pulled"));
    await time.advance(0);
    expect(image.sample(speed)).toMatchObject({ value: 10, status: Status.Uncertain_LastUsableValue });
    await time.advance(1000);
    expect(image.sample(speed)?.status).toBe(Status.Bad_NoCommunication);
    expect(acquisition.status("plc")).toMatchObject({ state: "lost", error: "no cable" });
    bench.plugged = true;
    await time.advance(16_000);
    expect(image.sample(speed)).toMatchObject({ value: 10, status: Status.Good });
    expect(acquisition.status("plc")).toMatchObject({ state: "connected", error: undefined, reconnects: 1 });
    expect(bench.writes).toEqual([]);
    await acquisition.stop();
  });

  it("waits longer between attempts, at most 15 s, and holds one attempt at a time", async () => {
    const { time, bench, acquisition } = setUp();
    bench.plugged = false;
    acquisition.start();
    await time.advance(0);
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const wait = acquisition.status("plc")?.nextRetryMs ?? 0;
      waits.push(wait);
      await time.advance(wait);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000]);
    await acquisition.stop();
  });

  it("a device whose clock is ahead dates nothing in the future", async () => {
    const { time, image, bench, acquisition } = setUp();
    bench.values.set(speed, { value: 10, status: Status.Good, sourceTime: time.wallMs() + 3_600_000 });
    acquisition.start();
    await time.advance(50);
    expect(image.sample(speed)?.sourceTime).toBeLessThanOrEqual(time.wallMs());
    await acquisition.stop();
  });

  it("a Bad point is told at once and does not touch its neighbours", async () => {
    const { time, image, bench, acquisition } = setUp();
    bench.values.set(speed, { value: 10, status: Status.Good });
    acquisition.start();
    await time.advance(50);
    bench.values.set(speed, { value: null, status: Status.Bad_ConfigurationError });
    await time.advance(100);
    expect(image.sample(speed)).toMatchObject({ value: null, status: Status.Bad_ConfigurationError });
    expect(image.sample(1)?.status).toBe(Status.Good);
    await acquisition.stop();
  });

  it("tells a device as lost whose every read fails, though the connection stands", async () => {
    const { time, bench, acquisition } = setUp();
    acquisition.start();
    await time.advance(250);
    expect(acquisition.status("plc")?.state).toBe("connected");
    bench.plugged = false;
    await time.advance(1000);
    expect(acquisition.status("plc")).toMatchObject({ state: "lost", error: expect.stringContaining("not answer") });
    await acquisition.stop();
  });

  it("leaves no timer behind and marks every tag when it stops", async () => {
    const { time, image, acquisition } = setUp();
    acquisition.start();
    await time.advance(500);
    await acquisition.stop();
    await time.advance(1000);
    expect(time.pending).toBe(0);
    expect(image.sample(speed)?.status).toBe(Status.Bad_Shutdown);
    expect(acquisition.status("plc")?.state).toBe("off");
  });
});

describe("R16 freshness", () => {
  const period = 500;
  it.each([
    ["fresh", Status.Good, staleFactor * period - 1, undefined],
    ["3 periods", Status.Good, staleFactor * period, Status.Uncertain_LastUsableValue],
    ["already uncertain", Status.Uncertain_LastUsableValue, staleFactor * period, undefined],
    ["6 periods", Status.Uncertain_LastUsableValue, badFactor * period, Status.Bad_NoCommunication],
    ["6 periods at once", Status.Good, badFactor * period, Status.Bad_NoCommunication],
    ["already bad", Status.Bad_ConfigurationError, badFactor * period, undefined],
    ["never confirmed", Status.Bad_WaitingForInitialData, Number.POSITIVE_INFINITY, undefined],
  ])("%s", (_name, status, age, expected) => {
    expect(judge(status, age, period)).toBe(expected);
  });
});

describe("sweepEveryMs", () => {
  it.each([
    ["no tags", [], 250],
    [
      "periods of a second",
      [
        { intervalMs: 1000, expectMs: undefined },
        { intervalMs: 2000, expectMs: undefined },
      ],
      250,
    ],
    [
      "a period of half a second",
      [
        { intervalMs: 1000, expectMs: undefined },
        { intervalMs: 500, expectMs: undefined },
      ],
      250,
    ],
    [
      "one shorter period",
      [
        { intervalMs: 1000, expectMs: undefined },
        { intervalMs: 499, expectMs: undefined },
      ],
      100,
    ],
    ["a slow poll of what is expected often", [{ intervalMs: 1000, expectMs: 200 }], 100],
    ["a quick poll of what is expected seldom", [{ intervalMs: 100, expectMs: 15_000 }], 250],
  ])("%s", (_name, tags, every) => {
    expect(sweepEveryMs(tags)).toBe(every);
  });
});

describe("what proves that a device lives", () => {
  /** An image, what fills it, and the sweep that judges it; nothing else. */
  function setUpIntake() {
    const time = new ManualTime();
    const { tags } = testPlant();
    const image = new Image(tags.length, time, silentLog);
    const intake = new Intake(tags, image, time);
    const take = (reading: Reading) => intake.take([speed], [reading]);
    return { time, image, intake, take, sweep: () => sweep(tags, image, intake) };
  }
  const kept: Reading = { value: 7, status: Status.Uncertain_LastUsableValue, unproven: true };

  it("is no message that a broker kept: its value is shown, dated by nobody, and goes as others do", async () => {
    const { time, image, take, sweep } = setUpIntake();
    expect(take(kept)).toBe(0);
    sweep();
    expect(image.sample(speed)).toMatchObject({ value: 7, status: Status.Uncertain_LastUsableValue });
    expect(image.confirmedAt(speed)).toBeUndefined();
    await time.advance(badFactor * 100);
    sweep();
    expect(image.sample(speed)).toMatchObject({ value: null, status: Status.Bad_NoCommunication });
  });

  it("is no last will: it neither confirms a value nor makes it last longer", async () => {
    const { time, image, take, sweep } = setUpIntake();
    take({ value: 7, status: Status.Good });
    await time.advance(250);
    take(kept);
    expect(image.confirmedAgeMs(speed)).toBe(250);
    await time.advance(badFactor * 100 - 250);
    sweep();
    expect(image.status(speed)).toBe(Status.Bad_NoCommunication);
  });

  it("is a keep-alive: an unchanged value that only silence had put in doubt holds again", async () => {
    const { time, image, intake, take, sweep } = setUpIntake();
    take({ value: 7, status: Status.Good });
    await time.advance(staleFactor * 100);
    sweep();
    await time.advance(badFactor * 100);
    sweep();
    expect(image.status(speed)).toBe(Status.Bad_NoCommunication);
    intake.alive([speed]);
    expect(image.sample(speed)).toMatchObject({ value: 7, status: Status.Good, sourceTime: time.wallMs() });
  });

  it("is no keep-alive for what was known before the connection was lost, until it is told anew", async () => {
    const { time, image, intake, take, sweep } = setUpIntake();
    take({ value: 7, status: Status.Good });
    await time.advance(staleFactor * 100);
    sweep();
    intake.markLost([speed]);
    intake.alive([speed]);
    expect(image.status(speed)).toBe(Status.Uncertain_LastUsableValue);
  });
});
