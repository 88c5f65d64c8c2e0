import { isBitTable, limits, type Table } from "./limits.ts";

/** What one point needs: `count` bits or registers from `start` on. Never torn over two requests. */
export interface Span {
  readonly table: Table;
  readonly start: number;
  readonly count: number;
}

/** Addresses that must never be touched, both ends included. */
export interface ForbiddenRange {
  readonly table: Table;
  readonly from: number;
  readonly to: number;
}

export interface PlanLimits {
  /** 1 … 125. */
  readonly maxRegisters: number;
  /** 1 … 2,000. */
  readonly maxBits: number;
  /** Registers nobody asked for that may be read along to save a request; of bits sixteen times as many. */
  readonly gap: number;
  readonly forbidden: readonly ForbiddenRange[];
}

/** One read request, and which of the spans it answers (indices into the input). */
export interface Block extends Span {
  readonly spans: readonly number[];
}

export interface Plan {
  readonly blocks: readonly Block[];
  /** Spans that no permitted request can read: too long, past the table's end, or on a forbidden address. */
  readonly impossible: readonly number[];
}

/**
 * Joins spans to the fewest requests that a single pass finds: neighbours and gaps up to `gap` share a
 * block, up to the device's limits, never over a forbidden address. Each possible span is in exactly
 * one block. The cost of a request is the round trip: 125 registers cost what one costs (DESIGN 5).
 */
export function planBlocks(spans: readonly Span[], settings: PlanLimits): Plan {
  const impossible: number[] = [];
  const blocks: Block[] = [];
  let open: { table: Table; start: number; end: number; spans: number[] } | undefined;
  const close = () => {
    if (open) blocks.push({ table: open.table, start: open.start, count: open.end - open.start, spans: open.spans });
    open = undefined;
  };
  for (const index of inOrder(spans)) {
    const span = spans[index];
    if (!span) continue;
    if (!isPossible(span, settings)) {
      impossible.push(index);
      continue;
    }
    const end = span.start + span.count;
    if (open && open.table === span.table && joins(open, span, settings)) {
      open.end = Math.max(open.end, end);
      open.spans.push(index);
    } else {
      close();
      open = { table: span.table, start: span.start, end, spans: [index] };
    }
  }
  close();
  return { blocks, impossible };
}

/** Splits a block that the device refused into two halves of its spans; undefined: it has only one span. */
export function splitBlock(block: Block, spans: readonly Span[]): readonly [Block, Block] | undefined {
  if (block.spans.length < 2) return undefined;
  const middle = block.spans.length >> 1;
  return [
    around(block.table, block.spans.slice(0, middle), spans),
    around(block.table, block.spans.slice(middle), spans),
  ];
}

function around(table: Table, indices: readonly number[], spans: readonly Span[]): Block {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const index of indices) {
    const span = spans[index];
    if (!span) continue;
    start = Math.min(start, span.start);
    end = Math.max(end, span.start + span.count);
  }
  return { table, start, count: end - start, spans: indices };
}

function inOrder(spans: readonly Span[]): number[] {
  const rank = new Map<Table, number>([
    ["coil", 0],
    ["discrete", 1],
    ["holding", 2],
    ["input", 3],
  ]);
  const key = (index: number) => (rank.get(spans[index]?.table ?? "coil") ?? 0) * 65536 + (spans[index]?.start ?? 0);
  return spans.map((_, index) => index).sort((a, b) => key(a) - key(b) || a - b);
}

function isPossible(span: Span, settings: PlanLimits): boolean {
  const inside = span.start >= 0 && span.count >= 1 && span.start + span.count - 1 <= limits.lastAddress;
  return inside && span.count <= most(span.table, settings) && !touchesForbidden(span, settings);
}

function joins(open: { start: number; end: number }, span: Span, settings: PlanLimits): boolean {
  const gap = isBitTable(span.table) ? settings.gap * 16 : settings.gap;
  const end = Math.max(open.end, span.start + span.count);
  const count = end - open.start;
  if (span.start - open.end > gap || count > most(span.table, settings)) return false;
  return !touchesForbidden({ table: span.table, start: open.start, count }, settings);
}

function most(table: Table, settings: PlanLimits): number {
  return isBitTable(table)
    ? Math.min(settings.maxBits, limits.readBits)
    : Math.min(settings.maxRegisters, limits.readRegisters);
}

function touchesForbidden(span: Span, settings: PlanLimits): boolean {
  const last = span.start + span.count - 1;
  return settings.forbidden.some((range) => range.table === span.table && range.from <= last && range.to >= span.start);
}
