import type { Clock, Timers } from "../../core/clock.ts";
import { type Account, Accumulator, type Held } from "../../core/derived/accumulator.ts";
import { Formulas, type Result, type Seen } from "../../core/derived/formulas.ts";
import { Periods } from "../../core/derived/periods.ts";
import { worstStatus } from "../../core/derived/result.ts";
import type { ExpressionCompiler } from "../../core/expression-port.ts";
import type { Log } from "../../core/log.ts";
import type { Plant, Tag } from "../../core/plant.ts";
import { BatchBuilder, type Sample } from "../../core/sample.ts";
import { isBad, isGood, Status } from "../../core/status.ts";
import type { Deriver, Image, TakeRow } from "../image.ts";
import type { DerivedMemory } from "./memory.ts";
import { SteadyClock } from "./steady-clock.ts";

export interface DerivedSettings {
  readonly plant: Plant;
  readonly image: Image;
  readonly compile: ExpressionCompiler;
  readonly memory: DerivedMemory;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** How often time is accounted for where nothing changes, ms. */
const tickMs = 1000;

/** How a derived tag stands. */
export interface DerivedStanding {
  /** Of a tag that is computed over time. */
  readonly account: Account | undefined;
  /** Why its expression gives nothing now, in words. */
  readonly why: string | undefined;
}

export interface DerivedCounts {
  readonly tags: number;
  readonly computed: number;
  readonly failed: number;
}

/** One derived tag with what depends on it. */
interface Unit {
  readonly tag: Tag;
  /** Tags that are computed from this one come later. */
  readonly level: number;
  readonly roots: readonly number[];
  readonly accumulator: Accumulator | undefined;
  /** Quality of the expression at the last look. */
  status: number;
  why: string | undefined;
  waits: boolean;
}

/**
 * Computes tags from others whenever those change, each at most once a batch and after everything that it stands on.
 * What is computed over time is accounted for each second too, up to the last proof that its inputs live.
 */
export class DerivedTags implements Deriver {
  readonly #image: Image;
  readonly #log: Log;
  readonly #timers: Timers;
  readonly #memory: DerivedMemory;
  readonly #formulas: Formulas;
  readonly #clock: SteadyClock;
  readonly #tags: ReadonlyMap<string, Tag>;
  /** By handle. */
  readonly #units: readonly (Unit | undefined)[];
  readonly #followers: readonly Unit[][];
  readonly #levels: number;
  readonly #overTime: readonly Unit[];
  readonly #look = (name: string): Sample | undefined => {
    const tag = this.#tags.get(name);
    return tag && this.#image.sample(tag.handle);
  };
  #computed = 0;
  #failed = 0;
  #cancel: (() => void) | undefined;

  constructor({ plant, image, compile, memory, clock, timers, log }: DerivedSettings) {
    this.#image = image;
    this.#log = log;
    this.#timers = timers;
    this.#memory = memory;
    this.#formulas = new Formulas(plant.tags, compile);
    this.#clock = new SteadyClock(clock);
    this.#tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
    const periods = new Periods(plant.site.timezone, plant.site.shifts ?? []);
    this.#followers = plant.tags.map((): Unit[] => []);
    const units = unitsOf(plant, this.#followers, (tag) => this.#accumulator(tag, periods));
    for (const { tag } of units.values()) this.#formulas.formula(tag);
    this.#units = plant.tags.map((tag) => units.get(tag.name));
    this.#levels = Math.max(0, ...[...units.values()].map((unit) => unit.level + 1));
    this.#overTime = [...units.values()].filter((unit) => unit.accumulator);
    if (units.size > 0) image.deriveWith(this);
  }

  start(): void {
    if (this.#overTime.length > 0) this.#cancel = this.#timers.every(tickMs, () => this.#tick());
    this.#memory.start();
  }

  async stop(): Promise<void> {
    this.#cancel?.();
    await this.#memory.stop();
  }

  counts(): DerivedCounts {
    return { tags: this.#units.filter(Boolean).length, computed: this.#computed, failed: this.#failed };
  }

  standing(tag: Tag): DerivedStanding | undefined {
    const unit = this.#units[tag.handle];
    return unit && { account: unit.accumulator?.account, why: unit.why };
  }

  roots(handle: number): readonly number[] | undefined {
    return this.#units[handle]?.roots;
  }

  follow(changed: readonly number[], take: TakeRow): void {
    const byLevel: Unit[][] = Array.from({ length: this.#levels }, () => []);
    const wake = (handle: number): void => {
      for (const unit of this.#followers[handle] ?? []) {
        if (unit.waits) continue;
        unit.waits = true;
        byLevel[unit.level]?.push(unit);
      }
    };
    for (const handle of changed) wake(handle);
    try {
      for (const units of byLevel) {
        for (const unit of units) {
          unit.waits = false;
          if (this.#compute(unit, take)) wake(unit.tag.handle);
        }
      }
    } finally {
      // Whatever failed: one that is left waiting would never be woken again.
      for (const units of byLevel) for (const unit of units) unit.waits = false;
    }
  }

  /**
   * These tags as read from the devices just now: what is computed is made anew from what `read` brings of the tags
   * that it stands on, and from nothing older (R7). What is computed over time cannot be read: Bad_NoData.
   */
  async readNow(
    tags: readonly Tag[],
    read: (tags: readonly Tag[]) => Promise<readonly Sample[]>,
  ): Promise<readonly Sample[]> {
    if (!tags.some((tag) => tag.derived)) return read(tags);
    const roots = [...new Set(tags.flatMap((tag) => tag.derived?.roots ?? [tag.name]))];
    const wanted = roots.flatMap((name) => this.#tags.get(name) ?? []);
    const samples = await read(wanted);
    const now = this.#clock.wallMs();
    const found = new Map<string, Sample | undefined>(wanted.map((tag, i) => [tag.name, samples[i]]));
    const through = this.#formulas.through((name): Seen | undefined => found.get(name));
    return tags.map((tag): Sample => {
      const seen = through(tag.name);
      const sourceTime = seen?.sourceTime || now;
      return { value: seen?.value ?? null, status: seen?.status ?? Status.Bad_NoData, sourceTime, serverTime: now };
    });
  }

  #accumulator(tag: Tag, periods: Periods): Accumulator | undefined {
    const over = tag.derived?.over;
    if (!over) return undefined;
    const accumulator = new Accumulator(over, periods, this.#memory.kept(tag), this.#clock.nowMs());
    this.#memory.remember(tag, accumulator);
    return accumulator;
  }

  /** @returns whether it is news. One that fails in a way that nobody thought of is Bad, and the others go on. */
  #compute(unit: Unit, take: TakeRow): boolean {
    this.#computed++;
    const { handle } = unit.tag;
    try {
      const result = this.#formulas.result(unit.tag, this.#look);
      unit.why = result.why;
      unit.status = result.status;
      if (result.why !== undefined) this.#failed++;
      const { accumulator } = unit;
      if (accumulator) return this.#account(unit, accumulator, result, take);
      return take(handle, result.value, result.status, result.sourceTime || this.#clock.wallMs());
    } catch (error) {
      this.#failed++;
      this.#log.error({ err: error, tag: unit.tag.name }, "a tag cannot be computed");
      unit.why = "it failed inside of the gateway; its log says how";
      unit.status = Status.Bad_InternalError;
      unit.accumulator?.take(undefined, unit.accumulator.atMs);
      return take(handle, null, Status.Bad_InternalError, this.#clock.wallMs());
    }
  }

  #account(unit: Unit, accumulator: Accumulator, { raw, status }: Result, take: TakeRow): boolean {
    const held: Held = isGood(status) && typeof raw !== "string" ? raw : undefined;
    // Somewhere since the last look it stopped being so: nothing is made of that time.
    const closed = accumulator.take(held, held === undefined ? accumulator.atMs : this.#clock.nowMs());
    return this.#tell(unit, accumulator, closed, take);
  }

  #provenMs({ tag }: Unit): number {
    const ageMs = this.#image.confirmedAgeMs(tag.handle);
    return Number.isFinite(ageMs) ? this.#clock.nowMs() - ageMs : this.#clock.nowMs();
  }

  #tell(unit: Unit, accumulator: Accumulator, closed: ReturnType<Accumulator["advance"]>, take: TakeRow): boolean {
    const { handle } = unit.tag;
    let isNews = false;
    for (const { value, isComplete, endMs } of closed) {
      isNews = take(handle, rounded(value), statusOf(unit, isComplete), endMs - 1) || isNews;
    }
    const { value } = accumulator;
    const status = statusOf(unit, accumulator.isComplete);
    const atMs = Math.min(Math.round(accumulator.atMs), this.#clock.wallMs());
    if (value === undefined) return take(handle, null, isBad(status) ? status : Status.Bad_NoData, atMs) || isNews;
    return take(handle, rounded(value), status, atMs) || isNews;
  }

  #tick(): void {
    this.#followClock();
    const batch = new BatchBuilder();
    const collect: TakeRow = (handle, value, status, sourceTime) => {
      batch.push(handle, value, status, sourceTime);
      return true;
    };
    for (const unit of this.#overTime) {
      const { accumulator } = unit;
      if (!accumulator) continue;
      const closed = accumulator.advance(isGood(unit.status) ? this.#provenMs(unit) : this.#clock.nowMs());
      if (this.#image.sample(unit.tag.handle)) this.#tell(unit, accumulator, closed, collect);
    }
    if (batch.length > 0) this.#image.apply(batch.build(this.#clock.wallMs()));
  }

  /** R3: time that the wall clock skipped was not seen by anybody; time that it takes back is not counted again. */
  #followClock(): void {
    const jumpMs = this.#clock.follow();
    if (jumpMs === 0) return;
    this.#log.warn({ jumpMs }, "the clock jumped; what is computed over time takes it for a gap");
    for (const { accumulator } of this.#overTime) {
      if (jumpMs > 0) accumulator?.interrupt(this.#clock.nowMs());
      else accumulator?.setBack(this.#clock.nowMs());
    }
  }
}

/** Worse than its inputs only where too much of the time is missing. */
function statusOf({ status }: Unit, isComplete: boolean): number {
  return isComplete ? status : worstStatus([status, Status.Uncertain_DataSubNormal]);
}

/** More digits than a double has are noise that history would have to keep. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

/** @param followers by handle, filled here: what is computed from it directly. */
function unitsOf(
  plant: Plant,
  followers: readonly Unit[][],
  accumulatorOf: (tag: Tag) => Accumulator | undefined,
): ReadonlyMap<string, Unit> {
  const tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
  const handles = (names: readonly string[]) => names.flatMap((name) => tags.get(name)?.handle ?? []);
  const units = new Map<string, Unit>();
  const unitOf = (tag: Tag): Unit | undefined => {
    if (!tag.derived) return undefined;
    const known = units.get(tag.name);
    if (known) return known;
    const inputs = tag.derived.inputs.flatMap((name) => tags.get(name) ?? []);
    const unit: Unit = {
      tag,
      level: Math.max(0, ...inputs.map((input) => (unitOf(input)?.level ?? -1) + 1)),
      roots: handles(tag.derived.roots),
      accumulator: accumulatorOf(tag),
      status: Status.Bad_WaitingForInitialData,
      why: undefined,
      waits: false,
    };
    units.set(tag.name, unit);
    for (const handle of handles(tag.derived.inputs)) followers[handle]?.push(unit);
    return unit;
  };
  for (const tag of plant.tags) unitOf(tag);
  return units;
}
