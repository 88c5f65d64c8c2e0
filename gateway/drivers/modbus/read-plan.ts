import type { Point } from "../../core/driver-port.ts";
import { type Block, planBlocks, type Span, splitBlock } from "../../protocols/modbus/plan.ts";
import { type ModbusAddress, type ResolvedAddress, resolveAddress } from "./address.ts";
import type { ModbusSettings } from "./settings.ts";
import { Silence } from "./silence.ts";

/** A block with what experience says of it. */
export interface PlannedBlock {
  readonly block: Block;
  /** Cycles in which this block was silent while others of the unit answered. */
  readonly silence: Silence;
  /** What a refused single point shows until it is asked again. */
  refused: { readonly status: number; readonly pauseMs: number; readonly untilMs: number } | undefined;
  /** Whether its unreadable answers were spoken of since the last good one. */
  spokenOf: boolean;
}

const firstRefusalPauseMs = 1_000;
const longestRefusalPauseMs = 60_000;
/** What was learnt is forgotten after this, so that a controller's bad hour does not shape the plan for ever. */
const memoryMs = 3_600_000;

/**
 * The blocks of one set of points, and what was learnt about them: a block refused with exception 2 or
 * 3 is split until the bad point stands alone; that one is then asked seldom and spoils nobody.
 */
export class ReadPlan {
  readonly addresses: readonly (ResolvedAddress | undefined)[];
  readonly #spans: readonly Span[];
  readonly #settings: ModbusSettings;
  #blocks: PlannedBlock[] = [];
  #impossible: readonly number[] = [];
  #splits = 0;
  #learntAtMs: number | undefined;
  #startedAtMs: number | undefined;
  #periodMs: number | undefined;
  #running = 0;

  constructor(points: readonly Point[], settings: ModbusSettings) {
    this.#settings = settings;
    this.addresses = points.map((point) => {
      const resolved = resolveAddress(point.address as ModbusAddress);
      return resolved.ok ? resolved.address : undefined;
    });
    // An address that contradicts itself becomes a span that cannot be read: the indices stay those of the points.
    this.#spans = this.addresses.map((address) => address?.span ?? { table: "coil", start: -1, count: 1 });
    this.#rebuild();
  }

  get blocks(): readonly PlannedBlock[] {
    return this.#blocks;
  }

  /** Points that no request may read; their configuration is wrong. */
  get impossible(): readonly number[] {
    return this.#impossible;
  }

  get splits(): number {
    return this.#splits;
  }

  get refusedPoints(): number {
    return this.#blocks.filter((planned) => planned.refused).length;
  }

  /** A poll of it begins. */
  started(nowMs: number): void {
    if (this.#startedAtMs !== undefined) this.#periodMs = nowMs - this.#startedAtMs;
    this.#startedAtMs = nowMs;
    this.#running++;
  }

  ended(): void {
    this.#running--;
  }

  /** When it is polled next, judged by the last two times; infinity: it is not polled any more. */
  nextDueMs(nowMs: number): number {
    if (this.#running > 0) return nowMs;
    if (this.#startedAtMs === undefined) return Number.POSITIVE_INFINITY;
    if (this.#periodMs === undefined) return nowMs;
    const dueMs = this.#startedAtMs + this.#periodMs;
    return nowMs > dueMs + this.#periodMs ? Number.POSITIVE_INFINITY : dueMs;
  }

  /** Puts two halves in the block's place; undefined: it has only one point. */
  split(planned: PlannedBlock, nowMs: number): readonly PlannedBlock[] | undefined {
    const halves = splitBlock(planned.block, this.#spans)?.map((block) => this.#plan(block));
    if (!halves) return undefined;
    this.#blocks.splice(this.#blocks.indexOf(planned), 1, ...halves);
    this.#splits++;
    this.#learntAtMs ??= nowMs;
    return halves;
  }

  /** Leaves a refused single point alone for a while: a second at first, at most a minute. */
  refuse(planned: PlannedBlock, status: number, nowMs: number): void {
    const before = planned.refused?.pauseMs ?? firstRefusalPauseMs / 2;
    const pauseMs = Math.min(longestRefusalPauseMs, before * 2);
    planned.refused = { status, pauseMs, untilMs: nowMs + pauseMs };
    this.#learntAtMs ??= nowMs;
  }

  /** A refused point answers again: what made the splits is over. */
  healed(planned: PlannedBlock): void {
    planned.refused = undefined;
    if (this.#splits > 0) this.#learntAtMs = Number.NEGATIVE_INFINITY;
  }

  /** A silent block goes last, so that the next cycle hears the others first. */
  putLast(planned: PlannedBlock): void {
    const index = this.#blocks.indexOf(planned);
    if (index >= 0) this.#blocks.push(...this.#blocks.splice(index, 1));
  }

  /** To be called before each cycle. */
  forgetIfOld(nowMs: number): void {
    if (this.#learntAtMs !== undefined && nowMs - this.#learntAtMs > memoryMs) this.#rebuild();
  }

  #rebuild(): void {
    const plan = planBlocks(this.#spans, this.#settings);
    this.#blocks = plan.blocks.map((block) => this.#plan(block));
    this.#impossible = plan.impossible;
    this.#learntAtMs = undefined;
    this.#splits = 0;
  }

  #plan(block: Block): PlannedBlock {
    return { block, silence: new Silence(5 * this.#settings.timeout), refused: undefined, spokenOf: false };
  }
}
