import { describe, expect, it } from "vitest";
import { localAccount } from "../core/access/local-account.ts";
import type { HistoryPoint } from "../core/history-port.ts";
import type { Plant, Tag } from "../core/plant.ts";
import type { AuditEntry } from "../core/records-port.ts";
import { HistoryExport } from "./history-export.ts";
import type { HistoryInput, HistoryReading } from "./use-cases.ts";

function tag(name: string, more: Partial<Tag> = {}): Tag {
  const equipment = name.split("/")[0] ?? "";
  return { name, equipment, record: true, unit: "bar", ...more } as Tag;
}

const plant = {
  site: { timezone: "Europe/Rome" },
  tags: [tag("press/a"), tag("press/b"), tag("press/hidden", { record: false }), tag("oven/a")],
} as unknown as Plant;

/** Seven points a tag, in pages of three; writes down what it was asked. */
function bench() {
  const asked: HistoryInput[] = [];
  const entries: AuditEntry[] = [];
  let isAuditDown = false;
  const history: Pick<HistoryReading, "query"> = {
    async query(_caller, input) {
      asked.push(input);
      const from = Number(input.next ?? 0);
      const points = [0, 1, 2].map((i) => from + i).filter((n) => n < 7);
      const next = from + 3 < 7 ? String(from + 3) : undefined;
      return { series: [{ tag: input.tags[0] ?? "", points: points.map((n): HistoryPoint => [n, n, 0]) }], next };
    },
  };
  const audit = {
    async append(entry: AuditEntry) {
      if (isAuditDown) throw new Error("the audit cannot be written");
      entries.push(entry);
    },
    note() {},
    available: () => true,
  };
  const clock = { wallMs: () => 5, monotonicMs: () => 5 };
  const exporting = new HistoryExport({ plant, history: history as HistoryReading, audit, clock });
  const breakAudit = (): void => {
    isAuditDown = true;
  };
  return { exporting, asked, entries, breakAudit };
}

async function rows(patterns: readonly string[], { exporting } = bench()) {
  const found = [];
  for await (const page of await exporting.rows(localAccount, { patterns, startMs: 0, endMs: 10 })) found.push(...page);
  return found;
}

describe("an export of the history", () => {
  it("gives every page of every tag that matches, tag after tag, once", async () => {
    const found = await rows(["press/*", "press/a"]);
    const each = [0, 1, 2, 3, 4, 5, 6];
    expect(found.map(({ tag, timeMs }) => `${tag} ${timeMs}`)).toEqual([
      ...each.map((n) => `press/a ${n}`),
      ...each.map((n) => `press/b ${n}`),
    ]);
    expect(found[0]?.unit).toBe("bar");
  });

  it("gives aggregates of as many buckets as there are, asked stretch by stretch, with their own units", async () => {
    const { exporting, asked, entries } = bench();
    const buckets = { aggregates: ["count", "delta"], every: 10, state: undefined } as const;
    const input = { patterns: ["press/a"], startMs: 0, endMs: 120_005, buckets };
    for await (const _ of await exporting.rows(localAccount, input));
    const stretches = asked.filter(({ next }) => next === undefined);
    expect(stretches.map(({ startMs, endMs, intervalMs }) => [startMs, endMs, intervalMs])).toEqual([
      [0, 50_000, 10],
      [50_000, 100_000, 10],
      [100_000, 120_005, 10],
    ]);
    expect(asked[0]?.aggregate).toEqual(["count", "delta"]);
    expect(entries).toMatchObject([{ detail: { aggregates: ["count", "delta"] } }]);
  });

  it("gives the days of the site, stretch by stretch without a seam", async () => {
    const { exporting, asked } = bench();
    const buckets = { aggregates: ["delta"], every: { unit: "day" } } as const;
    const range = { startMs: Date.UTC(2000, 0, 1), endMs: Date.UTC(2020, 0, 1) };
    for await (const _ of await exporting.rows(localAccount, { patterns: ["press/a"], ...range, buckets }));
    const stretches = asked.filter(({ next }) => next === undefined);
    expect(stretches.map(({ calendar }) => calendar)).toEqual([{ unit: "day" }, { unit: "day" }]);
    expect(stretches.map(({ startMs }) => startMs)).toEqual([range.startMs, stretches[0]?.endMs]);
    // A midnight in Rome.
    expect(new Date(stretches[0]?.endMs ?? 0).toISOString()).toMatch(/T2[23]:00:00.000Z$/);
    expect(stretches.at(-1)?.endMs).toBe(range.endMs);
  });

  it.each([
    [{ aggregates: ["count"], every: 0.5 }],
    [{ aggregates: ["count"], every: Number.NaN }],
    [{ aggregates: [], every: 10 }],
    [{ aggregates: ["count"], every: 10, state: "1" }],
    [{ aggregates: ["count"], every: { unit: "day", zone: "Mars/Base" } }],
  ] as const)("refuses %o", async (buckets) => {
    const { exporting, entries } = bench();
    const asked = exporting.rows(localAccount, { patterns: ["*"], startMs: 0, endMs: 10, buckets });
    await expect(asked).rejects.toMatchObject({ code: "history/range" });
    expect(entries).toEqual([]);
  });

  it("asks for the next page only when the one before was taken", async () => {
    const { exporting, asked } = bench();
    const pages = await exporting.rows(localAccount, { patterns: ["*"], startMs: 0, endMs: 10 });
    for await (const _ of pages) break;
    expect(asked).toHaveLength(1);
  });

  it("is on the audit's record before the first row, and not done where that cannot be", async () => {
    const { exporting, asked, entries, breakAudit } = bench();
    await exporting.rows(localAccount, { patterns: ["oven/a"], startMs: 0, endMs: 10 });
    expect(entries).toMatchObject([{ action: "history.exported", who: "system:command-line", detail: { tags: 1 } }]);
    breakAudit();
    await expect(exporting.rows(localAccount, { patterns: ["oven/a"], startMs: 0, endMs: 10 })).rejects.toThrow();
    expect(asked).toEqual([]);
  });

  it.each([[["mill/*"]], [["press/hidden"]], [["press/a", "mill/*"]], [[]]])(
    "knows no recorded tag in %j",
    async (some) => {
      await expect(rows(some)).rejects.toMatchObject({ code: "request/not-found" });
    },
  );

  it.each([
    [10, 10],
    [10, 0],
    [Number.NaN, 10],
  ])("refuses the time from %d to %d", async (startMs, endMs) => {
    const { exporting, entries } = bench();
    const asked = exporting.rows(localAccount, { patterns: ["*"], startMs, endMs });
    await expect(asked).rejects.toMatchObject({ code: "history/range" });
    expect(entries).toEqual([]);
  });

  it("shows nothing to one whose machine it is not", async () => {
    const { exporting } = bench();
    const stranger = { ...localAccount, role: "viewer" as const, equipment: ["oven"] };
    await expect(exporting.rows(stranger, { patterns: ["press/*"], startMs: 0, endMs: 10 })).rejects.toMatchObject({
      code: "request/not-found",
    });
  });
});
