import { z } from "zod";
import { didYouMean } from "../core/closest.ts";
import type { Device } from "../core/plant.ts";
import { textOf } from "../core/text.ts";
import type { DriverManifest } from "../kit/driver-manifest.ts";
import { type Parsing, parsePart } from "./parse.ts";
import type { Path, Report } from "./report.ts";
import type { Record } from "./schema/record.ts";
import { DeviceShape } from "./schema/root.ts";

export interface PlacedDevice {
  /** undefined: its settings are wrong, and reported. */
  readonly device: Device | undefined;
  readonly driver: DriverManifest;
  /** For tags that say nothing themselves. */
  readonly record?: Record | undefined;
}

/** The devices as far as they could be read, for whatever names one. */
export interface DeviceContext {
  readonly parsing: Parsing;
  readonly devices: ReadonlyMap<string, PlacedDevice>;
  /** Devices that are in the file, right or wrong. */
  readonly deviceIds: ReadonlySet<string>;
}

/** One device by its driver's own schema, so that a driver's settings are described once, in its folder. */
export function readDevice(
  parsing: Parsing,
  drivers: readonly DriverManifest[],
  id: string,
  value: unknown,
): PlacedDevice | undefined {
  const path = ["devices", id];
  const head = parsePart(parsing, z.looseObject(DeviceShape), value, path);
  const name: unknown = typeof value === "object" && value !== null ? Reflect.get(value, "driver") : undefined;
  const driver = drivers.find((each) => each.name === name);
  if (!driver) {
    if (typeof name === "string") parsing.report.problem([...path, "driver"], noDriver(name, drivers));
    return undefined;
  }
  const settings = parsePart(parsing, driver.settings, settingsOf(value), path);
  if (!head || settings === undefined) return { device: undefined, driver };
  const device: Device = {
    id,
    driver: driver.name,
    name: head.name ?? textOf(id),
    settings,
    intervalMs: head.interval ?? driver.defaultIntervalMs,
    channel: `${driver.name} ${driver.channelKey(settings)}`,
  };
  return { device, driver, record: head.record };
}

/** Devices of one channel must agree on what the channel is; the first in the file is right. */
export function checkChannels(report: Report, devices: Iterable<PlacedDevice>): void {
  const firsts = new Map<string, Device>();
  for (const { device, driver } of devices) {
    if (!device) continue;
    const first = firsts.get(device.channel);
    if (!first) firsts.set(device.channel, device);
    const wrong = first && driver.checkShared?.(device.settings, { device: first.id, settings: first.settings });
    if (wrong) report.problem(["devices", device.id, ...wrong.path], wrong.why);
  }
}

function noDriver(name: string, drivers: readonly DriverManifest[]): string {
  const names = drivers.map((driver) => driver.name);
  return `there is no driver "${name}"${didYouMean(name, names) || `; known are ${names.join(", ")}`}`;
}

/** What is left for the driver once the keys that every device has are taken out. */
function settingsOf(value: unknown): unknown {
  return Object.fromEntries(Object.entries(value as object).filter(([key]) => !Object.hasOwn(DeviceShape, key)));
}

/** The device that is named at `path`; undefined: none, or wrong, and reported. */
export function findDevice(context: DeviceContext, id: string, path: Path): PlacedDevice | undefined {
  const placed = context.devices.get(id);
  if (!placed && !context.deviceIds.has(id)) {
    context.parsing.report.problem(path, `there is no device "${id}"${didYouMean(id, context.deviceIds)}`);
  }
  return placed;
}

/** A method or a lock of a device by its driver's own schema; undefined: reported. `path` holds `device` and the address. */
export function placeAddress(
  context: DeviceContext,
  device: string,
  what: "method" | "lock",
  address: unknown,
  path: Path,
): unknown {
  const placed = findDevice(context, device, [...path, "device"]);
  const schema = placed?.driver[what];
  if (placed && !schema) {
    const text = `the driver ${placed.driver.name} has no ${what === "method" ? "methods to call" : "locks"}`;
    context.parsing.report.problem([...path, "device"], text);
  }
  return schema && parsePart(context.parsing, schema, address, [...path, what === "method" ? "call" : "address"]);
}
