import { parentPort, receiveMessageOnPort, workerData } from "node:worker_threads";
import type { Clock } from "../core/clock.ts";
import type { DeviceSpec, DriverModule, Point, ReadingSink } from "../core/driver-port.ts";
import { systemTimers } from "../kit/clock.ts";
import { GuardedTimers } from "../kit/guarded-timers.ts";
import { clearStartGarbage } from "../kit/start-garbage.ts";
import { clockOffsetMs } from "./clock-offset.ts";
import { errorOf, failureOf } from "./failure.ts";
import { HostedChannel } from "./hosted-channel.ts";
import type { FromThread, ThreadData, ToThread } from "./messages.ts";
import { KnownObjects } from "./numbered.ts";
import { type PackedReadings, packReadings } from "./packed-readings.ts";
import { ThreadWords } from "./shared-words.ts";
import { ThreadLog } from "./thread-log.ts";

/** Batches of readings that may be on their way; then the thread waits for the gateway. */
const mostOnTheWay = 200;
/** How long the gateway may take to say whether a write still holds; then it does not, ms. */
const askMs = 1000;

const { code, shared, stop, beatEveryMs, gatewayOffsetMs } = workerData as ThreadData;
if (!parentPort) throw new Error("this is no thread");
const port = parentPort;
const words = new ThreadWords(shared, letStopsIn);

/** `performance.now()` begins anew in each thread, and limits of writes cross as the gateway's figures. */
const behindMs = clockOffsetMs(() => performance.now()) - gatewayOffsetMs;
const clock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now() + behindMs };
const log = new ThreadLog(clock, tell);
const timers = new GuardedTimers(systemTimers, log.of(undefined), clock.monotonicMs);
const devices = new KnownObjects<DeviceSpec>();
const points = new KnownObjects<Point>();
const channels = new Map<number, HostedChannel>();
/** By call: what ends it. Of a subscription until its channel is closed. */
const running = new Map<number, { readonly channel: number; readonly ending: AbortController }>();

function tell(message: FromThread, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

function hosted(number: number, module: DriverModule): HostedChannel {
  return new HostedChannel({
    ...{ module, devices, points },
    context: (folder) => ({
      ...{ folder, clock, timers },
      log: log.of(number),
      lost: (error) => tell({ type: "lost", channel: number, failure: failureOf(error) }),
    }),
    sink: (call) => sinkOf(number, call),
    isWithdrawn: (id) => words.isWithdrawn((question) => tell({ type: "ask", id, question }), askMs),
  });
}

function sinkOf(channel: number, id: number): ReadingSink {
  return {
    readings(device, rows, readings) {
      const packed = packReadings(readings);
      const handles = Uint32Array.from(rows);
      tell({ type: "readings", id, channel, device, handles, packed }, [packed.columns, handles.buffer]);
      words.tells(mostOnTheWay);
    },
    alive(device, rows) {
      tell({ type: "alive", id, channel, device, handles: rows && Uint32Array.from(rows) });
      words.tells(mostOnTheWay);
    },
  };
}

async function run({ id, channel, call }: Extract<ToThread, { type: "call" }>, module: DriverModule): Promise<void> {
  const ending = new AbortController();
  running.set(id, { channel, ending });
  try {
    if (call.do === "connect") channels.set(channel, hosted(channel, module));
    const host = channels.get(channel) ?? hosted(channel, module);
    const value = await host.run(id, call, ending.signal);
    tell({ type: "answer", id, value }, call.do === "read" ? [(value as PackedReadings).columns] : []);
  } catch (error) {
    tell({ type: "failure", id, failure: failureOf(error) });
  } finally {
    if (call.do !== "subscribe") running.delete(id);
    if (call.do === "close") forget(channel);
  }
}

function forget(channel: number): void {
  channels.delete(channel);
  for (const [id, each] of running) if (each.channel === channel) running.delete(id);
}

/** @throws nothing that the driver throws: it goes back to whoever called. */
function handle(message: ToThread, module: DriverModule): void {
  switch (message.type) {
    case "call":
      void run(message, module);
      break;
    case "cancel":
      running.get(message.id)?.ending.abort(errorOf(message.why));
      running.delete(message.id);
      break;
    case "statistics":
      tellStatistics(message.channel);
  }
}

function tellStatistics(number: number): void {
  try {
    const statistics = channels.get(number)?.channel?.statistics();
    if (statistics) tell({ type: "statistics", channel: number, statistics });
  } catch (error) {
    log.of(number).warn({ err: error }, "a driver cannot tell its statistics");
  }
}

const module = (await import(code)) as DriverModule;

function letStopsIn(): boolean {
  let came = false;
  for (let ahead = receiveMessageOnPort(stop); ahead; ahead = receiveMessageOnPort(stop)) {
    came = true;
    handle(ahead.message as ToThread, module);
  }
  return came;
}

stop.on("message", (message: ToThread) => handle(message, module));
port.on("message", (message: ToThread) => {
  // What waits may be many; a stop request is none of them.
  letStopsIn();
  handle(message, module);
});
setInterval(() => words.beat(), beatEveryMs);
// Before anybody has connected: what loading a library took is twice what it keeps.
clearStartGarbage();
tell({ type: "ready" });
