import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Timers } from "../../gateway/core/clock.ts";
import { bucketAggregates, type HistoryStore, type HistoryTag } from "../../gateway/core/history-port.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { BatchBuilder } from "../../gateway/core/sample.ts";
import { Status } from "../../gateway/core/status.ts";
import type { Value } from "../../gateway/core/value.ts";
import { systemClock } from "../../gateway/kit/clock.ts";
import { createHistoryStore, type HistoryStoreOptions } from "../../gateway/stores/history/history-store.ts";
import { verifyHistory } from "../../gateway/stores/history/verify.ts";
import { WorkerLink } from "../../gateway/stores/history/worker-link.ts";

/** The historian with its thread, as the gateway uses it. */
const start = Date.UTC(2026, 0, 1);
const tags: HistoryTag[] = ["press/speed", "press/text"].map((name, handle) => ({
  handle,
  name,
  type: handle === 0 ? "double" : "string",
  formerly: [],
}));
let folder: string;
const open: HistoryStore[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-history-"));
});
afterEach(async () => {
  for (const store of open.splice(0)) await store.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Timers that only tick when told. */
function handTimers(): Timers & { tick(): void } {
  const running = new Set<() => void>();
  const every = (_ms: number, run: () => void) => {
    running.add(run);
    return () => running.delete(run);
  };
  return { every, after: () => () => undefined, tick: () => running.forEach((run) => void run()) };
}

function makeStore(options: Partial<HistoryStoreOptions> = {}): HistoryStore {
  const store = createHistoryStore({
    folder,
    commitMs: 50,
    queueSamples: 10_000,
    log: silentLog,
    clock: systemClock,
    ...options,
  });
  open.push(store);
  return store;
}

function append(store: HistoryStore, handle: number, values: readonly Value[], from = start): void {
  const batch = new BatchBuilder();
  for (const [i, value] of values.entries()) batch.push(handle, value, 0, from + i * 1000);
  store.append(batch.build(from));
}

const raw = (tag = "press/speed") =>
  ({ tags: [tag], startMs: start - 1e6, endMs: start + 1e9, aggregate: "raw", limit: 100_000 }) as const;

async function valuesOf(store: HistoryStore, tag?: string): Promise<Value[]> {
  return (await store.query(raw(tag))).series[0]?.points.map(([, value]) => value) ?? [];
}

test("what was flushed is returned, counted, and there after closing and opening", async () => {
  const store = makeStore();
  await store.open(tags);
  append(store, 0, [1.5, null, Number.NaN, Number.POSITIVE_INFINITY, -0]);
  append(store, 1, ["a", "b\ud800"]);
  await store.flush();
  expect(store.statistics()).toMatchObject({
    samplesCommitted: 7,
    samplesDropped: 0,
    queued: 0,
    points: 7,
    fault: undefined,
    damage: [],
  });
  expect(store.statistics().lastCommitMs).toBeGreaterThan(start);
  await store.close();
  const again = makeStore();
  await again.open(tags);
  expect(await valuesOf(again)).toEqual([1.5, null, Number.NaN, Number.POSITIVE_INFINITY, -0]);
  expect(await valuesOf(again, "press/text")).toEqual(["a", "b\ud800"]);
});

test("nothing is returned before it is committed, and the timer commits", async () => {
  const timers = handTimers();
  const store = makeStore({ timers });
  await store.open(tags);
  append(store, 0, [1, 2, 3]);
  expect(await valuesOf(store)).toEqual([]);
  expect(store.statistics()).toMatchObject({ queued: 3, samplesCommitted: 0 });
  timers.tick();
  await expect.poll(() => store.statistics().samplesCommitted, { timeout: 20_000 }).toBe(3);
  expect(await valuesOf(store)).toEqual([1, 2, 3]);
});

test("samples that come before the opening wait, and the oldest go when there are too many", async () => {
  const store = makeStore({ queueSamples: 4 });
  append(store, 0, [1, 2, 3, 4, 5, 6]);
  expect(store.statistics()).toMatchObject({ queued: 4, samplesDropped: 2 });
  await store.open(tags);
  await store.flush();
  expect(await valuesOf(store)).toEqual([3, 4, 5, 6]);
});

test("impossible times and unknown handles are counted as dropped, an endless text is recorded as such", async () => {
  const store = makeStore();
  await store.open(tags);
  for (const from of [Number.NaN, Number.POSITIVE_INFINITY, 1e17]) append(store, 0, [1], from);
  append(store, 7, [1]);
  append(store, 1, ["x".repeat(65_537)]);
  await store.flush();
  expect(store.statistics()).toMatchObject({ samplesCommitted: 1, samplesDropped: 4, queued: 0 });
  const answer = await store.query(raw("press/text"));
  expect(answer.series[0]?.points).toEqual([[start, null, Status.Bad_EncodingLimitsExceeded]]);
});

test("times with a fraction are recorded to the millisecond", async () => {
  const store = makeStore();
  await store.open(tags);
  append(store, 0, [1], start + 0.4);
  append(store, 0, [2], start - 5000.5);
  await store.flush();
  expect((await store.query(raw())).series[0]?.points.map(([time]) => time - start)).toEqual([-5000, 0]);
});

test("questions before opening, after closing, or beyond what may run at once are refused", async () => {
  const store = makeStore();
  await expect(store.query(raw())).rejects.toMatchObject({ code: "history/unavailable" });
  await store.open(tags);
  const many = await Promise.allSettled(Array.from({ length: 80 }, () => store.query(raw())));
  expect(many.filter(({ status }) => status === "rejected")).toHaveLength(16);
  await store.close();
  await expect(store.query(raw())).rejects.toMatchObject({ code: "history/unavailable" });
  append(store, 0, [1]);
  expect(store.statistics().samplesDropped).toBe(1);
});

test("a question ends when the one who asked is gone, and the next is answered", async () => {
  const store = makeStore({ queueSamples: 1_000_000 });
  await store.open(tags);
  append(
    store,
    0,
    Array.from({ length: 200_000 }, (_, i) => i),
  );
  await store.flush();
  const gone = new AbortController();
  const asked = store.query(raw(), gone.signal);
  gone.abort();
  await expect(asked).rejects.toMatchObject({ code: "history/unavailable" });
  await expect(store.query(raw(), AbortSignal.abort())).rejects.toMatchObject({ code: "history/unavailable" });
  expect((await store.query({ ...raw(), limit: 5 })).series[0]?.points).toHaveLength(5);
  await expect(store.query({ ...raw(), limit: 0 })).rejects.toMatchObject({ code: "history/range" });
});

test("a folder that cannot be written and a file of a newer version are refused with one clear line", async () => {
  const file = join(folder, "a-file");
  writeFileSync(file, "");
  await expect(makeStore({ folder: join(file, "data") }).open(tags)).rejects.toMatchObject({ code: "start/read-only" });
  const store = makeStore();
  await store.open(tags);
  await store.close();
  const db = new DatabaseSync(join(folder, "history.db"));
  db.exec("UPDATE meta SET value = 99 WHERE key = 'format'");
  db.close();
  const refused = makeStore().open(tags);
  await expect(refused).rejects.toMatchObject({ code: "start/damaged" });
  await expect(refused).rejects.toThrow(/newer version \(format 99/);
});

test("a whole history verifies, while it is written and after", async () => {
  const store = makeStore();
  await store.open(tags);
  append(
    store,
    0,
    Array.from({ length: 500 }, (_, i) => i),
  );
  await store.flush();
  expect(verifyHistory(folder)).toEqual([]);
  await store.close();
  const db = new DatabaseSync(join(folder, "history.db"));
  db.exec("UPDATE chunk SET data = zeroblob(20)");
  db.close();
  expect(verifyHistory(folder).join()).toMatch(/chunk 1 of press\/speed .* is damaged/);
});

test("requests to a thread that is gone are refused and do not hang", async () => {
  const link = new WorkerLink({ damage: () => undefined, log: () => undefined, lost: () => undefined });
  const pending = link.call<"open">({ type: "open", folder, tags, nowMs: start });
  const ended = expect(pending).rejects.toMatchObject({ code: "history/unavailable" });
  await link.terminate();
  await ended;
  await expect(link.call<"close">({ type: "close", nowMs: start })).rejects.toMatchObject({
    code: "history/unavailable",
  });
});

test("an isolated question sees nothing of what lies outside of it, on no page, in no bucket, by no aggregate", async () => {
  const store = makeStore();
  await store.open(tags);
  append(store, 0, [111], start - 5000);
  append(store, 0, [222], start + 2500);
  append(store, 0, [999], start + 5000);
  await store.flush();
  const range = { tags: ["press/speed"], startMs: start, endMs: start + 4000, intervalMs: 1000 };
  for (const interpolation of ["stepped", "sloped"] as const) {
    for (const aggregate of bucketAggregates) {
      const seen = async (isolated: boolean, limit: number): Promise<Value[]> => {
        const values: Value[] = [];
        let next: string | undefined;
        do {
          const readings = [{ interpolation }];
          const answer = await store.query({ ...range, aggregate, readings, isolated, limit, next });
          values.push(...(answer.series[0]?.points ?? []).map(([, value]) => value));
          next = answer.next;
        } while (next !== undefined);
        return values;
      };
      const inside = isolatedValues[aggregate] ?? [null, null, 222, 222];
      expect([aggregate, await seen(true, 100)]).toEqual([aggregate, inside]);
      expect([aggregate, await seen(true, 1)]).toEqual([aggregate, inside]);
    }
  }
  const holds = await store.query({ ...range, aggregate: "timeAverage", limit: 100 });
  expect(holds.series[0]?.points[0]).toEqual([start, 111, 0]);
});

/** Four buckets of a second; 222 comes in the middle of the third. */
const isolatedValues: Partial<Record<string, Value[]>> = {
  average: [null, null, 222, null],
  interpolative: [null, null, null, 222],
  range: [null, null, 0, 0],
  count: [0, 0, 1, 0],
  delta: [null, null, 0, 0],
  durationInState: [null, null, 500, 1000],
  percentGood: [0, 0, 50, 100],
};
