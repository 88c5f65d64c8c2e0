import { onTestFinished } from "vitest";
import type { Channel, DeviceSpec, Point } from "../../gateway/core/driver-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import type { DataType, Value } from "../../gateway/core/value.ts";
import { modbus } from "../../gateway/drivers/modbus/manifest.ts";
import { systemClock, systemTimers } from "../../gateway/kit/clock.ts";

export function modbusDevice(id: string, settings: object): DeviceSpec {
  return { id, settings: modbus.settings.parse({ host: "127.0.0.1", ...settings }), intervalMs: 1000 };
}

export function modbusPoint(handle: number, address: object, writable = false): Point {
  const parsed = modbus.address.parse(address);
  const type = modbus.typeOf?.(parsed);
  if (type === undefined) throw new Error(`an address without type: ${JSON.stringify(address)}`);
  return { handle, address: parsed, type: type as DataType, writable };
}

/** A connected channel that the test's end closes, with what was lost. */
export async function openModbus(devices: readonly DeviceSpec[]): Promise<{ channel: Channel; lost: Error[] }> {
  const lost: Error[] = [];
  const { createChannel } = await modbus.load();
  const channel = createChannel(devices, {
    folder: "",
    log: silentLog,
    clock: systemClock,
    timers: systemTimers,
    lost: (error) => lost.push(error),
  });
  onTestFinished(() => channel.close());
  await channel.connect(AbortSignal.timeout(5_000));
  return { channel, lost };
}

export async function readAll(channel: Channel, device: string, points: readonly Point[]) {
  return (await channel.read?.(device, points, new AbortController().signal, "poll")) ?? [];
}

export async function writeOne(channel: Channel, device: string, point: Point, value: Value) {
  const notAfterMs = systemClock.monotonicMs() + 10_000;
  return channel.write?.({ device, point, value, notAfterMs, lane: "normal" });
}
