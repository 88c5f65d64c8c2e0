import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLog } from "../../gateway/core/log.ts";
import { BatchBuilder, type SampleBatch } from "../../gateway/core/sample.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { createHistoryStore } from "../../gateway/stores/history/history-store.ts";

export interface HistoryBenchResult {
  readonly rows: number;
  readonly rowsPerSecond: number;
  readonly cpuMicrosPerRow: number;
  readonly bytesPerPoint: number;
  readonly rawDayMs: number;
  readonly trendMs: number;
  readonly lastOfAllMs: number;
  readonly openMs: number;
}

/** Same numbers at every run. */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** 100 tags at 1 Hz for `hours`, a sine with noise, two decimals, in batches of one second. */
function* batches(tags: number, hours: number, startMs: number): Generator<SampleBatch> {
  const random = noise(42);
  for (let second = 0; second < hours * 3600; second++) {
    const batch = new BatchBuilder();
    const time = startMs + second * 1000;
    for (let tag = 0; tag < tags; tag++) {
      const value = 50 + 20 * Math.sin((second + tag * 40) / 600) + (random() - 0.5) * 0.4;
      batch.push(tag, Math.round(value * 100) / 100, 0, time);
    }
    yield batch.build(time);
  }
}

/** Durable rows a second and bytes a point of the embedded historian on this machine, in a folder of its own. */
export async function benchHistory(tagCount = 100, hours = 6): Promise<HistoryBenchResult> {
  const folder = mkdtempSync(join(tmpdir(), "plancia-bench-"));
  const tags = Array.from({ length: tagCount }, (_, handle) => ({
    handle,
    name: `bench/t${handle}`,
    type: "double" as const,
    formerly: [],
  }));
  const options = { folder, commitMs: 250, queueSamples: 200_000, log: silentLog, clock: systemClock };
  const startMs = Date.UTC(2026, 0, 1);
  const all = [...batches(tagCount, hours, startMs)];
  try {
    const store = createHistoryStore(options);
    await store.open(tags);
    const cpu = process.cpuUsage();
    const before = performance.now();
    for (const batch of all) {
      store.append(batch);
      if (store.statistics().queued > 100_000) await store.flush();
    }
    await store.flush();
    const seconds = (performance.now() - before) / 1000;
    const used = process.cpuUsage(cpu);
    const rows = tagCount * hours * 3600;
    await store.close();

    const again = createHistoryStore(options);
    const openMs = await timed(() => again.open(tags));
    const endMs = startMs + hours * 3_600_000;
    const range = { startMs, endMs, limit: 100_000 };
    const rawDayMs = await timed(() => again.query({ ...range, tags: ["bench/t0"], aggregate: "raw" }));
    const trendMs = await timed(() =>
      again.query({ ...range, tags: ["bench/t1"], aggregate: "timeAverage", intervalMs: (endMs - startMs) / 500 }),
    );
    const names = tags.map((tag) => tag.name);
    const lastOfAllMs = await timed(() =>
      again.query({ tags: names, startMs: endMs - 1000, endMs, aggregate: "last", intervalMs: 1000, limit: 1000 }),
    );
    const { bytesOnDisk, points, samplesDropped } = again.statistics();
    await again.close();
    if (points !== rows || samplesDropped !== 0) throw new Error(`${points} points of ${rows} arrived`);
    return {
      rows,
      rowsPerSecond: rows / seconds,
      cpuMicrosPerRow: (used.user + used.system) / rows,
      bytesPerPoint: bytesOnDisk / points,
      rawDayMs,
      trendMs,
      lastOfAllMs,
      openMs,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const before = performance.now();
  await work();
  return performance.now() - before;
}

if (process.argv[1] === import.meta.filename) {
  for (const [name, value] of Object.entries(await benchHistory())) {
    process.stdout.write(`${name.padEnd(18)}${value.toLocaleString("en", { maximumFractionDigits: 2 })}\n`);
  }
}
