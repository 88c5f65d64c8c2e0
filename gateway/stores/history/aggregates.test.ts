import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type SlowRow, slowPoint } from "../../core/history/testing/slow-aggregates.ts";
import { bucketAggregates, type HistoryPoint, type HistoryQuery } from "../../core/history-port.ts";
import { HistoryEngine } from "./engine.ts";

/** Aggregates of what lies in chunks, in late chunks and in heads, against the slow exact computation. */
const start = Date.UTC(2026, 2, 1);
const windowMs = 100;
const later = start + 1e9;

const row = fc.record({
  time: fc.integer({ min: -40, max: windowMs + 40 }),
  value: fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: -5, max: 5 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  status: fc.oneof({ weight: 30, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(0x80310000) }),
});
const rows = fc.array(row, { minLength: 20, maxLength: 300, size: "max" });

/** In order of time, those of one time as they came, repeats gone. */
function ordered(all: readonly SlowRow[]): SlowRow[] {
  const sorted = [...all].sort((a, b) => a.time - b.time);
  return sorted.filter(
    (one, i) =>
      !sorted.slice(0, i).some((two) => two.time === one.time && two.value === one.value && two.status === one.status),
  );
}

function commit(engine: HistoryEngine, some: readonly SlowRow[], nowMs: number): void {
  engine.commit(
    {
      handles: some.map(() => 0),
      times: some.map(({ time }) => start + time),
      statuses: some.map(({ status }) => status),
      values: some.map(({ value }) => value),
    },
    nowMs,
  );
}

async function everyPage(engine: HistoryEngine, query: HistoryQuery): Promise<Map<string, HistoryPoint[]>> {
  const found = new Map<string, HistoryPoint[]>();
  let next: string | undefined;
  do {
    const answer = await engine.query({ ...query, next }, later, () => Promise.resolve());
    expect(answer.series.reduce((sum, { points }) => sum + points.length, 0)).toBeLessThanOrEqual(query.limit);
    for (const { aggregate = "", points } of answer.series) {
      found.set(aggregate, [...(found.get(aggregate) ?? []), ...points]);
    }
    next = answer.next;
  } while (next !== undefined);
  return found;
}

test("every aggregate is exact, however the samples came and lie, on one page or many", async () => {
  const reading = fc.record({
    interpolation: fc.constantFrom<"stepped" | "sloped">("stepped", "sloped"),
    counter: fc.constantFrom(undefined, { rollOver: 6 }),
  });
  /** Of one width, or as uneven as the days of a calendar are. */
  const cuts = fc.oneof(
    fc.integer({ min: 9, max: windowMs }),
    fc.subarray([7, 8, 30, 31, 55, 90], { minLength: 0 }).map((inner) => [0, ...inner, windowMs]),
  );
  await fc.assert(
    fc.asyncProperty(
      rows,
      fc.nat({ max: 300 }),
      reading,
      cuts,
      fc.constantFrom(14, 40, 1000),
      async (all, cut, how, buckets, limit) => {
        const isEven = typeof buckets === "number";
        const edges = isEven
          ? Array.from({ length: Math.ceil(windowMs / buckets) + 1 }, (_, k) => Math.min(windowMs, k * buckets))
          : buckets;
        const folder = mkdtempSync(join(tmpdir(), "plancia-history-"));
        const engine = new HistoryEngine(folder, [{ handle: 0, name: "a", type: "double", formerly: [] }], {
          damage: () => undefined,
          warn: () => undefined,
        });
        try {
          engine.open(start);
          // The first part is folded into chunks; what comes after is late wherever it is older.
          const first = ordered(all.slice(0, cut));
          commit(engine, first, start);
          commit(engine, [], start + 61_000);
          commit(engine, all.slice(cut), start + 61_000);
          const width = isEven ? { intervalMs: buckets } : { edgesMs: edges.map((ms) => start + ms) };
          const range = { startMs: start, endMs: start + windowMs, limit, ...width };
          const query: HistoryQuery = { tags: ["a"], aggregate: bucketAggregates, readings: [how], ...range };
          const found = await everyPage(engine, query);
          const slow = {
            rows: ordered([...first, ...all.slice(cut)]),
            outages: [],
            sloped: how.interpolation === "sloped",
            counter: how.counter,
            state: undefined,
            endMs: windowMs,
            asOfMs: later - start,
          };
          for (const aggregate of bucketAggregates) {
            if (aggregate.endsWith("ActualTime") && slow.sloped) continue;
            const points = found.get(aggregate) ?? [];
            expect(points).toHaveLength(edges.length - 1);
            points.forEach(([timeMs, value, status], k) => {
              const [from = 0, to = 0] = [edges[k], edges[k + 1]];
              const [time, expected, quality] = slowPoint(aggregate, slow, from, to);
              expect([timeMs - start, status]).toEqual([time, quality]);
              if (expected === null) expect(value).toBeNull();
              else expect(Number(value)).toBeCloseTo(Number(expected), 9);
            });
          }
        } finally {
          engine.close(later);
          rmSync(folder, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 12 },
  );
});

test("aggregates of more rows than a page holds come page by page, each bucket once", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plancia-history-"));
  const tags = Array.from(
    { length: 15 },
    (_, handle) => ({ handle, name: `t${handle}`, type: "double", formerly: [] }) as const,
  );
  const engine = new HistoryEngine(folder, tags, { damage: () => undefined, warn: () => undefined });
  try {
    engine.open(start);
    const range = { startMs: start, endMs: start + 10_000, intervalMs: 1, limit: 100_000 };
    const names = tags.map(({ name }) => name);
    const pages: number[] = [];
    const seen = new Map<string, number>();
    let next: string | undefined;
    do {
      const query: HistoryQuery = { tags: names, aggregate: ["minimum", "count"], ...range, next };
      const answer = await engine.query(query, later, () => Promise.resolve());
      pages.push(answer.series.reduce((sum, { points }) => sum + points.length, 0));
      for (const { tag, aggregate, points } of answer.series) {
        const key = `${tag} ${aggregate}`;
        const from = start + (seen.get(key) ?? 0);
        expect(points.findIndex(([timeMs], i) => timeMs !== from + i)).toBe(-1);
        seen.set(key, from - start + points.length);
      }
      next = answer.next;
    } while (next !== undefined);
    expect(pages).toEqual([100_000, 100_000, 100_000]);
    expect([...seen.values()]).toEqual(Array.from({ length: 30 }, () => 10_000));
  } finally {
    engine.close(later);
    rmSync(folder, { recursive: true, force: true });
  }
});

test("several tags come side by side, the same buckets of each on every page", async () => {
  const folder = mkdtempSync(join(tmpdir(), "plancia-history-"));
  const tags = ["a", "b", "c"].map((name, handle) => ({ handle, name, type: "double", formerly: [] }) as const);
  const engine = new HistoryEngine(folder, tags, { damage: () => undefined, warn: () => undefined });
  try {
    engine.open(start);
    const handles = [0, 1, 0, 1];
    engine.commit(
      { handles, times: handles.map((_, i) => start + i), statuses: [0, 0, 0, 0], values: [1, 2, 3, 4] },
      start,
    );
    const query: HistoryQuery = {
      ...{ tags: ["a", "b", "c"], aggregate: ["first", "last"], abreast: true },
      ...{ startMs: start, endMs: start + 5, intervalMs: 1, limit: 13 },
    };
    const rows: unknown[] = [];
    let next: string | undefined;
    do {
      const answer = await engine.query({ ...query, next }, later, () => Promise.resolve());
      expect(answer.series.map(({ points }) => points.length)).toEqual(Array(6).fill(answer.next ? 2 : 1));
      const lasts = answer.series.filter(({ aggregate }) => aggregate === "last");
      for (const [i, [timeMs]] of (lasts[0]?.points ?? []).entries())
        rows.push([timeMs - start, ...lasts.map(({ points }) => points[i]?.[1])]);
      next = answer.next;
    } while (next !== undefined);
    expect(rows).toEqual([
      [0, 1, null, null],
      [1, 1, 2, null],
      [2, 3, 2, null],
      [3, 3, 4, null],
      [4, 3, 4, null],
    ]);
    await expect(engine.query({ ...query, limit: 5 }, later, () => Promise.resolve())).rejects.toThrow(/at least 6/);
  } finally {
    engine.close(later);
    rmSync(folder, { recursive: true, force: true });
  }
});
