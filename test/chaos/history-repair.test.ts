import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HistoryTag } from "../../gateway/core/history-port.ts";
import { Status } from "../../gateway/core/status.ts";
import { HistoryEngine } from "../../gateway/stores/history/engine.ts";
import { repairHistory } from "../../gateway/stores/history/repair.ts";
import { verifyHistory } from "../../gateway/stores/history/verify.ts";

/*
 * `plancia history repair`: after whatever damage all of the history holds, nothing comes back that was not
 * written, what is missing is named and is Bad_DataLost, and a sound block is not touched. The oracle is the
 * plain list of what was committed.
 */

const start = Date.UTC(2026, 2, 1);
const tags: HistoryTag[] = ["furnace/a", "furnace/b"].map((name, handle) => ({
  ...{ handle, name, type: "double" as const, formerly: [] },
}));
const seconds = 600;
const late = [5, 6, 7];
let folder: string;

const valueAt = (handle: number, second: number): number => handle * 1_000_000 + second + 0.25;

type Point = readonly [number, unknown, number];

function openEngine(at: string, nowMs: number): { engine: HistoryEngine; damage: string[] } {
  const damage: string[] = [];
  const engine = new HistoryEngine(at, tags, { damage: (text) => damage.push(text), warn: () => undefined });
  engine.open(nowMs);
  return { engine, damage };
}

function commit(engine: HistoryEngine, all: readonly number[], nowMs: number): void {
  const pairs = all.flatMap((second) => tags.map(({ handle }) => [handle, second] as const));
  engine.commit(
    {
      handles: pairs.map(([handle]) => handle),
      times: pairs.map(([, second]) => start + second * 1000),
      statuses: pairs.map(() => 0),
      values: pairs.map(([handle, second]) => valueAt(handle, second)),
    },
    nowMs,
  );
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-repair-"));
  const { engine } = openEngine(join(folder, "sound"), start);
  const all = Array.from({ length: seconds }, (_, second) => second).filter((second) => !late.includes(second));
  for (let from = 0; from < all.length; from += 150) commit(engine, all.slice(from, from + 150), start + from * 1000);
  commit(engine, late, start + 700_000);
  engine.close(start + 700_000);
  const again = openEngine(join(folder, "sound"), start + 800_000);
  commit(again.engine, [700, 701], start + 801_000);
  cpSync(join(folder, "sound"), join(folder, "killed"), { recursive: true });
  again.engine.close(start + 802_000);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function pointsOf(at: string): Promise<{ points: Point[][]; damage: string[] }> {
  const { engine, damage } = openEngine(at, start + 2_000_000);
  const points: Point[][] = [];
  for (const { name } of tags) {
    const query = { tags: [name], startMs: start - 1e9, endMs: start + 1e9, aggregate: "raw", limit: 100_000 } as const;
    const answer = await engine.query(query, start + 2_000_000, () => Promise.resolve());
    points.push([...(answer.series[0]?.points ?? [])] as unknown as Point[]);
  }
  engine.close(start + 2_000_000);
  return { points, damage };
}

const written = seconds + 2;

/** @returns how many samples are missing of each tag. */
async function judge(from: string, spoil: (copy: string) => void, what: string): Promise<number[]> {
  const copy = mkdtempSync(join(folder, "copy-"));
  cpSync(join(folder, from), copy, { recursive: true });
  spoil(copy);
  const done = repairHistory(copy, start + 1_000_000);
  expect(verifyHistory(copy), what).toEqual([]);
  expect(repairHistory(copy, start + 1_000_001), `${what}: a second repair`).toEqual([]);
  const { points, damage } = await pointsOf(copy);
  expect(damage, `${what}: the next opening`).toEqual([]);
  const missing = points.map((each, handle) => {
    const times = each.map(([time]) => time);
    expect(times, what).toEqual([...times].sort((a, b) => a - b));
    const good = each.filter(([, value]) => value !== null);
    for (const [time, value, status] of good) {
      const second = (time - start) / 1000;
      expect([value, status], what).toEqual([valueAt(handle, second), 0]);
      expect(second < seconds || second === 700 || second === 701, what).toBe(true);
    }
    expect(new Set(good.map(([time]) => time)).size, what).toBe(good.length);
    for (const [, value, status] of each) if (value === null) expect(status, what).toBe(Status.Bad_DataLost);
    return written - good.length;
  });
  if (missing.some((count) => count > 0)) expect(done, `${what}: a loss is not told`).not.toEqual([]);
  rmSync(copy, { recursive: true });
  return missing;
}

function flipped(name: string, at: number, bit: number): (copy: string) => void {
  return (copy) => {
    const bytes = readFileSync(join(copy, name));
    bytes[at] = (bytes[at] as number) ^ (1 << bit);
    writeFileSync(join(copy, name), bytes);
  };
}

function changed(sql: string): (copy: string) => void {
  return (copy) => {
    const db = new DatabaseSync(join(copy, "history.db"));
    db.exec(sql);
    db.close();
  };
}

test("a sound history is left as it is", async () => {
  expect(repairHistory(join(folder, "sound"), start + 1_000_000)).toEqual([]);
  expect(await judge("sound", () => undefined, "nothing")).toEqual([0, 0]);
});

describe("one damaged block", () => {
  const first = "(SELECT min(id) FROM chunk WHERE series = 1)";
  test.each([
    [
      "samples of a chunk",
      `UPDATE chunk SET data = zeroblob(20) WHERE id = ${first}`,
      /chunk 1 of furnace\/a .* is dropped/,
    ],
    ["a chunk's row is gone", `DELETE FROM chunk WHERE id = ${first}`, /1 chunks of furnace\/a were missing/],
    ["the number of a chunk", `UPDATE chunk SET n = 77 WHERE id = ${first}`, /chunk 77 of furnace\/a .* is dropped/],
    ["the start of a chunk", `UPDATE chunk SET start = 5 WHERE id = ${first}`, /chunk 1 of furnace\/a .* is dropped/],
    [
      "the newest chunk",
      "DELETE FROM chunk WHERE id = (SELECT max(id) FROM chunk WHERE series = 1 AND late = 0)",
      /missing/,
    ],
  ] as const)("%s: only that one goes, its neighbours and the other tag stay", async (what, sql, told) => {
    const copy = mkdtempSync(join(folder, "told-"));
    cpSync(join(folder, "sound"), copy, { recursive: true });
    changed(sql)(copy);
    expect(repairHistory(copy, start + 1_000_000).join("\n")).toMatch(told);
    const { points } = await pointsOf(copy);
    expect(points[0]?.filter(([, value]) => value === null)).toHaveLength(1);
    const [a, b] = await judge("sound", changed(sql), what);
    expect(b).toBe(0);
    expect(a).toBeGreaterThan(0);
    expect(a).toBeLessThan(written);
  });

  test.each([
    ["statistics", "UPDATE chunk SET statistics = zeroblob(9)"],
    ["the row of a series", "UPDATE series SET points = 3, chunks = 1 WHERE id = 1"],
    ["an outage", "UPDATE outage SET crc = 1"],
  ])("%s: no sample is lost", async (what, sql) => {
    expect(await judge("sound", changed(sql), what)).toEqual([0, 0]);
  });

  test("a broken structure is set aside and what can be read is kept", async () => {
    const copy = mkdtempSync(join(folder, "aside-"));
    cpSync(join(folder, "sound"), copy, { recursive: true });
    writeFileSync(join(copy, "history.db"), Buffer.alloc(9000, 0x5a));
    expect(repairHistory(copy, start + 1_000_000).join()).toContain("cannot be read at all");
    expect(
      existsSync(
        join(copy, `history.db.damaged-${new Date(start + 1_000_000).toISOString().replaceAll(/[:.]/g, "-")}`),
      ),
    ).toBe(true);
    expect(verifyHistory(copy)).toEqual([]);
  });
});

/** `PLANCIA_STEP=1` looks at every byte, which takes long. */
const step = Number(process.env["PLANCIA_STEP"] ?? 997);

describe.each(["sound", "killed"])("of a history as a %s gateway leaves it", (from) => {
  test.each(["history.db", "history.db-wal"])(
    "%s with a byte flipped anywhere is whole after the repair",
    async (name) => {
      const path = join(folder, from, name);
      const size = existsSync(path) ? readFileSync(path).length : 0;
      for (let at = 0; at < size; at += step) await judge(from, flipped(name, at, at % 8), `${name}: byte ${at}`);
    },
  );

  test.each(["history.db", "history.db-wal"])("%s cut anywhere is whole after the repair", async (name) => {
    const path = join(folder, from, name);
    const size = existsSync(path) ? readFileSync(path).length : 0;
    for (let keep = 0; keep < size; keep += step * 5) {
      const cut = (copy: string): void =>
        writeFileSync(join(copy, name), readFileSync(join(copy, name)).subarray(0, keep));
      await judge(from, cut, `${name}: the first ${keep} bytes`);
    }
  });
});
