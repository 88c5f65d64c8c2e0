import type { HistoryStore } from "../core/history-port.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { BatchBuilder } from "../core/sample.ts";
import { engineeringType } from "../core/scaling.ts";
import { Status } from "../core/status.ts";
import type { LiveValues } from "./use-cases.ts";

/**
 * Records what changes. After an end without a goodbye (kill, power) the last value on record would
 * seem to hold until today, so the time without the gateway is marked as a gap from the last commit.
 */
export async function startRecorder(
  plant: Plant,
  values: LiveValues,
  store: HistoryStore,
  log: Log,
): Promise<() => void> {
  const recorded = plant.tags.filter((tag) => tag.record);
  const wanted = new Set(recorded.map((tag) => tag.handle));
  await store.open(
    recorded.map((tag) => ({ handle: tag.handle, name: tag.name, type: engineeringType(tag), formerly: tag.formerly })),
  );
  const { lastCommitMs, damage } = store.statistics();
  for (const place of damage) log.warn({ place }, "history is damaged here");
  if (lastCommitMs !== undefined) markGap(store, [...wanted], lastCommitMs + 1);
  const everything = wanted.size === plant.tags.length;
  return values.onBatch((batch) => {
    if (everything) return store.append(batch);
    const some = new BatchBuilder();
    for (let row = 0; row < batch.length; row++) {
      const handle = batch.handles[row] as number;
      if (wanted.has(handle))
        some.push(handle, batch.values[row] ?? null, batch.statuses[row] as number, batch.sourceTimes[row] as number);
    }
    if (some.length > 0) store.append(some.build(batch.serverTime));
  });
}

function markGap(store: HistoryStore, handles: readonly number[], atMs: number): void {
  const gap = new BatchBuilder();
  for (const handle of handles) gap.push(handle, null, Status.Bad_NoData, atMs);
  if (gap.length > 0) store.append(gap.build(atMs));
}
