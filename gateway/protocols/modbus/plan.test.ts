import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isBitTable, type Table, tables } from "./limits.ts";
import { type PlanLimits, planBlocks, type Span, splitBlock } from "./plan.ts";

const device: PlanLimits = { maxRegisters: 125, maxBits: 2000, gap: 10, forbidden: [] };
const span = (table: Table, start: number, count = 1): Span => ({ table, start, count });
const many = (table: Table, from: number, count: number) =>
  Array.from({ length: count }, (_, n) => span(table, from + n));

/** `blocks` as table, start, count. */
const rows: { name: string; spans: Span[]; limits?: Partial<PlanLimits>; blocks: [Table, number, number][] }[] = [
  { name: "nothing to read", spans: [], blocks: [] },
  { name: "neighbours in one", spans: many("holding", 0, 5), blocks: [["holding", 0, 5]] },
  { name: "any order of the points", spans: many("holding", 0, 5).reverse(), blocks: [["holding", 0, 5]] },
  { name: "a gap as wide as allowed", spans: [span("input", 0), span("input", 11)], blocks: [["input", 0, 12]] },
  {
    name: "one wider",
    spans: [span("input", 0), span("input", 12)],
    blocks: [
      ["input", 0, 1],
      ["input", 12, 1],
    ],
  },
  {
    name: "no gap at all",
    spans: [span("input", 0), span("input", 2)],
    limits: { gap: 0 },
    blocks: [
      ["input", 0, 1],
      ["input", 2, 1],
    ],
  },
  { name: "bits with sixteen times the gap", spans: [span("coil", 0), span("coil", 161)], blocks: [["coil", 0, 162]] },
  {
    name: "tables apart",
    spans: [span("holding", 0), span("input", 1), span("coil", 2), span("discrete", 3)],
    blocks: [
      ["coil", 2, 1],
      ["discrete", 3, 1],
      ["holding", 0, 1],
      ["input", 1, 1],
    ],
  },
  {
    name: "125 registers",
    spans: many("holding", 0, 126),
    blocks: [
      ["holding", 0, 125],
      ["holding", 125, 1],
    ],
  },
  {
    name: "2,000 bits",
    spans: many("discrete", 0, 2001),
    blocks: [
      ["discrete", 0, 2000],
      ["discrete", 2000, 1],
    ],
  },
  {
    name: "a value is never torn",
    spans: [span("holding", 0, 124), span("holding", 124, 2)],
    blocks: [
      ["holding", 0, 124],
      ["holding", 124, 2],
    ],
  },
  {
    name: "a device with small limits",
    spans: many("holding", 0, 20),
    limits: { maxRegisters: 8 },
    blocks: [
      ["holding", 0, 8],
      ["holding", 8, 8],
      ["holding", 16, 4],
    ],
  },
  {
    name: "the same register twice",
    spans: [span("holding", 4), span("holding", 4), span("holding", 3, 2)],
    blocks: [["holding", 3, 2]],
  },
  {
    name: "a long value around short ones",
    spans: [span("holding", 0, 20), span("holding", 5), span("holding", 21)],
    blocks: [["holding", 0, 22]],
  },
  {
    name: "forbidden addresses in the gap",
    spans: [span("holding", 0), span("holding", 5)],
    limits: { forbidden: [{ table: "holding", from: 2, to: 2 }] },
    blocks: [
      ["holding", 0, 1],
      ["holding", 5, 1],
    ],
  },
  {
    name: "the same in another table",
    spans: [span("holding", 0), span("holding", 5)],
    limits: { forbidden: [{ table: "input", from: 2, to: 2 }] },
    blocks: [["holding", 0, 6]],
  },
  { name: "the last address", spans: [span("holding", 65535)], blocks: [["holding", 65535, 1]] },
];

describe("the block planner", () => {
  it.each(rows)("$name", ({ spans, limits, blocks }) => {
    const plan = planBlocks(spans, { ...device, ...limits });
    expect(plan.blocks.map(({ table, start, count }) => [table, start, count])).toEqual(blocks);
    expect(plan.impossible).toEqual([]);
  });

  it("names the points that no request may read", () => {
    const spans = [
      span("holding", 0, 9),
      span("holding", 20, 4),
      span("holding", 65535, 2),
      span("coil", -1),
      span("input", 1),
    ];
    const plan = planBlocks(spans, { ...device, maxRegisters: 8, forbidden: [{ table: "holding", from: 23, to: 30 }] });
    expect(plan.blocks.flatMap((block) => block.spans)).toEqual([4]);
    expect([...plan.impossible].sort()).toEqual([0, 1, 2, 3]);
  });

  it("covers each point exactly once, never over the limits, never over a forbidden range", () => {
    const anyTable = fc.constantFrom(...tables);
    const spans = fc.array(
      fc.record({ table: anyTable, start: fc.integer({ min: 0, max: 400 }), count: fc.integer({ min: 1, max: 12 }) }),
      { maxLength: 120 },
    );
    const ranges = fc.array(
      fc
        .record({ table: anyTable, from: fc.integer({ min: 0, max: 400 }), more: fc.integer({ min: 0, max: 9 }) })
        .map(({ table, from, more }) => ({ table, from, to: from + more })),
      { maxLength: 6 },
    );
    const limits = fc.record({
      maxRegisters: fc.integer({ min: 1, max: 125 }),
      maxBits: fc.integer({ min: 1, max: 2000 }),
      gap: fc.integer({ min: 0, max: 30 }),
      forbidden: ranges,
    });
    fc.assert(
      fc.property(spans, limits, (wanted, settings) => {
        const { blocks, impossible } = planBlocks(wanted, settings);
        const covered = [...blocks.flatMap((block) => block.spans), ...impossible].sort((a, b) => a - b);
        expect(covered).toEqual(wanted.map((_, index) => index));
        for (const block of blocks) {
          expect(block.count).toBeLessThanOrEqual(isBitTable(block.table) ? settings.maxBits : settings.maxRegisters);
          for (const index of block.spans) expect(holds(block, wanted[index])).toBe(true);
          for (const { table, from, to } of settings.forbidden) {
            expect(table === block.table && from < block.start + block.count && to >= block.start).toBe(false);
          }
        }
        for (const index of impossible)
          expect(planBlocks([wanted[index] ?? span("coil", 0)], settings).blocks).toEqual([]);
      }),
    );
  });
});

function holds(block: Span, inner: Span | undefined): boolean {
  return (
    inner !== undefined &&
    inner.table === block.table &&
    inner.start >= block.start &&
    inner.start + inner.count <= block.start + block.count
  );
}

describe("splitting a refused block", () => {
  it("gives two smaller blocks around the same points, until each stands alone", () => {
    const spans = [span("holding", 0), span("holding", 8, 2), span("holding", 12)];
    const [block] = planBlocks(spans, device).blocks;
    const halves = block && splitBlock(block, spans);
    expect(halves).toEqual([
      { table: "holding", start: 0, count: 1, spans: [0] },
      { table: "holding", start: 8, count: 5, spans: [1, 2] },
    ]);
    expect(halves && splitBlock(halves[0], spans)).toBeUndefined();
  });
});
