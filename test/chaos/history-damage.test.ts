import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HistoryTag } from "../../gateway/core/history-port.ts";
import { HistoryEngine } from "../../gateway/stores/history/engine.ts";

/*
 * RELIABILITY F3: whatever byte of the files is flipped or wherever they are cut, the historian opens,
 * gives back nothing that was not written, nothing twice, all in order, and says so when something
 * is missing. The oracle is the plain list of what was committed.
 */

const start = Date.UTC(2026, 2, 1);
const tags: HistoryTag[] = ["furnace/a", "furnace/b", "furnace/c"].map((name, handle) => ({
  handle,
  name,
  type: "double",
  formerly: [],
}));
const written = new Map<string, number[]>(tags.map(({ name }) => [name, []]));
let folder: string;
let original: string;

/** A value that belongs to its time alone, so that a point out of place shows. */
const valueAt = (handle: number, second: number): number => handle * 1_000_000 + second + 0.25;

function commitSeconds(engine: HistoryEngine, from: number, to: number, nowMs: number): void {
  const rows = { handles: [] as number[], times: [] as number[], statuses: [] as number[], values: [] as number[] };
  for (let second = from; second < to; second++) {
    for (const { handle, name } of tags) {
      rows.handles.push(handle);
      rows.times.push(start + second * 1000);
      rows.statuses.push(0);
      rows.values.push(valueAt(handle, second));
      written.get(name)?.push(start + second * 1000);
    }
  }
  engine.commit(rows, nowMs);
}

function openEngine(at: string, nowMs: number): { engine: HistoryEngine; damage: string[] } {
  const damage: string[] = [];
  const engine = new HistoryEngine(at, tags, { damage: (text) => damage.push(text), warn: () => undefined });
  engine.open(nowMs);
  return { engine, damage };
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-damage-"));
  original = join(folder, "original");
  const { engine } = openEngine(original, start);
  for (let i = 0; i < 6; i++) commitSeconds(engine, i * 130, i * 130 + 130, start + i * 70_000);
  engine.close(start + 6 * 70_000);
  const again = openEngine(original, start + 900_000);
  for (let i = 90; i < 96; i++) commitSeconds(again.engine, i * 10, i * 10 + 10, start + i * 10_000);
  // As kill -9 leaves it: chunks in the file, the journal in the write-ahead log.
  cpSync(original, join(folder, "killed"), { recursive: true });
  again.engine.close(start + 1_000_000);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Damages a copy, opens and reads it whole, and judges. @returns whether something was missing. */
async function judge(from: string, damageFile: (path: string) => void, what: string): Promise<boolean> {
  const copy = mkdtempSync(join(folder, "copy-"));
  cpSync(join(folder, from), copy, { recursive: true });
  damageFile(copy);
  const { engine, damage } = openEngine(copy, start + 2_000_000);
  let missing = 0;
  for (const { name, handle } of tags) {
    const query = { tags: [name], startMs: start - 1e9, endMs: start + 1e9, aggregate: "raw", limit: 100_000 } as const;
    const answer = await engine.query(query, start + 2_000_000, () => Promise.resolve());
    const points = answer.series[0]?.points ?? [];
    const good = points.filter(([, value]) => value !== null);
    for (const [time, value, status] of good) {
      expect([value, status], what).toEqual([valueAt(handle, (time - start) / 1000), 0]);
    }
    const times = points.map(([time]) => time);
    expect(times, what).toEqual([...times].sort((a, b) => a - b));
    const known = new Set(written.get(name));
    expect(new Set(good.map(([time]) => time)).size, what).toBe(good.length);
    expect(
      good.every(([time]) => known.has(time)),
      what,
    ).toBe(true);
    missing += known.size - good.length;
  }
  engine.close(start + 2_000_000);
  if (missing > 0) expect(damage, `${what}: ${missing} samples are missing and nobody says so`).not.toEqual([]);
  rmSync(copy, { recursive: true });
  return missing > 0;
}

function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each([
  ["original", "history.db", 500],
  ["killed", "history.db-wal", 400],
  ["killed", "history.db", 100],
] as const)("one byte flipped in %s %s", (from, file, tries) => {
  test(`loses nothing silently in ${tries} seeded tries`, async () => {
    const next = random(20260301);
    const size = readFileSync(join(folder, from, file)).length;
    let losses = 0;
    for (let i = 0; i < tries; i++) {
      const at = Math.floor(next() * size);
      const bit = Math.floor(next() * 8);
      const flip = (copy: string): void => {
        const bytes = readFileSync(join(copy, file));
        bytes[at] = (bytes[at] as number) ^ (1 << bit);
        writeFileSync(join(copy, file), bytes);
      };
      if (await judge(from, flip, `${file}: bit ${bit} of byte ${at}`)) losses++;
    }
    // A test in which no flip ever mattered would prove nothing.
    expect(losses).toBeGreaterThan(0);
  });
});

test("the write-ahead log cut anywhere in its last record loses nothing silently", async () => {
  const size = readFileSync(join(folder, "killed", "history.db-wal")).length;
  const frame = 4096 + 24;
  // Every byte of the last frame's header and its first and last bytes, and each 37th in between.
  const cuts = Array.from({ length: frame }, (_, i) => i + 1).filter((i) => i < 40 || i > frame - 60 || i % 37 === 0);
  for (const cut of cuts) {
    const shorten = (copy: string): void => {
      const path = join(copy, "history.db-wal");
      writeFileSync(path, readFileSync(path).subarray(0, size - cut));
    };
    await judge("killed", shorten, `the log cut ${cut} bytes from its end`);
  }
});

test("a file copied without its write-ahead log says how much is missing", async () => {
  const alone = (copy: string): void => rmSync(join(copy, "history.db-wal"));
  expect(await judge("killed", alone, "the file alone")).toBe(true);
});

test("the file cut anywhere still opens, and says what is gone", async () => {
  const size = readFileSync(join(folder, "original", "history.db")).length;
  const next = random(7);
  for (let i = 0; i < 40; i++) {
    const keep = Math.floor(next() * size);
    const shorten = (copy: string): void => {
      const path = join(copy, "history.db");
      writeFileSync(path, readFileSync(path).subarray(0, keep));
    };
    await judge("original", shorten, `the file cut to ${keep} bytes`);
  }
});

test("every file in the folder was of the historian", () => {
  expect(readdirSync(join(folder, "killed")).every((name) => name.startsWith("history."))).toBe(true);
});
