import { expect, it, onTestFinished } from "vitest";
import { silentLog } from "../core/log.ts";
import type { Device } from "../core/plant.ts";
import { Status } from "../core/status.ts";
import { testPlant, testTag, testWritable } from "../core/testing/plant.ts";
import { textOf } from "../core/text.ts";
import { systemClock as clock, systemTimers as timers } from "../kit/clock.ts";
import { Acquisition } from "../services/acquisition/acquisition.ts";
import { Image } from "../services/image.ts";
import { DriverThread } from "./driver-thread.ts";
import { faults } from "./testing/faulty-driver.ts";
import { Wire } from "./testing/wire.ts";

const intervalMs = 50;
const wait = { timeout: 25_000, interval: 10 };

/** Two protocols, each in a thread of its own; freshness of `steady` is judged slowly, so that a slow computer is no fault. */
function startPlant() {
  const wires = { faulty: new Wire(), steady: new Wire() };
  const names = ["faulty", "steady"] as const;
  const threads = new Map(
    names.map((driver) => {
      const code = new URL("./testing/faulty-driver.ts", import.meta.url);
      const capabilities = { read: true, subscribe: false, write: true, call: false, lock: false, browse: false };
      const limits = { firstMs: 1, longestMs: 1, ...(driver === "faulty" && { beatMs: 100, missedBeats: 50 }) };
      const of = { driver, code, capabilities, clock, timers, log: silentLog, random: () => 0, limits };
      return [driver, new DriverThread(of)] as const;
    }),
  );
  const devices = names.map(
    (driver): Device => ({
      ...{ id: driver, driver, name: textOf(driver), intervalMs, channel: driver },
      settings: { wire: wires[driver].memory },
    }),
  );
  const tags = [
    testTag(0, "faulty", { device: "faulty", intervalMs, writable: testWritable() }),
    testTag(1, "steady", { device: "steady", intervalMs, expectMs: 3_600_000 }),
  ];
  const plant = testPlant({ devices, tags });
  const image = new Image(tags.length, clock, silentLog);
  const statuses: number[][] = [[], []];
  image.onBatch(({ handles, statuses: told }) => {
    for (const [i, handle] of handles.entries()) statuses[handle]?.push(told[i] as number);
  });
  const acquisition = new Acquisition({
    ...{ plant, image, clock, timers, log: silentLog, folder: () => "" },
    drivers: new Map([...threads].map(([name, thread]) => [name, async () => thread.module])),
    thread: ({ driver }) => threads.get(driver as "faulty")?.facts,
  });
  acquisition.start();
  onTestFinished(async () => {
    await acquisition.stop();
    await Promise.all([...threads.values()].map((thread) => thread.close()));
  });
  return { wires, tags, image, statuses, acquisition };
}

it.each([
  { does: "hangs", fault: faults.loops, why: "it did not answer for 5 s", readsMeanwhile: 5 },
  {
    ...{ does: "throws where nobody catches it", fault: faults.throwsInTimer, readsMeanwhile: 0 },
    why: "a fault in it: a callback of a library failed",
  },
])("a driver that $does goes Bad and comes back by itself; another misses nothing", async (each) => {
  const { fault, why, readsMeanwhile } = each;
  const { wires, tags, image, statuses, acquisition } = startPlant();
  const [tag] = tags;
  if (!tag) throw new Error("the plant has no tag");
  await expect.poll(() => tags.map(({ handle }) => image.status(handle)), wait).toEqual([Status.Good, Status.Good]);
  const before = { reads: wires.steady.reads, told: statuses[0]?.length ?? 0 };
  const outcome = await acquisition.write(tag, fault, "normal", clock.monotonicMs() + 60_000);
  expect(wires.steady.reads - before.reads).toBeGreaterThanOrEqual(readsMeanwhile);
  expect(outcome).toMatchObject({ outcome: "unknown", detail: expect.stringContaining(why) });
  await expect.poll(() => acquisition.status("faulty")?.thread?.restarts, wait).toBeGreaterThan(0);
  expect(acquisition.status("faulty")).toMatchObject({
    reconnects: expect.any(Number),
    lastError: { text: `the faulty driver was ended: ${why}` },
    thread: { lastEnd: { text: why } },
  });
  await expect.poll(() => image.status(0), wait).toBe(Status.Good);
  expect(statuses[0]?.slice(before.told)).toContain(Status.Uncertain_LastUsableValue);
  expect(wires.faulty.writes).toEqual([fault]);
  await expect.poll(() => wires.steady.reads - before.reads, wait).toBeGreaterThan(5);
  expect(new Set(statuses[1])).toEqual(new Set([Status.Good]));
  expect(acquisition.status("steady")).toMatchObject({ state: "connected", reconnects: 0, thread: { restarts: 0 } });
});
