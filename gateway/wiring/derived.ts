import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { compile } from "../expressions/compile.ts";
import { systemClock as clock } from "../kit/clock.ts";
import type { GuardedTimers } from "../kit/guarded-timers.ts";
import type { Acquisition } from "../services/acquisition/acquisition.ts";
import type { FieldAccess } from "../services/control/desk.ts";
import { DerivedTags } from "../services/derived/derived-tags.ts";
import { DerivedMemory } from "../services/derived/memory.ts";
import type { Image } from "../services/image.ts";
import type { Records } from "../stores/records/records.ts";

export interface DerivedParts {
  readonly plant: Plant;
  readonly image: Image;
  readonly records: Records;
  readonly timers: GuardedTimers;
  readonly log: Log;
}

/** The derived tags of the plant with what they had counted; not started. @throws PlanciaError store/unavailable. */
export async function openDerived({ plant, image, records, timers, log }: DerivedParts): Promise<DerivedTags> {
  const memory = new DerivedMemory({ store: records.derived, clock, timers, log });
  await memory.load();
  return new DerivedTags({ plant, image, compile, memory, clock, timers, log });
}

/** Devices as control reads them: what is computed is made from what was read at that moment (R7). */
export function fieldWith(derived: DerivedTags, acquisition: Acquisition): FieldAccess {
  return {
    readNow: (tags, sinceMs, lane) =>
      derived.readNow(tags, (ofDevices) => acquisition.readNow(ofDevices, sinceMs, lane)),
    write: (...given) => acquisition.write(...given),
    call: (...given) => acquisition.call(...given),
  };
}
