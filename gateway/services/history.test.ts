import { describe, expect, it } from "vitest";
import type { HistoryQuery, HistoryStore } from "../core/history-port.ts";
import { testPlant } from "../core/testing/plant.ts";
import { HistoryDesk, historyLimits } from "./history.ts";
import { testCaller } from "./testing/control-bench.ts";

/** Answers each question with one point at its start, and remembers what it was asked. */
function setUp() {
  const asked: HistoryQuery[] = [];
  const store = {
    query: async (query: HistoryQuery) => {
      asked.push(query);
      return { series: query.tags.map((tag) => ({ tag, points: [[query.startMs, 1, 0] as const] })) };
    },
  } as unknown as HistoryStore;
  return { desk: new HistoryDesk(testPlant(), store), store, asked };
}

const range = { tags: ["press/speed"], startMs: 0, endMs: 10_000, aggregate: "raw" as const, limit: 1000 };

describe("history as a caller may see it", () => {
  it("turns points into an interval", async () => {
    const { desk, asked } = setUp();
    await desk.query(testCaller(), { ...range, aggregate: "timeAverage", points: 100 });
    expect(asked[0]?.intervalMs).toBe(100);
  });

  it("turns days into the days of the site, of 23 hours too", async () => {
    const { desk, asked } = setUp();
    const days = { startMs: Date.UTC(2026, 2, 28, 12), endMs: Date.UTC(2026, 2, 30, 12) };
    await desk.query(testCaller(), { ...range, ...days, aggregate: "delta", calendar: { unit: "day" } });
    const [from, second, third, to] = asked[0]?.edgesMs ?? [];
    expect([from, second, third, to]).toEqual([
      days.startMs,
      Date.UTC(2026, 2, 28, 23),
      Date.UTC(2026, 2, 29, 22),
      days.endMs,
    ]);
    expect(asked[0]?.intervalMs).toBeUndefined();
  });

  it("cuts a guest's days where its slot begins and ends", async () => {
    const { desk, asked } = setUp();
    const hour = (n: number) => Date.UTC(2026, 5, 1, n);
    const slots = [{ equipment: "press", startMs: hour(20), endMs: hour(30) }];
    const days = { startMs: hour(0), endMs: hour(72), aggregate: "delta", calendar: { unit: "day" } } as const;
    await desk.query(testCaller({ role: "guest", slots }), { ...range, ...days });
    expect(asked.map(({ edgesMs }) => edgesMs)).toEqual([[hour(20), hour(22), hour(30)]]);
  });

  it.each([
    ["a reversed range", { startMs: 10, endMs: 10 }],
    ["ten years at one millisecond", { aggregate: "minimum" as const, intervalMs: 1, endMs: 10 * 365 * 86_400_000 }],
    ["a century of hours", { aggregate: "delta" as const, calendar: { unit: "hour" as const }, endMs: 3.2e12 }],
    ["days of long ago", { aggregate: "delta" as const, calendar: { unit: "day" as const }, startMs: -3e12 }],
    ["no zone", { aggregate: "delta" as const, calendar: { unit: "day" as const, zone: "Mars/Base" } }],
    ["too many tags", { tags: Array.from({ length: historyLimits.tags + 1 }, () => "press/speed") }],
  ])("refuses %s", async (_name, change) => {
    const { desk, asked } = setUp();
    await expect(desk.query(testCaller(), { ...range, ...change })).rejects.toMatchObject({ code: "history/range" });
    expect(asked).toEqual([]);
  });

  it.each([
    ["an operator", testCaller()],
    ["a guest", testCaller({ role: "guest", slots: [{ equipment: "press", startMs: 0, endMs: 20_000 }] })],
  ])("says to %s which tags are not recorded, beside what is on record of them", async (_name, caller) => {
    const plant = testPlant();
    const { store } = setUp();
    const tags = plant.tags.map((tag) => (tag.name === "press/key" ? { ...tag, record: false } : tag));
    const answer = await new HistoryDesk({ ...plant, tags }, store).query(caller, {
      ...range,
      tags: ["press/speed", "press/key"],
    });
    expect(answer.series).toEqual([
      { tag: "press/speed", points: [[0, 1, 0]] },
      { tag: "press/key", recorded: false, points: [[0, 1, 0]] },
    ]);
  });

  it.each(["press/nothing", "nothing/speed", "__proto__", ""])("says not-found for %j", async (tag) => {
    const { desk } = setUp();
    await expect(desk.query(testCaller(), { ...range, tags: [tag] })).rejects.toMatchObject({
      code: "request/not-found",
    });
  });

  it("says the same for another's machine", async () => {
    const { desk } = setUp();
    const stranger = testCaller({ equipment: ["other"] });
    await expect(desk.query(stranger, range)).rejects.toMatchObject({ code: "request/not-found" });
  });

  it.each([
    ["an operator's", testCaller()],
    ["a guest's", testCaller({ role: "guest", slots: [{ equipment: "press", startMs: 1000, endMs: 2000 }] })],
  ])("hands on that nobody waits any more for %s answer", async (_name, caller) => {
    const signals: (AbortSignal | undefined)[] = [];
    const query = async (_query: HistoryQuery, signal?: AbortSignal) => {
      signals.push(signal);
      return { series: [] };
    };
    const { signal } = new AbortController();
    await new HistoryDesk(testPlant(), { query } as unknown as HistoryStore).query(caller, range, signal);
    expect(signals).toEqual([signal]);
  });

  it("asks for a guest slot by slot, each cut off from what lies outside", async () => {
    const { desk, asked } = setUp();
    const slots = [
      { equipment: "press", startMs: 1000, endMs: 2000 },
      { equipment: "press", startMs: 5000, endMs: 60_000 },
      { equipment: "other", startMs: 0, endMs: 60_000 },
    ];
    const answer = await desk.query(testCaller({ role: "guest", slots }), range);
    expect(asked.map(({ startMs, endMs, isolated }) => ({ startMs, endMs, isolated }))).toEqual([
      { startMs: 1000, endMs: 2000, isolated: true },
      { startMs: 5000, endMs: 10_000, isolated: true },
    ]);
    expect(answer.series[0]?.points).toHaveLength(2);
  });

  it("asks for a guest's tags side by side", async () => {
    const { desk, asked } = setUp();
    const slots = [{ equipment: "press", startMs: 1000, endMs: 2000 }];
    const tags = testPlant()
      .tags.filter(({ equipment }) => equipment === "press")
      .map(({ name }) => name)
      .slice(0, 2);
    await desk.query(testCaller({ role: "guest", slots }), { ...range, tags, aggregate: "last", abreast: true });
    expect(tags).toHaveLength(2);
    expect(asked.map((query) => [query.tags, query.abreast, query.isolated])).toEqual([[tags, true, true]]);
    const least = { ...range, tags, aggregate: "last" as const, abreast: true, limit: 1 };
    await expect(desk.query(testCaller(), least)).rejects.toThrow(/at least 2/);
  });

  it("gives a guest the rest with `next`, nothing lost and nothing twice", async () => {
    const { desk } = setUp();
    const slots = [1, 2, 3].map((n) => ({ equipment: "press", startMs: n * 1000, endMs: n * 1000 + 500 }));
    const guest = testCaller({ role: "guest", slots });
    const times: number[] = [];
    let next: string | undefined;
    do {
      const answer = await desk.query(guest, { ...range, limit: 1, next });
      times.push(...(answer.series[0]?.points ?? []).map(([time]) => time));
      next = answer.next;
    } while (next !== undefined);
    expect(times).toEqual([1000, 2000, 3000]);
    await expect(desk.query(guest, { ...range, next: "99:" })).rejects.toMatchObject({ code: "request/invalid" });
  });

  it("a guest without a slot in the range finds nothing there", async () => {
    const { desk } = setUp();
    await expect(desk.query(testCaller({ role: "guest" }), range)).rejects.toMatchObject({ code: "request/not-found" });
  });
});
