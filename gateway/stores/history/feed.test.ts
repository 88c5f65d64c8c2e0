import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { DataType } from "../../core/value.ts";
import { HistoryEngine } from "./engine.ts";
import { feedStart, readPlace, within, writePlace } from "./feed-place.ts";

const start = Date.UTC(2026, 2, 1);
const minute = 60_000;
const names = ["a", "b", "c"];
let folder: string;
let damage: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "plancia-feed-"));
  damage = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

type Row = readonly [handle: number, second: number, value: number];

/** A historian whose clock stands where the test puts it, and a forwarder with a sink that keeps the last of one time. */
class Bench {
  engine: HistoryEngine;
  nowMs = start;
  readonly committed = new Map<string, number>();
  readonly arrived = new Map<string, number>();
  arrivals = 0;

  constructor() {
    this.engine = this.#open();
  }

  #open(): HistoryEngine {
    const tags = names.map((name, handle) => ({ handle, name, type: "double" as DataType, formerly: [] }));
    const reports = { damage: (text: string) => damage.push(text), warn: () => undefined };
    const engine = new HistoryEngine(folder, tags, reports, ["sink"]);
    engine.open(this.nowMs);
    return engine;
  }

  commit(rows: readonly Row[]): void {
    const handles = rows.map(([handle]) => handle);
    const times = rows.map(([, second]) => start + second * 1000);
    this.engine.commit({ handles, times, statuses: rows.map(() => 0), values: rows.map((row) => row[2]) }, this.nowMs);
    for (const [handle, second, value] of rows) this.committed.set(`${names[handle]} ${second}`, value);
  }

  /** The next commit folds. */
  passMinute(): void {
    this.nowMs += minute;
  }

  /** @returns how many samples came. */
  take(limit: number, whatThen: "advance" | "forget" = "advance"): number {
    const rows = this.engine.feed("sink", limit);
    rows.times.forEach((time, i) => {
      const { name } = rows.series[rows.indexes[i] as number]?.row ?? { name: "?" };
      this.arrived.set(`${name} ${(time - start) / 1000}`, rows.values[i] as number);
    });
    this.arrivals += rows.times.length;
    if (rows.behind === 0) expect(this.arrived).toEqual(this.committed);
    if (whatThen === "advance") this.engine.advance("sink", rows.place);
    return rows.times.length;
  }

  takeAll(limit = 50): void {
    while (this.take(limit) > 0 || this.engine.feed("sink", limit).behind > 0);
  }

  /** As kill -9 does it: nothing is closed, what the file holds is what there is. */
  kill(): void {
    this.engine = this.#open();
  }
}

const seconds = (handle: number, from: number, to: number): Row[] =>
  Array.from({ length: to - from }, (_, i) => [handle, from + i, from + i]);

describe("the record as a forwarder reads it", () => {
  test("is given commit by commit, each sample once, while the forwarder keeps up, over folds too", () => {
    const bench = new Bench();
    for (let n = 0; n < 12; n++) {
      bench.commit([...seconds(0, n * 40, n * 40 + 40), [1, n, n]]);
      // One commit behind at every second fold.
      if (n % 2 === 0) bench.passMinute();
      else bench.takeAll();
    }
    bench.takeAll();
    expect(bench.arrived).toEqual(bench.committed);
    expect(bench.arrivals).toBe(12 * 41);
    expect(bench.take(50)).toBe(0);
  });

  test("goes on where it was after a kill, without what had arrived", () => {
    const bench = new Bench();
    bench.commit(seconds(0, 0, 30));
    bench.takeAll();
    bench.commit(seconds(0, 30, 60));
    bench.kill();
    expect(bench.take(1000)).toBe(30);
    expect(bench.arrived).toEqual(bench.committed);
  });

  test("gives again what was not acknowledged, and what was before its place was durable", () => {
    const bench = new Bench();
    bench.commit(seconds(0, 0, 30));
    expect([bench.take(1000, "forget"), bench.take(1000)]).toEqual([30, 30]);
    bench.kill();
    expect(bench.take(1000)).toBe(30);
  });

  test("a closed history remembers where its forwarders stand", () => {
    const bench = new Bench();
    bench.commit(seconds(0, 0, 200));
    bench.takeAll();
    bench.engine.close(bench.nowMs);
    bench.kill();
    expect(bench.take(1000)).toBe(0);
  });

  test("says how much there is to come without giving any of it", () => {
    const bench = new Bench();
    bench.commit(seconds(0, 0, 30));
    expect(bench.engine.feed("sink", 0)).toMatchObject({ times: [], behind: 30 });
    bench.takeAll();
    bench.commit(seconds(0, 30, 50));
    expect(bench.engine.feed("sink", 0)).toMatchObject({ times: [], behind: 20 });
    bench.kill();
    bench.commit([...seconds(1, 0, 7), [2, 0, 0]]);
    expect(bench.engine.feed("sink", 0)).toMatchObject({ times: [], behind: 28 });
  });

  test("amid a pass over the heads does not take itself for complete", () => {
    const bench = new Bench();
    bench.commit([...seconds(0, 0, 50), ...seconds(1, 0, 50)]);
    expect(bench.take(10)).toBe(50);
    bench.commit([[0, 50, 50]]);
    expect(bench.engine.feed("sink", 0)).toMatchObject({ times: [], behind: 51 });
  });

  test("after an absence of hours nothing is missing, and it says how much there is to come", () => {
    const bench = new Bench();
    for (let n = 0; n < 20; n++) {
      bench.commit([...seconds(0, n * 100, n * 100 + 100), [1, n, n], [2, 5000 - n, n]]);
      bench.passMinute();
    }
    const all = bench.engine.feed("sink", 1);
    expect(all.times.length + all.behind).toBe(20 * 102);
    expect(all.throughMs).toBe(0);
    bench.takeAll(300);
    expect(bench.arrived).toEqual(bench.committed);
    expect(bench.engine.feed("sink", 1).throughMs).toBe(bench.nowMs - minute);
    expect(bench.arrivals).toBe(20 * 102);
  });

  test("a forwarder that stopped amid commits which were folded meanwhile misses none of them later", () => {
    const bench = new Bench();
    bench.takeAll();
    for (let n = 0; n < 3; n++) bench.commit(seconds(0, n * 200, n * 200 + 200));
    bench.passMinute();
    bench.commit([[1, 0, 0]]);
    expect(bench.take(200)).toBe(200);
    for (let n = 1; n < 4; n++) {
      bench.passMinute();
      bench.commit([[1, n, n]]);
    }
    bench.takeAll();
    expect(bench.arrived).toEqual(bench.committed);
  });

  test("a tag with a few samples in a month is not forgotten in its head", () => {
    const bench = new Bench();
    bench.commit([[2, 1, 7]]);
    for (let n = 0; n < 5; n++) {
      bench.passMinute();
      bench.commit(seconds(0, n * 200, n * 200 + 200));
    }
    bench.kill();
    bench.takeAll();
    expect(bench.arrived.get("c 1")).toBe(7);
  });

  test("of one time the last that was committed arrives last, late ones too", () => {
    const bench = new Bench();
    bench.commit([...seconds(0, 0, 300), [0, 299, 1]]);
    bench.takeAll();
    bench.passMinute();
    bench.commit([[1, 0, 0]]);
    bench.commit([
      [0, 5, -5],
      [0, 5, -6],
    ]);
    bench.passMinute();
    bench.commit([[1, 1, 1]]);
    bench.passMinute();
    bench.commit([[1, 2, 2]]);
    bench.takeAll(7);
    expect(bench.arrived).toEqual(bench.committed);
    expect([bench.arrived.get("a 5"), bench.arrived.get("a 299")]).toEqual([-6, 1]);
  });

  test("whatever is written, folded, killed and taken in whatever order, in the end the sink holds it all", () => {
    let serial = 0;
    // The historian leaves repeats out, and of an older value of the same time nobody could say which was last.
    const fresh = (rows: readonly Row[]) => rows.map(([handle, second]): Row => [handle, second, serial++]);
    const row = fc.tuple(fc.nat(2), fc.nat(400), fc.constant(0)).map((each) => each as Row);
    const run = fc.tuple(fc.nat(2), fc.nat(300), fc.integer({ min: 1, max: 250 }));
    const step = fc.oneof(
      fc.array(row, { minLength: 1, maxLength: 20 }).map((rows) => (bench: Bench) => bench.commit(fresh(rows))),
      run.map(
        ([handle, from, count]) =>
          (bench: Bench) =>
            bench.commit(fresh(seconds(handle, from, from + count))),
      ),
      fc.constant((bench: Bench) => bench.passMinute()),
      fc.constant((bench: Bench) => bench.kill()),
      fc.constant((bench: Bench) => {
        bench.engine.close(bench.nowMs);
        bench.kill();
      }),
      fc.integer({ min: 1, max: 400 }).map((limit) => (bench: Bench) => void bench.take(limit)),
      fc.integer({ min: 1, max: 400 }).map((limit) => (bench: Bench) => void bench.take(limit, "forget")),
    );
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 40 }), (steps) => {
        rmSync(folder, { recursive: true, force: true });
        const bench = new Bench();
        for (const each of steps) each(bench);
        bench.takeAll();
        expect(bench.arrived).toEqual(bench.committed);
        expect(damage).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  test("a damaged place begins anew and is named", () => {
    const bench = new Bench();
    bench.commit(seconds(0, 0, 10));
    bench.takeAll();
    bench.engine.close(bench.nowMs);
    const db = new DatabaseSync(join(folder, "history.db"));
    db.exec("UPDATE feed SET place = '[99,0,0,0]'");
    db.close();
    bench.kill();
    expect(damage.join()).toContain("the place of forwarder sink is damaged");
    expect(bench.take(100)).toBe(10);
  });
});

describe("a place", () => {
  const state = { committed: 10, at: 1, sealed: 5 };
  const place = { commit: 7, at: 1, chunk: 3, points: 9, heads: undefined };

  test.each([
    ["is kept where the file reaches so far", place, 3, place],
    ["of chunks that are gone is begun anew", place, 2, feedStart],
    ["of commits that are gone goes back to the chunks", { ...place, commit: 11 }, 3, { ...place, commit: -1, at: 0 }],
    [
      "amid heads of commits that are gone goes back to the chunks",
      { ...place, heads: { commit: 11, at: 1, series: 2 } },
      3,
      { ...place, commit: -1, at: 0 },
    ],
  ])("%s", (_, given, newestChunk, expected) => {
    expect(within(readPlace(writePlace(given)), state, newestChunk)).toEqual(expected);
  });

  test.each(["", "7", "[1]", '[1,2,3,"4"]', "[1,2,3,4,5]", "{}"])("%j is none", (text) => {
    expect(() => readPlace(text)).toThrow();
  });
});
