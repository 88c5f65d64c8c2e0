import type { Clock, Timers } from "../core/clock.ts";
import type { HistoryStore } from "../core/history-port.ts";
import type { Log } from "../core/log.ts";
import type { Plant } from "../core/plant.ts";
import { BatchBuilder, type SampleBatch } from "../core/sample.ts";
import { engineeringType } from "../core/scaling.ts";
import { Status } from "../core/status.ts";
import { RecordingFilter } from "./recording-filter.ts";
import type { LiveValues } from "./use-cases.ts";

export interface RecorderTime {
  readonly clock: Clock;
  readonly timers: Timers;
}

/**
 * Records what changes, as far as each tag's rule wants it. After an end without a goodbye (kill, power) the last
 * value on record would seem to hold until today, so the time without the gateway is marked as a gap from the last
 * commit. @returns what ends it; what had to wait until then is recorded first.
 */
export async function startRecorder(
  plant: Plant,
  values: LiveValues,
  store: HistoryStore,
  log: Log,
  { clock, timers }: RecorderTime,
): Promise<() => void> {
  const recorded = plant.tags.filter((tag) => tag.record);
  await store.open(
    recorded.map((tag) => ({ handle: tag.handle, name: tag.name, type: engineeringType(tag), formerly: tag.formerly })),
  );
  const { lastCommitMs, damage } = store.statistics();
  for (const place of damage) log.warn({ place }, "history is damaged here");
  if (lastCommitMs !== undefined)
    markGap(
      store,
      recorded.map((tag) => tag.handle),
      lastCommitMs + 1,
    );
  const filter = new RecordingFilter(
    recorded.map(({ handle, recording, expectMs, intervalMs }) => ({
      ...{ handle, rule: recording },
      periodMs: expectMs ?? intervalMs,
    })),
    plant.tags.length,
    values,
    clock,
  );
  const append = (batch: SampleBatch | undefined): void => {
    if (batch) store.append(batch);
  };
  const stopListening = values.onBatch((batch) => append(filter.pass(batch)));
  const everyMs = filter.everyMs;
  const stopTicking = everyMs === undefined ? undefined : timers.every(everyMs, () => append(filter.due()));
  return () => {
    stopTicking?.();
    stopListening();
    append(filter.rest());
  };
}

function markGap(store: HistoryStore, handles: readonly number[], atMs: number): void {
  const gap = new BatchBuilder();
  for (const handle of handles) gap.push(handle, null, Status.Bad_NoData, atMs);
  if (gap.length > 0) store.append(gap.build(atMs));
}
