import { once } from "node:events";
import { readdirSync } from "node:fs";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Channel, DeviceSpec, DriverModule, Point, ReadingSink } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { isGood } from "../../gateway/core/status.ts";
import type { DataType } from "../../gateway/core/value.ts";
import { drivers } from "../../gateway/drivers/registry.ts";
import { systemClock, systemTimers } from "../../gateway/kit/clock.ts";
import type { Handles, ReconnectOrder, ReconnectReport } from "./reconnect-order.ts";

// One driver in a process of its own, which connects, has a value, and loses its connection, again and again; every
// other time it closes it itself. It tells what its memory and its handles were on the way.

const order = JSON.parse(process.argv[2] ?? "{}") as ReconnectOrder;
const manifest = drivers.find(({ name }) => name === order.driver);
if (!manifest) throw new Error(`no driver ${order.driver}`);
const device: DeviceSpec = { id: "peer", settings: manifest.settings.parse(order.settings), intervalMs: 100 };
const points: readonly Point[] = order.points.map(({ address, type }, handle) => {
  return { handle, address: manifest.address.parse(address), type: type as DataType, writable: false };
});

/** What a leak would look like: the measure is measured with it. */
const hoard: Uint8Array[] = [];

async function connection(driver: DriverModule, round: number): Promise<void> {
  let tell = (): void => undefined;
  const lost = new Promise<void>((resolve) => {
    tell = resolve;
  });
  const context = { folder: order.folder, log: silentLog, clock: systemClock, timers: systemTimers, lost: tell };
  const channel = driver.createChannel([device], context);
  await channel.connect(new AbortController().signal);
  await firstValues(channel);
  if (round % 2 === 1) {
    await ask("cut");
    await lost;
  }
  await channel.close();
  if (order.leakBytes) hoard.push(new Uint8Array(order.leakBytes).fill(1));
}

/** Until every point had a good value; the driver reads or hears, whichever it can. */
async function firstValues(channel: Channel): Promise<void> {
  const awaited = new Set(points.map(({ handle }) => handle));
  let done = (): void => undefined;
  const all = new Promise<void>((resolve) => {
    done = resolve;
  });
  const sink: ReadingSink = {
    readings(_device, handles, readings) {
      handles.forEach((handle, i) => void (isGood(readings[i]?.status ?? 0x8000_0000) && awaited.delete(handle)));
      if (awaited.size === 0) done();
    },
    alive: () => undefined,
  };
  if (channel.subscribe) {
    await channel.subscribe(device.id, points, sink, new AbortController().signal);
    await all;
    return;
  }
  const readings = (await channel.read?.(device.id, points, new AbortController().signal, "poll")) ?? [];
  const bad = readings.find(({ status }) => !isGood(status));
  if (bad) throw new Error(`a reading of ${bad.status.toString(16)}`);
}

async function ask(what: "cut"): Promise<void> {
  const answered = once(process, "message");
  process.send?.(what);
  await answered;
}

/** Bytes that something still holds, after a whole collection; the smallest of several, since finalizers run late. */
async function heldBytes(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let n = 0; n < 4; n++) {
    await turn();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

const handles = (): number => process.getActiveResourcesInfo().filter((kind) => kind !== "Timeout").length;
const openFiles = (): number => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);

const now = (): Handles => ({ handles: handles(), files: openFiles() });

/** The fewest of half a second: a socket that was closed is gone some turns later. */
async function fewest(): Promise<Handles> {
  let least = now();
  for (let n = 0; n < 25; n++) {
    await sleep(20);
    const { handles: few, files } = now();
    least = { handles: Math.min(least.handles, few), files: Math.min(least.files, files) };
  }
  return least;
}

/** What is there once it is no more than before, or after a long time. */
async function settled(before: Handles): Promise<Handles> {
  const untilMs = performance.now() + 30_000;
  for (let found = now(); ; found = now()) {
    if ((found.handles <= before.handles && found.files <= before.files) || performance.now() > untilMs) return found;
    await sleep(20);
  }
}

async function run(): Promise<ReconnectReport> {
  if (!manifest) throw new Error("no driver");
  const driver = await manifest.load();
  for (let round = 0; round < order.warmUp; round++) await connection(driver, round);
  const before = await fewest();
  const memory: (readonly [round: number, bytes: number])[] = [[0, await heldBytes()]];
  for (let round = 1; round <= order.rounds; round++) {
    await connection(driver, round);
    if (round % order.every === 0) memory.push([round, await heldBytes()]);
  }
  return { memory, before, after: await settled(before), hoarded: hoard.length };
}

run().then(
  (report) => process.send?.(report, () => process.exit(0)),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
