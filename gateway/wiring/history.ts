import { keepEverything } from "../core/history/retention.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { systemClock as clock } from "../kit/clock.ts";
import type { GuardedTimers } from "../kit/guarded-timers.ts";
import type { Image } from "../services/image.ts";
import { startRecorder } from "../services/recorder.ts";
import type { DataFolder } from "../stores/folder/data-folder.ts";
import { createHistoryStore } from "../stores/history/history-store.ts";
import { startForwarders } from "./forwarders.ts";

export interface HistoryOpening {
  readonly plant: Plant;
  readonly image: Image;
  readonly folder: DataFolder;
  readonly timers: GuardedTimers;
  readonly log: Log;
  readonly opened: { add(close: () => void | Promise<void>): void };
}

/** What is recorded, and where it goes from there. @throws PlanciaError store/unavailable. */
export async function openHistory({ plant, image, folder, timers, log, opened }: HistoryOpening) {
  const store = createHistoryStore({
    folder: folder.history,
    ...plant.historian,
    keep: plant.historian.retention ?? keepEverything,
    forwarders: plant.historian.targets.map((target) => target.id),
    log,
    clock,
    timers,
  });
  opened.add(() => store.close());
  const stopRecording = await startRecorder(plant, image, store, log, { clock, timers });
  const forwarders = await startForwarders({ plant, feeds: store, dataFolder: folder.path, clock, timers, log });
  opened.add(async () => {
    await Promise.all(forwarders.map((forwarder) => forwarder.close()));
  });
  return { store, stopRecording, forwarders };
}
