import { copyFileSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { dayMs, type KeepGroup, type KeepSettings } from "../../core/history/retention.ts";
import type { DiskSpace, HistoryTag } from "../../core/history-port.ts";
import { Status } from "../../core/status.ts";
import type { DataType } from "../../core/value.ts";
import { dryRun } from "./dry-run.ts";
import { HistoryEngine } from "./engine.ts";
import { HistoryFile } from "./history-file.ts";
import { repairHistory } from "./repair.ts";
import { salvage } from "./salvage.ts";
import { verifyHistory } from "./verify.ts";

const start = Date.UTC(2026, 0, 1);
const hour = 3_600_000;
let folder: string;
let damage: string[];
let warned: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-retention-"));
  damage = [];
  warned = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tagsOf = (...names: readonly string[]): HistoryTag[] =>
  names.map((name, handle) => ({ handle, name, type: "double" as DataType, formerly: [] }));
const group = (more: Partial<KeepGroup>): KeepGroup => ({
  ...{ id: "all", tags: ["*"], ageMs: undefined, sizeBytes: undefined },
  ...more,
});
const keep = (groups: readonly KeepGroup[], disk: Partial<KeepSettings["disk"]> = {}): KeepSettings => ({
  groups,
  disk: { sizeBytes: undefined, freeBytes: undefined, ...disk },
});

interface Opening {
  readonly tags?: readonly HistoryTag[];
  readonly settings?: KeepSettings;
  readonly forwarders?: readonly string[];
  readonly space?: () => DiskSpace | undefined;
  readonly in?: string;
}

function open({
  tags = tagsOf("a", "b"),
  settings,
  forwarders,
  space = () => undefined,
  in: at = folder,
}: Opening = {}) {
  const reports = { damage: (text: string) => damage.push(text), warn: (text: string) => warned.push(text) };
  const options = settings && { settings, space };
  const engine = new HistoryEngine(at, tags, reports, forwarders, options);
  engine.open(start);
  return engine;
}

/** One value a minute for so many hours, a commit an hour, each folded into a chunk. @returns the time after it. */
function fill(engine: HistoryEngine, handles: readonly number[], hours: number, fromMs = start): number {
  for (let i = 0; i < hours; i++) {
    const rows = handles.flatMap((handle) =>
      Array.from({ length: 120 }, (_, k) => ({
        handle,
        time: fromMs + i * hour + k * 30_000,
        value: noise(i * 120 + k),
      })),
    );
    const columns = {
      handles: rows.map((row) => row.handle),
      times: rows.map((row) => row.time),
      statuses: rows.map(() => 0),
      values: rows.map((row) => row.value),
    };
    engine.commit(columns, fromMs + (i + 1) * hour);
  }
  return fromMs + hours * hour;
}

/** Takes eight bytes a sample. */
const noise = (i: number): number => Math.sin(i * 12.9898) * 43_758.5453;

/** Until there is nothing more to do, a few passes; each slice a kill would leave as it is. */
function retain(engine: HistoryEngine, nowMs: number, afterSlice: () => void = () => undefined): void {
  for (let pass = 0; pass < 3; pass++) {
    for (let slice = 0; slice < 1000; slice++) {
      const more = engine.retain(nowMs + pass * 60_000);
      afterSlice();
      if (!more) break;
    }
  }
}

async function timesOf(engine: HistoryEngine, tag = "a"): Promise<readonly number[]> {
  const range = { tags: [tag], startMs: start - 1e12, endMs: start + 1e12, aggregate: "raw", limit: 100_000 } as const;
  const answer = await engine.query(range, start + 1e12, () => Promise.resolve());
  expect(answer.next).toBeUndefined();
  return (answer.series[0]?.points ?? []).map(([time]) => time);
}

const sizeOnDisk = () => statSync(join(folder, "history.db")).size;

/** As a kill -9 leaves it, at this moment. */
function copyOf(from: string): string {
  const to = mkdtempSync(join(tmpdir(), "plancia-retention-copy-"));
  for (const name of readdirSync(from)) if (!name.endsWith("-shm")) copyFileSync(join(from, name), join(to, name));
  return to;
}

describe("by age", () => {
  test("whole chunks go when the value in force at the cut stands in a later one", async () => {
    const engine = open({ settings: keep([group({ ageMs: 10 * hour })]) });
    const now = fill(engine, [0, 1], 24);
    retain(engine, now);
    const times = await timesOf(engine);
    const cut = now - 10 * hour;
    // The newest at or before the cut is there, and no whole chunk more.
    expect(times[0]).toBeLessThanOrEqual(cut);
    expect(times[0]).toBeGreaterThan(cut - 2 * hour);
    expect(times.at(-1)).toBe(start + 23 * hour + 119 * 30_000);
    expect(times).toHaveLength(new Set(times).size);
    engine.close(now);
    expect(verifyHistory(folder)).toEqual([]);
    expect([damage, warned]).toEqual([[], []]);
  });

  test("a set-point that was written long ago stays, one of a tag that is gone does not", async () => {
    const settings = keep([group({ ageMs: hour })]);
    const engine = open({ tags: tagsOf("a", "b", "c"), settings });
    const now = fill(engine, [0, 1], 3);
    retain(engine, now + 900 * dayMs);
    expect(await timesOf(engine)).toHaveLength(120);
    engine.close(now);
    const later = open({ tags: tagsOf("a", "c"), settings });
    const after = fill(later, [1], 1, now + 900 * dayMs);
    retain(later, after);
    expect(await timesOf(later, "a")).toHaveLength(120);
    expect(await timesOf(later, "b")).toEqual([]);
    later.close(after);
    expect(verifyHistory(folder)).toEqual([]);
    // Opened again, nothing is missing that should be there.
    open({ tags: tagsOf("a", "c") }).close(after);
    expect(damage).toEqual([]);
  });

  test("late samples go with their time", async () => {
    const engine = open({ tags: tagsOf("a"), settings: keep([group({ ageMs: 6 * hour })]) });
    fill(engine, [0], 12);
    // Between those that are there: from the first hours, and from the last ones.
    fill(engine, [0], 2, start + 7_500);
    const now = fill(engine, [0], 2, start + 9 * hour + 7_500);
    const before = await timesOf(engine);
    expect(before).toHaveLength(16 * 120);
    retain(engine, start + 12 * hour);
    const after = await timesOf(engine);
    expect(after.length).toBeLessThan(before.length);
    expect(after).toEqual(before.slice(-after.length));
    expect(after[0]).toBeGreaterThan(start + 4 * hour);
    engine.close(now);
    expect(verifyHistory(folder)).toEqual([]);
  });

  test("each group has its own, and a tag in none stays for ever", async () => {
    const groups = [
      group({ id: "short", tags: ["a"], ageMs: 5 * hour }),
      group({ id: "long", tags: ["b"], ageMs: 20 * hour }),
    ];
    const engine = open({ tags: tagsOf("a", "b", "c"), settings: keep(groups) });
    const now = fill(engine, [0, 1, 2], 40);
    retain(engine, now);
    const [a, b, c] = await Promise.all(["a", "b", "c"].map((tag) => timesOf(engine, tag)));
    expect([a?.length, b?.length, c?.length].map((count) => Math.round((count ?? 0) / 120))).toEqual([5, 20, 40]);
    const { groups: stocks, counted } = engine.storage(now);
    expect(counted).toBe(true);
    expect(stocks.map(({ id, series }) => [id, series])).toEqual([
      ["short", 1],
      ["long", 1],
      [undefined, 1],
    ]);
    for (const [i, times] of [a, b, c].entries()) expect(stocks[i]?.oldestMs).toBe(times?.[0]);
  });
});

test("by size the oldest of the group go until it fits, and the space comes back to the file system", async () => {
  const engine = open({
    tags: tagsOf("a", "b", "c"),
    settings: keep([group({ tags: ["a", "b"], sizeBytes: 100_000 })]),
  });
  const now = fill(engine, [0, 1, 2], 250);
  const before = sizeOnDisk();
  const points = engine.commit({ handles: [], times: [], statuses: [], values: [] }, now).points;
  retain(engine, now);
  const { groups, points: left } = engine.storage(now);
  expect(groups[0]?.bytes).toBeLessThanOrEqual(100_000);
  expect(groups[0]?.bytes).toBeGreaterThan(90_000);
  const [a, b, c] = await Promise.all(["a", "b", "c"].map((tag) => timesOf(engine, tag)));
  expect(Math.abs((a?.[0] ?? 0) - (b?.[0] ?? 0))).toBeLessThanOrEqual(hour);
  expect(c).toHaveLength(250 * 120);
  expect((a?.length ?? 0) + (b?.length ?? 0) + (c?.length ?? 0)).toBe(left);
  expect(left).toBeLessThan(points);
  engine.close(now);
  expect(sizeOnDisk()).toBeLessThan(before * 0.7);
  expect(verifyHistory(folder)).toEqual([]);
});

describe("what a forwarder has not sent", () => {
  const settings = keep([group({ ageMs: 5 * hour })]);

  test("stays whatever its age, and goes when it was sent", async () => {
    const engine = open({ settings, forwarders: ["influx"] });
    const now = fill(engine, [0, 1], 40);
    retain(engine, now);
    expect(await timesOf(engine)).toHaveLength(40 * 120);
    for (let batch = engine.feed("influx", 1000); batch.times.length > 0; batch = engine.feed("influx", 1000))
      engine.advance("influx", batch.place);
    retain(engine, now + 300_000);
    expect((await timesOf(engine)).length).toBeLessThan(7 * 120);
    expect(engine.feed("influx", 1000).behind).toBe(0);
    expect(warned).toEqual([]);
  });

  test("goes when the disk's limit takes it, counted and said", async () => {
    const size = 100_000;
    const engine = open({ settings: keep([], { sizeBytes: size }), forwarders: ["influx"] });
    const now = fill(engine, [0, 1], 100);
    retain(engine, now);
    const { retention, bytesOnDisk } = engine.commit({ handles: [], times: [], statuses: [], values: [] }, now);
    expect(retention?.retiredUnsent).toBeGreaterThan(0);
    expect(retention?.retired.disk).toBe(retention?.retiredUnsent);
    expect(retention?.overLimit).toBe(false);
    expect(bytesOnDisk).toBeGreaterThan(0);
    expect(warned).toEqual([expect.stringMatching(/does not have yet/)]);
    const left = [...(await timesOf(engine)), ...(await timesOf(engine, "b"))].length;
    expect(left + (retention?.retired.disk ?? 0)).toBe(2 * 100 * 120);
    // What is left is sent, in its order, and then there is nothing more.
    let sent = 0;
    for (let batch = engine.feed("influx", 1000); batch.times.length > 0; batch = engine.feed("influx", 1000)) {
      sent += batch.times.length;
      engine.advance("influx", batch.place);
    }
    expect(sent).toBe(left);
    expect(engine.feed("influx", 1000).behind).toBe(0);
  });
});

test("so much stays free on the disk as is said, and where nothing more may go that is said", async () => {
  let freeBytes = 10_000_000;
  const space = () => ({ freeBytes, totalBytes: 20_000_000 });
  const engine = open({ settings: keep([], { freeBytes: 200_000 }), space });
  const now = fill(engine, [0, 1], 100);
  retain(engine, now);
  expect(await timesOf(engine)).toHaveLength(100 * 120);
  freeBytes = 150_000;
  retain(engine, now + 300_000);
  const few = (await timesOf(engine)).length;
  expect(few).toBeLessThan(100 * 120);
  expect(few).toBeGreaterThan(50 * 120);
  freeBytes = 0;
  retain(engine, now + 600_000);
  const { retention } = engine.commit({ handles: [], times: [], statuses: [], values: [] }, now);
  expect(retention?.overLimit).toBe(true);
  expect((await timesOf(engine)).length).toBeGreaterThan(0);
});

test("a dry run says beforehand what goes, and changes nothing", async () => {
  const settings = keep([
    group({ id: "a", tags: ["a"], ageMs: 5 * hour }),
    group({ id: "b", tags: ["b"], ageMs: 50 * hour, sizeBytes: 20_000 }),
  ]);
  const engine = open({ settings });
  fill(engine, [0, 1], 60);
  // Late ones too.
  fill(engine, [0, 1], 2, start + 7_500);
  // In between, since a clock that goes on by more than two days at once is not believed.
  fill(engine, [0, 1], 1, start + 30 * hour + 7_500);
  const now = fill(engine, [0, 1], 2, start + 57 * hour + 7_500);
  const before = [(await timesOf(engine)).length, (await timesOf(engine, "b")).length];
  const dry = dryRun(folder, settings, new Set(["a", "b"]), now);
  expect([(await timesOf(engine)).length, (await timesOf(engine, "b")).length]).toEqual(before);
  retain(engine, now);
  const after = [(await timesOf(engine)).length, (await timesOf(engine, "b")).length];
  expect(dry.map(({ id, byAge, bySize }) => [id, byAge.samples + bySize.samples])).toEqual([
    ["a", (before[0] ?? 0) - (after[0] ?? 0)],
    ["b", (before[1] ?? 0) - (after[1] ?? 0)],
  ]);
  for (const { byAge } of dry) expect(byAge.samples).toBeGreaterThan(0);
  expect(dry[1]?.bySize.samples).toBeGreaterThan(0);
});

test("a clock that was set ahead by years takes nothing out before it has gone on for two days", async () => {
  const settings = keep([group({ id: "a", tags: ["a"], ageMs: 500 * hour })]);
  const engine = open({ settings });
  fill(engine, [0], 60);
  const before = (await timesOf(engine)).length;
  const ahead = fill(engine, [0], 1, start + 100_000 * hour);
  retain(engine, ahead);
  expect((await timesOf(engine)).length).toBeGreaterThanOrEqual(before);
  retain(engine, ahead + 49 * hour);
  expect((await timesOf(engine)).length).toBeLessThan(before);
});

test("a kill after any slice leaves a history that verifies, opens and goes on where it was", async () => {
  const settings = keep([
    group({ id: "a", tags: ["a"], ageMs: 5 * hour }),
    group({ id: "b", tags: ["b"], sizeBytes: 20_000 }),
  ]);
  const engine = open({ settings });
  const now = fill(engine, [0, 1], 100);
  const copies: string[] = [];
  retain(engine, now, () => copies.push(copyOf(folder)));
  const whole = await Promise.all([timesOf(engine), timesOf(engine, "b")]);
  expect(copies.length).toBeGreaterThan(5);
  try {
    for (const copy of copies) {
      expect(verifyHistory(copy)).toEqual([]);
      const again = open({ settings, in: copy });
      retain(again, now);
      expect(await Promise.all([timesOf(again), timesOf(again, "b")])).toEqual(whole);
      again.close(now);
      expect(repairHistory(copy, now)).toEqual([]);
    }
  } finally {
    for (const copy of copies) rmSync(copy, { recursive: true, force: true });
  }
  expect(damage).toEqual([]);
});

describe("numbers that are gone", () => {
  function retained(): { readonly now: number; readonly count: number } {
    const engine = open({ settings: keep([group({ ageMs: 10 * hour })]) });
    const now = fill(engine, [0, 1], 40);
    retain(engine, now);
    const { points: count } = engine.storage(now);
    engine.close(now);
    return { now, count };
  }
  function change(sql: string): void {
    const db = new DatabaseSync(join(folder, "history.db"));
    db.exec(sql);
    db.close();
  }

  test("are not taken for lost, by no question, verification or repair", async () => {
    const { now, count } = retained();
    expect(verifyHistory(folder)).toEqual([]);
    expect(repairHistory(folder, now)).toEqual([]);
    const engine = open();
    expect((await timesOf(engine)).length + (await timesOf(engine, "b")).length).toBe(count);
    expect(damage).toEqual([]);
  });

  test("one that is lost beside them is named, and repair fills its place alone", async () => {
    const { now, count } = retained();
    change("DELETE FROM chunk WHERE id = (SELECT id FROM chunk WHERE series = 1 ORDER BY n LIMIT 1 OFFSET 3)");
    expect(verifyHistory(folder)).toEqual([
      expect.stringMatching(/a has \d+ chunks, 40 were written, \d+ of them were/),
    ]);
    expect(repairHistory(folder, now).at(-1)).toMatch(/1 chunks of a were missing/);
    expect(verifyHistory(folder)).toEqual([]);
    const engine = open();
    expect((await timesOf(engine)).length + (await timesOf(engine, "b")).length).toBe(count - 119);
  });

  test("are found again below what is there when their row is damaged", async () => {
    const { now, count } = retained();
    change("UPDATE gone SET chunks = chunks + 1 WHERE series = 1");
    expect(verifyHistory(folder).join()).toContain("what retention took out of a is not known");
    expect(repairHistory(folder, now).join()).toContain("what retention took out of a is not known");
    expect(verifyHistory(folder)).toEqual([]);
    const engine = open();
    expect((await timesOf(engine)).length + (await timesOf(engine, "b")).length).toBe(count);
  });

  test("come into the new file of a history whose structure is damaged", async () => {
    const { count } = retained();
    const other = join(folder, "other");
    const [from, to] = [new HistoryFile(join(folder, "history.db")), new HistoryFile(join(other, "history.db"))];
    salvage(from, to, (text) => damage.push(text));
    for (const file of [from, to]) file.close();
    expect(verifyHistory(other)).toEqual([]);
    const engine = open({ in: other });
    expect((await timesOf(engine)).length + (await timesOf(engine, "b")).length).toBe(count);
    expect(damage).toEqual([]);
  });

  test("a program of before refuses the file, and one without retention changes nothing", () => {
    open({ settings: keep([]) }).close(start);
    const format = () => {
      const db = new DatabaseSync(join(folder, "history.db"));
      const row = db.prepare("SELECT value FROM meta WHERE key = 'format'").get();
      db.close();
      return row?.["value"];
    };
    expect(format()).toBe(1);
    retained();
    expect(format()).toBe(2);
  });
});

test("a question that is under way when its chunks go says so, and names no damage", async () => {
  const engine = open({ tags: tagsOf("a"), settings: keep([group({ ageMs: 5 * hour })]) });
  const now = fill(engine, [0], 300);
  let asked = 0;
  const range = { tags: ["a"], startMs: start, endMs: now, aggregate: "raw", limit: 100_000 } as const;
  const answer = await engine.query(range, now, async () => {
    if (asked++ === 2) retain(engine, now);
  });
  const points = answer.series[0]?.points ?? [];
  expect(damage).toEqual([]);
  expect(points.every(([, value, status]) => (value === null ? status === Status.Bad_NoData : status === 0))).toBe(
    true,
  );
  expect(points.some(([, value]) => value === null)).toBe(true);
  expect(points.at(-1)?.[0]).toBe(now - 30_000);
});
