import { onTestFinished } from "vitest";
import type { Channel, DriverCapabilities, Point, WriteRequest, WriteResult } from "../../core/driver-port.ts";
import type { Log } from "../../core/log.ts";
import { systemClock as clock, systemTimers as timers } from "../../kit/clock.ts";
import { DriverThread } from "../driver-thread.ts";
import type { ThreadLimits } from "../thread-limits.ts";
import { Wire } from "./wire.ts";

export const capabilities: DriverCapabilities = {
  ...{ read: true, subscribe: true, write: true, call: false, lock: false, browse: false },
};

export const point: Point = { handle: 7, address: "here", type: "double", writable: true };

/** The faulty driver in a thread of its own, with one device. */
export function startBench(limits: Partial<ThreadLimits> = {}) {
  const wire = new Wire();
  const lines: { level: string; fields: object; message: string }[] = [];
  const log = logTo(lines);
  const thread = new DriverThread({
    driver: "faulty",
    code: new URL("./faulty-driver.ts", import.meta.url),
    ...{ capabilities, clock, timers, log, random: () => 0, limits: { firstMs: 1, longestMs: 1, ...limits } },
  });
  onTestFinished(() => thread.close());
  const device = { id: "device", settings: { wire: wire.memory }, intervalMs: 100 };
  const lost: Error[] = [];
  async function open(signal = AbortSignal.timeout(60_000)): Promise<Channel> {
    const context = { folder: "", log, clock, timers, lost: (error: Error) => void lost.push(error) };
    const channel = thread.module.createChannel([device], context);
    await channel.connect(signal);
    return channel;
  }
  return { wire, thread, open, lost, lines };
}

export function write(channel: Channel, value: number, more: Partial<WriteRequest> = {}): Promise<WriteResult> {
  const notAfterMs = clock.monotonicMs() + 60_000;
  const request: WriteRequest = { device: "device", point, value, notAfterMs, lane: "normal", ...more };
  return channel.write?.(request) ?? Promise.reject(new Error("it cannot write"));
}

function logTo(lines: { level: string; fields: object; message: string }[]): Log {
  const at = (level: string) => (fields: object, message: string) => void lines.push({ level, fields, message });
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), child: () => logTo(lines) };
}
