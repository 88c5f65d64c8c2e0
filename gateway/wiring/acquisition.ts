import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { drivers } from "../drivers/registry.ts";
import { systemClock as clock } from "../kit/clock.ts";
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
}

/** The devices of the plant, each with its driver; not started. */
export function acquisitionOf({ plant, image, folder, timers, log }: AcquisitionParts): Acquisition {
  return new Acquisition({
    ...{ plant, image, clock, timers, log },
    drivers: new Map(drivers.map((driver) => [driver.name, () => driver.load()])),
    folder: (driver) => folder.driver(driver),
  });
}
