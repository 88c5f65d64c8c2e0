import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { silentLog } from "../../gateway/core/log.ts";
import { BatchBuilder } from "../../gateway/core/sample.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { createHistoryStore } from "../../gateway/stores/history/history-store.ts";
import { baseMs, numbered } from "./history-numbers.ts";

/** RELIABILITY F5: a small disk of memory that fills up and is emptied. */
let folder: string;
let mounted = false;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-disk-"));
  const done = spawnSync("mount", ["-t", "tmpfs", "-o", "size=3m", "tmpfs", folder]);
  mounted = done.status === 0;
});
afterEach(() => {
  if (mounted) spawnSync("umount", [folder]);
  rmSync(folder, { recursive: true, force: true });
});

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test("a full disk stops nothing, is said, and is over when there is space again", async (context) => {
  if (!mounted) context.skip("a small disk cannot be mounted here: that needs root and the right to mount");
  const filler = join(folder, "filler");
  writeFileSync(filler, new Uint8Array(2_200_000));
  const queueSamples = 20_000;
  const store = createHistoryStore({ folder, commitMs: 20, queueSamples, log: silentLog, clock: systemClock });
  await store.open(numbered);
  let next = 0;
  const append = (count: number): void => {
    for (let i = 0; i < count; i++, next++) {
      const batch = new BatchBuilder();
      for (const { handle } of numbered) batch.push(handle, Math.sin(next * 20 + handle), 0, baseMs + next);
      store.append(batch.build(Date.now()));
    }
  };
  const timer = setInterval(() => append(10), 5);
  await until("the disk is full", () => store.statistics().fault !== undefined);
  expect(store.statistics().fault).toMatch(/full/);
  const { samplesCommitted } = store.statistics();
  expect(samplesCommitted).toBeGreaterThan(0);
  await until("the queue is at its limit and drops", () => store.statistics().samplesDropped > 0);
  expect(store.statistics().queued).toBeLessThanOrEqual(queueSamples * 2);

  const ask = async () => {
    const query = {
      tags: ["chaos/t3"],
      startMs: baseMs,
      endMs: baseMs + next,
      aggregate: "raw",
      limit: 100_000,
    } as const;
    return (await store.query(query)).series[0]?.points ?? [];
  };
  const whileFull = await ask();
  expect(whileFull).toHaveLength(store.statistics().samplesCommitted / numbered.length);

  rmSync(filler);
  await until("it writes again", () => store.statistics().fault === undefined);
  clearInterval(timer);
  await store.flush();
  const after = await ask();
  const { samplesDropped, queued, damage } = store.statistics();
  expect([queued, damage]).toEqual([0, []]);
  expect(store.statistics().samplesCommitted + samplesDropped).toBe(next * numbered.length);
  expect(after.length * numbered.length).toBe(store.statistics().samplesCommitted);
  expect(after.slice(0, whileFull.length)).toEqual(whileFull);
  expect(after.at(-1)?.[0]).toBe(baseMs + next - 1);
  await store.close();
});
