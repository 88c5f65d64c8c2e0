import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isIdentical } from "../../core/history/same-time.ts";
import type { BucketAggregate, HistoryPoint, HistoryQuery, HistoryTag } from "../../core/history-port.ts";
import { Status } from "../../core/status.ts";
import type { DataType, Value } from "../../core/value.ts";
import { HistoryEngine } from "./engine.ts";

const start = Date.UTC(2026, 2, 1);
const minute = 60_000;
let folder: string;
let damage: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-history-"));
  damage = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function tagsOf(...names: readonly string[]): HistoryTag[] {
  return names.map((name, handle) => ({ handle, name, type: "double" as DataType, formerly: [] }));
}

function openEngine(tags: readonly HistoryTag[], nowMs = start): HistoryEngine {
  const engine = new HistoryEngine(folder, tags, { damage: (text) => damage.push(text), warn: () => undefined });
  engine.open(nowMs);
  return engine;
}

interface Row {
  readonly handle: number;
  readonly time: number;
  readonly value: Value;
  readonly status: number;
}

function commit(engine: HistoryEngine, rows: readonly Row[], nowMs = start) {
  return engine.commit(
    {
      handles: rows.map((row) => row.handle),
      times: rows.map((row) => row.time),
      statuses: rows.map((row) => row.status),
      values: rows.map((row) => row.value),
    },
    nowMs,
  );
}

const seconds = (handle: number, from: number, to: number, value = (i: number): Value => i): Row[] =>
  Array.from({ length: to - from }, (_, i) => ({
    handle,
    time: start + (from + i) * 1000,
    value: value(from + i),
    status: 0,
  }));

async function ask(engine: HistoryEngine, query: Partial<HistoryQuery>, nowMs = start + 1e9) {
  const whole: HistoryQuery = {
    tags: ["a"],
    startMs: start - 1e12,
    endMs: start + 1e12,
    aggregate: "raw",
    limit: 100_000,
    ...query,
  };
  return engine.query(whole, nowMs, () => Promise.resolve());
}

async function pointsOf(engine: HistoryEngine, query: Partial<HistoryQuery> = {}): Promise<readonly HistoryPoint[]> {
  return (await ask(engine, query)).series[0]?.points ?? [];
}

/** Every page after the other. */
async function allPages(engine: HistoryEngine, query: Partial<HistoryQuery>): Promise<Map<string, HistoryPoint[]>> {
  const found = new Map<string, HistoryPoint[]>();
  let next: string | undefined;
  do {
    const answer = await ask(engine, { ...query, next });
    expect(answer.series.reduce((sum, { points }) => sum + points.length, 0)).toBeLessThanOrEqual(
      query.limit ?? 100_000,
    );
    for (const { tag, points } of answer.series) found.set(tag, [...(found.get(tag) ?? []), ...points]);
    next = answer.next;
  } while (next !== undefined);
  return found;
}

/** Runs SQL on the closed file, as damage or a curious person would. */
function behindItsBack(sql: string): void {
  const db = new DatabaseSync(join(folder, "history.db"));
  db.exec(sql);
  db.close();
}

describe("the embedded historian", () => {
  test("gives back values of every kind, with all 32 bits of status, before and after opening anew", async () => {
    const values: Value[] = [
      1.25,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      -0,
      2n ** 63n - 1n,
      "à la\ud800",
      true,
      null,
      Uint8Array.of(0, 255),
    ];
    const rows = values.map((value, i) => ({ handle: 0, time: start + i, value, status: 0xffffffff - i }));
    const expected = rows.map(({ time, value, status }) => [time, value, status]);
    let engine = openEngine(tagsOf("a"));
    commit(engine, rows);
    expect(await pointsOf(engine)).toEqual(expected);
    engine.close(start);
    engine = openEngine(tagsOf("a"), start + minute);
    expect(await pointsOf(engine)).toEqual(expected);
    engine.close(start);
    expect(damage).toEqual([]);
  });

  test("knows from the journal alone what was committed when it was not closed", async () => {
    const engine = openEngine(tagsOf("a", "b"));
    commit(engine, seconds(0, 0, 50));
    commit(engine, seconds(1, 0, 5));
    const other = openEngine(tagsOf("a", "b"));
    expect(await pointsOf(other)).toHaveLength(50);
    expect(await pointsOf(other, { tags: ["b"] })).toHaveLength(5);
    other.close(start);
    engine.close(start);
    expect(damage).toEqual([]);
  });

  test("counts samples of handles that no tag has as refused", () => {
    const engine = openEngine(tagsOf("a"));
    expect(commit(engine, seconds(9, 0, 3))).toMatchObject({ committed: 0, refused: 3 });
    engine.close(start);
  });

  test("keeps the history of a tag over a rename, and does not take it from a tag that still bears the name", async () => {
    let engine = openEngine(tagsOf("a", "b"));
    commit(engine, [...seconds(0, 0, 3), ...seconds(1, 0, 1)]);
    engine.close(start);
    const renamed = [
      { handle: 0, name: "new", type: "double" as const, formerly: ["gone", "a"] },
      { handle: 1, name: "b", type: "double" as const, formerly: [] },
      { handle: 2, name: "c", type: "double" as const, formerly: ["b"] },
    ];
    engine = openEngine(renamed);
    expect(await pointsOf(engine, { tags: ["new"] })).toHaveLength(3);
    expect(await pointsOf(engine, { tags: ["a"] })).toEqual([]);
    expect(await pointsOf(engine, { tags: ["b"] })).toHaveLength(1);
    expect(await pointsOf(engine, { tags: ["c"] })).toEqual([]);
    commit(engine, seconds(0, 3, 4));
    expect(await pointsOf(engine, { tags: ["new"] })).toHaveLength(4);
    engine.close(start);
  });

  test("brings late samples into their place, drops repeats, and puts a newer value of the same time behind", async () => {
    const engine = openEngine(tagsOf("a"));
    commit(engine, seconds(0, 0, 500));
    commit(engine, [], start + 2 * minute);
    const late = [
      { handle: 0, time: start + 1500, value: 99, status: 0 },
      { handle: 0, time: start + 2000, value: 2, status: 0 },
      { handle: 0, time: start + 2000, value: 77, status: 0 },
    ];
    commit(engine, late, start + 2 * minute);
    const found = await pointsOf(engine, { endMs: start + 3000 });
    expect(found.map(([time, value]) => [time - start, value])).toEqual([
      [0, 0],
      [1000, 1],
      [1500, 99],
      [2000, 2],
      [2000, 77],
    ]);
    engine.close(start);
  });

  test("sees the value before the window, wherever it is kept", async () => {
    const engine = openEngine(tagsOf("a"));
    const last = (from: number) =>
      pointsOf(engine, { aggregate: "last", startMs: start + from, endMs: start + from + 100, intervalMs: 100 });
    commit(engine, seconds(0, 0, 300));
    expect((await last(10_500))[0]?.[1]).toBe(10);
    commit(engine, [], start + 2 * minute);
    expect((await last(10_500))[0]?.[1]).toBe(10);
    commit(engine, [{ handle: 0, time: start + 10_200, value: 55, status: 0 }], start + 2 * minute);
    expect((await last(10_500))[0]?.[1]).toBe(55);
    commit(engine, [], start + 4 * minute);
    expect((await last(10_500))[0]?.[1]).toBe(55);
    expect((await last(1e8))[0]?.[1]).toBe(299);
    engine.close(start);
  });

  test("shows a gap for the time in which it was not running", async () => {
    let engine = openEngine(tagsOf("a"));
    commit(engine, seconds(0, 0, 60), start + minute);
    engine.close(start + minute);
    engine = openEngine(tagsOf("a"), start + 10 * minute);
    commit(engine, seconds(0, 600, 660), start + 11 * minute);
    const found = await pointsOf(engine, {
      aggregate: "last",
      startMs: start,
      endMs: start + 11 * minute,
      intervalMs: minute,
    });
    expect(found.map(([, value]) => value)).toEqual([59, null, null, null, null, null, null, null, null, null, 659]);
    engine.close(start);
  });

  test("refuses ranges that cannot be answered, with history/range", async () => {
    const engine = openEngine(tagsOf("a"));
    const tenYears = { startMs: start, endMs: start + 3650 * 86_400_000 };
    const wrong: Partial<HistoryQuery>[] = [
      { ...tenYears, aggregate: "timeAverage", intervalMs: 1 },
      { startMs: start, endMs: start - 1 },
      { startMs: Number.NaN },
      { endMs: 1e300 },
      { aggregate: "minimum" },
      { aggregate: "minimum", intervalMs: 0 },
      { aggregate: "toString" as BucketAggregate },
      { limit: 0 },
      { next: "rubbish" },
      { next: Buffer.from("[0,1e999,0]").toString("base64url") },
      { next: Buffer.from("[7,0,0]").toString("base64url") },
    ];
    for (const query of wrong) await expect(ask(engine, query)).rejects.toMatchObject({ code: "history/range" });
    await expect(pointsOf(engine, { ...tenYears })).resolves.toEqual([]);
    await expect(pointsOf(engine, { tags: ["__proto__"] })).resolves.toEqual([]);
    engine.close(start);
  });

  test("stops a question between chunks when the one who asked is gone", async () => {
    const engine = openEngine(tagsOf("a"));
    for (let i = 0; i < 5; i++) commit(engine, seconds(0, i * 200, i * 200 + 200), start + i * 2 * minute);
    let steps = 0;
    const query = { tags: ["a"], startMs: start, endMs: start + 1e9, aggregate: "raw", limit: 1e5 } as const;
    const asked = engine.query(query, start, () =>
      ++steps === 2 ? Promise.reject(new Error("gone")) : Promise.resolve(),
    );
    await expect(asked).rejects.toThrow("gone");
    expect(steps).toBe(2);
    engine.close(start);
  });

  test("answers of the moment when they were asked, though commits come in between", async () => {
    const engine = openEngine(tagsOf("a"));
    commit(engine, seconds(0, 0, 300));
    let more = 300;
    const query = { tags: ["a"], startMs: start, endMs: start + 1e9, aggregate: "raw", limit: 1e5 } as const;
    const answer = await engine.query(query, start, async () => {
      commit(engine, seconds(0, more, more + 200), start + more * 1000);
      more += 200;
    });
    expect(answer.series[0]?.points).toHaveLength(300);
    engine.close(start);
  });
});

describe("a file that is damaged or foreign", () => {
  test("of a newer format is refused with what to do", () => {
    openEngine(tagsOf("a")).close(start);
    behindItsBack("UPDATE meta SET value = 3 WHERE key = 'format'");
    expect(() => openEngine(tagsOf("a"))).toThrow(/newer version.*update Plancia/);
  });

  test("in a chunk: the chunk is named, stands in the answer as lost, and the rest is readable", async () => {
    let engine = openEngine(tagsOf("a"));
    for (let i = 0; i < 3; i++) commit(engine, seconds(0, i * 200, i * 200 + 200), start + (i + 1) * 2 * minute);
    engine.close(start);
    behindItsBack("UPDATE chunk SET data = zeroblob(length(data)) WHERE n = 2");
    engine = openEngine(tagsOf("a"), start + 600_000);
    const found = await pointsOf(engine);
    expect(found).toHaveLength(401);
    expect(found[200]).toEqual([start + 200_000, null, Status.Bad_DataLost]);
    expect(damage.join()).toMatch(/chunk 2 of a \(200 samples from 2026-03-01T00:03:20.000Z\) is damaged/);
    engine.close(start);
  });

  test("with a chunk gone: its number is missed, in the answer too", async () => {
    let engine = openEngine(tagsOf("a"));
    for (let i = 0; i < 3; i++) commit(engine, seconds(0, i * 200, i * 200 + 200), start + (i + 1) * 2 * minute);
    engine.close(start);
    behindItsBack("DELETE FROM chunk WHERE n = 2");
    engine = openEngine(tagsOf("a"), start + 600_000);
    const found = await pointsOf(engine);
    expect(found.map(([, , status]) => status).filter((status) => status === Status.Bad_DataLost)).toHaveLength(1);
    expect(found).toHaveLength(401);
    expect(damage.join()).toMatch(/chunks 2 to 2 of a are missing/);
    engine.close(start);
  });

  test.each([
    ["the newest chunk", "DELETE FROM chunk WHERE n = 3", /chunks 3 to 3 of a are missing, the newest ones/],
    ["a head", "UPDATE head SET data = zeroblob(length(data))", /the newest samples of b \(5 .*are damaged/],
    [
      "a row of a series",
      "UPDATE series SET chunks = chunks - 1 WHERE name = 'a'",
      /the row of series 1 \("a"\) is damaged/,
    ],
    ["the row of the state", "UPDATE state SET committed = committed + 3", /the row of the state is damaged/],
    ["the whole state", "UPDATE state SET committed = 9, crc = 0", /the row of the state is damaged/],
  ])("in %s is named", (_what, sql, words) => {
    const engine = openEngine(tagsOf("a", "b"));
    for (let i = 0; i < 3; i++) commit(engine, seconds(0, i * 200, i * 200 + 200), start + (i + 1) * 2 * minute);
    commit(engine, seconds(1, 0, 5), start + 6 * minute);
    engine.close(start);
    behindItsBack(sql);
    openEngine(tagsOf("a", "b"), start + 600_000).close(start);
    expect(damage.join("\n")).toMatch(words);
  });

  test("in the journal: the commit is named, the others are kept, and no value holds through the hole", async () => {
    const engine = openEngine(tagsOf("a"));
    for (let i = 0; i < 4; i++) commit(engine, seconds(0, i * 10, i * 10 + 10), start + (i + 1) * 10_000);
    const copy = mkdtempSync(join(tmpdir(), "plancia-history-"));
    for (const name of readdirSync(folder)) writeFileSync(join(copy, name), readFileSync(join(folder, name)));
    engine.close(start);
    rmSync(folder, { recursive: true });
    folder = copy;
    behindItsBack("UPDATE journal SET data = zeroblob(length(data)) WHERE n = 2; DELETE FROM journal WHERE n = 4");
    const again = openEngine(tagsOf("a"), start + 50_000);
    expect(await pointsOf(again)).toHaveLength(20);
    expect(damage.join("\n")).toMatch(/commit 2 of the journal is damaged/);
    expect(damage.join("\n")).toMatch(/commit 4 is missing from the journal/);
    const trend = await pointsOf(again, {
      aggregate: "last",
      startMs: start,
      endMs: start + 40_000,
      intervalMs: 10_000,
    });
    expect(trend.map(([, value]) => value)).toEqual([9, null, 29, null]);
    again.close(start);
  });

  test("that is no database at all is set aside, and a new one begun", async () => {
    writeFileSync(join(folder, "history.db"), "this is not a database, but somebody's notes".repeat(100));
    const engine = openEngine(tagsOf("a"));
    commit(engine, seconds(0, 0, 3));
    expect(await pointsOf(engine)).toHaveLength(3);
    expect(damage.join("\n")).toMatch(/cannot be read at all/);
    expect(readdirSync(folder).some((name) => name.startsWith("history.db.damaged-"))).toBe(true);
    engine.close(start);
  });
});

describe("against a plain array", () => {
  const value = fc.oneof(
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom<Value>(0.25, null, "x", 7n, true, Number.NaN),
  );
  const row = fc.record({
    handle: fc.nat(2),
    time: fc
      .oneof(
        fc.integer({ min: 0, max: 400 }),
        fc.integer({ min: 0, max: 3 }).map((day) => day * 100_000_000),
      )
      .map((ms) => start + ms),
    value,
    status: fc.constantFrom(0, 0x40000000, 0x80310000),
  });
  const action = fc.oneof(
    { weight: 6, arbitrary: fc.array(row, { maxLength: 150 }).map((rows) => ({ rows })) },
    { weight: 2, arbitrary: fc.constant({ fold: true }) },
    { weight: 1, arbitrary: fc.constant({ kill: true }) },
    { weight: 1, arbitrary: fc.constant({ close: true }) },
  );

  /** The oracle: what was committed, in order of time, newer ones behind, repeats left out. */
  function expected(rows: readonly Row[], handle: number, from: number, to: number): Row[] {
    const kept: Row[] = [];
    for (const one of rows) {
      const known = kept.some((k) => k.time === one.time && k.status === one.status && isIdentical(k.value, one.value));
      if (one.handle === handle && one.time >= from && one.time < to && !known) kept.push(one);
    }
    return kept
      .map((one, i) => ({ one, i }))
      .sort((a, b) => a.one.time - b.one.time || a.i - b.i)
      .map(({ one }) => one);
  }

  test("random writes, late ones, folds, kills and pages give what an array gives", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(action, { maxLength: 12 }),
        fc.integer({ min: 1, max: 400 }),
        fc.nat(400),
        async (actions, limit, from) => {
          rmSync(folder, { recursive: true, force: true });
          damage.length = 0;
          const tags = tagsOf("a", "b", "c");
          const all: Row[] = [];
          let now = start;
          let engine = openEngine(tags, now);
          for (const one of actions) {
            now += 1000;
            if ("rows" in one) {
              commit(engine, one.rows, now);
              all.push(...one.rows);
            } else if ("fold" in one) {
              now += 2 * minute;
              commit(engine, [], now);
            } else if ("close" in one) {
              engine.close(now);
              engine = openEngine(tags, now);
            } else engine = openEngine(tags, now);
          }
          for (const startMs of [start - 1, start + from]) {
            const query = { tags: ["a", "b", "c"], startMs, endMs: start + 3e8, limit };
            const found = await allPages(engine, query);
            for (const { name, handle } of tags) {
              const rows = expected(all, handle, startMs, query.endMs);
              expect(found.get(name)).toEqual(rows.map(({ time, value, status }) => [time, value, status]));
            }
          }
          engine.close(now);
          expect(damage).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  }, 60_000);
});
