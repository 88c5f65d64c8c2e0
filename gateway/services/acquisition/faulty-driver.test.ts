import { describe, expect, it } from "vitest";
import type { Channel } from "../../core/driver-port.ts";
import { silentLog } from "../../core/log.ts";
import { Status } from "../../core/status.ts";
import { testPlant } from "../../core/testing/plant.ts";
import { ManualTime } from "../../kit/testing/manual-time.ts";
import { Image } from "../image.ts";
import { Acquisition } from "./acquisition.ts";

const fails = () => Promise.reject(new Error("a fault of the driver"));
const throws = () => {
  throw new Error("a fault of the driver");
};

function setUp(faulty: Partial<Channel>) {
  const time = new ManualTime();
  const plant = testPlant();
  const image = new Image(plant.tags.length, time, silentLog);
  let opened = 0;
  const channel: Channel = {
    connect: async () => void opened++,
    close: async () => undefined,
    statistics: () => ({ requests: 0, failures: 0, bytesIn: 0, bytesOut: 0 }),
    ...faulty,
  };
  const acquisition = new Acquisition({
    ...{ plant, image, clock: time, timers: time, log: silentLog, random: () => 1, folder: () => "" },
    drivers: new Map([["bench", async () => ({ createChannel: () => channel })]]),
  });
  acquisition.start();
  return { time, plant, image, acquisition, opened: () => opened };
}

const [tag] = testPlant().tags;

describe("a driver that throws where it must not", () => {
  it.each([
    ["fails", fails],
    ["throws", throws],
  ])("leaves open what became of a write or a call that %s, and stays in use", async (_, fault) => {
    const { time, acquisition } = setUp({ write: fault, call: fault });
    await time.advance(1);
    if (!tag) throw new Error("the plant has no tag");
    const unknown = {
      outcome: "unknown",
      sentAtMs: time.monotonicMs(),
      detail: expect.stringContaining("a fault of the driver"),
    };
    for (const lane of ["normal", "stop"] as const) {
      expect(await acquisition.write(tag, 1, lane, 70)).toEqual(unknown);
      expect(await acquisition.call(tag.device, {}, [], lane, 70)).toEqual(unknown);
    }
    expect(acquisition.status(tag.device)?.state).toBe("connected");
    await acquisition.stop();
  });

  it.each([
    ["fails", fails],
    ["throws", throws],
  ])("is connected anew where subscribing %s: a connection that brings nothing is none", async (_, subscribe) => {
    const { time, acquisition, opened } = setUp({ subscribe });
    await time.advance(1);
    await expect.poll(() => acquisition.status(tag?.device ?? "")?.state).toBe("lost");
    expect(acquisition.status(tag?.device ?? "")?.error).toBe("a fault of the driver");
    await time.advance(20_000);
    expect(opened()).toBeGreaterThan(1);
    await acquisition.stop();
  });

  it.each([
    ["fails", fails],
    ["throws", throws],
    ["never ends", () => new Promise<never>(() => undefined)],
  ])("keeps no tag from being marked at the end where closing %s", async (_, close) => {
    const { time, plant, image, acquisition } = setUp({ close });
    await time.advance(1);
    const stopped = acquisition.stop();
    await time.advance(5_000);
    await stopped;
    expect(plant.tags.map(({ handle }) => image.sample(handle)?.status)).toEqual(
      plant.tags.map(() => Status.Bad_Shutdown),
    );
  });
});
