import type { DriverModule } from "../core/driver-port.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { drivers } from "../drivers/registry.ts";
import { DriverThread } from "../isolation/driver-thread.ts";
import { systemClock as clock } from "../kit/clock.ts";
import type { DriverManifest } from "../kit/driver-manifest.ts";
import type { GuardedTimers } from "../kit/guarded-timers.ts";
import { Acquisition } from "../services/acquisition/acquisition.ts";
import type { Image } from "../services/image.ts";
import type { DataFolder } from "../stores/folder/data-folder.ts";

export interface AcquisitionParts {
  readonly plant: Plant;
  readonly image: Image;
  readonly folder: DataFolder;
  readonly timers: GuardedTimers;
  readonly log: Log;
  readonly opened: { add(close: () => void | Promise<void>): void };
}

/** The devices of the plant, each with its driver, most in threads of their own; not started. */
export function acquisitionOf(parts: AcquisitionParts): Acquisition {
  const { plant, image, folder, timers, log, opened } = parts;
  const isolated = drivers.filter(({ name }) => plant.driverThreads?.get(name) !== "gateway");
  const threads = new Map(isolated.map((driver) => [driver.name, threadOf(driver, parts)]));
  opened.add(async () => {
    await Promise.all([...threads.values()].map((thread) => thread.close()));
  });
  const needsGateway = new Set(
    drivers.flatMap(({ name, needsGatewayThread }) =>
      plant.devices.filter(({ driver, settings }) => driver === name && needsGatewayThread?.(settings)),
    ),
  );
  return new Acquisition({
    ...{ plant, image, clock, timers, log },
    drivers: new Map(drivers.map((driver) => [driver.name, () => moduleOf(driver, threads.get(driver.name), plant)])),
    thread: (device) => (needsGateway.has(device) ? undefined : threads.get(device.driver)?.facts),
    folder: (driver) => folder.driver(driver),
  });
}

/** Where devices of one protocol need both, each channel goes where its devices can be spoken to. */
async function moduleOf(driver: DriverManifest, thread: DriverThread | undefined, plant: Plant): Promise<DriverModule> {
  if (!thread) return driver.load();
  const needsGateway = ({ settings }: { readonly settings: unknown }) => driver.needsGatewayThread?.(settings) ?? false;
  if (!plant.devices.some((device) => device.driver === driver.name && needsGateway(device))) return thread.module;
  const here = await driver.load();
  return {
    createChannel: (devices, context) =>
      (devices.some(needsGateway) ? here : thread.module).createChannel(devices, context),
  };
}

function threadOf(driver: DriverManifest, { folder, timers, log }: AcquisitionParts): DriverThread {
  const { name, code, capabilities, certificates } = driver;
  return new DriverThread({
    ...{ driver: name, code, capabilities, clock, timers, log, random: Math.random },
    // Two threads that find no certificate of the gateway's own would each make one.
    prepare: certificates && (async () => void (await (await certificates()).own(folder.driver(name)))),
  });
}
