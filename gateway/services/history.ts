import { type Caller, visibleHistory } from "../core/access/policy.ts";
import { PlanciaError } from "../core/errors.ts";
import { calendarBeginMs, calendarEdges, isZone } from "../core/history/calendar.ts";
import type {
  BucketAggregate,
  HistoryAnswer,
  HistoryPoint,
  HistorySeries,
  HistoryStatistics,
  HistoryStore,
  SeriesReading,
  StorageReport,
} from "../core/history-port.ts";
import type { Plant, Tag } from "../core/plant.ts";
import type { HistoryInput, HistoryReading } from "./use-cases.ts";

/** Limits of one request. */
export const historyLimits = { tags: 50, buckets: 10_000, rows: 100_000 } as const;

/** History as a caller may see it: a guest's is cut to its slots, another's tag does not exist. */
export class HistoryDesk implements HistoryReading {
  readonly #store: HistoryStore;
  readonly #tags: ReadonlyMap<string, Tag>;
  readonly #zone: string;

  constructor(plant: Plant, store: HistoryStore) {
    this.#store = store;
    this.#zone = plant.site.timezone;
    this.#tags = new Map(plant.tags.map((tag) => [tag.name, tag]));
  }

  statistics(): HistoryStatistics {
    return this.#store.statistics();
  }

  async storage(): Promise<StorageReport> {
    const report = await this.#store.storage?.();
    if (!report) throw new PlanciaError("history/unavailable", "what is stored is not known");
    return report;
  }

  async query(caller: Caller, input: HistoryInput, signal?: AbortSignal): Promise<HistoryAnswer> {
    const answer = await this.#answer(caller, input, signal);
    return { ...answer, series: answer.series.map((each) => this.#marked(each)) };
  }

  async #answer(caller: Caller, input: HistoryInput, signal?: AbortSignal): Promise<HistoryAnswer> {
    const { startMs, endMs } = input;
    if (!(startMs < endMs)) throw new PlanciaError("history/range", "start must be before end");
    if (input.tags.length > historyLimits.tags)
      throw new PlanciaError("history/range", `at most ${historyLimits.tags} tags at once`);
    const intervalMs = this.#interval(input);
    const edgesMs = this.#edges(input);
    const rows = rowsAtOnce(input);
    if (input.limit < rows) {
      throw new PlanciaError("history/range", `limit is at least ${rows}: one row for each series`);
    }
    const windows = this.#windows(caller, input);
    if (caller.role !== "guest") {
      const readings = input.tags.map((name) => this.#reading(name));
      return this.#store.query({ ...input, intervalMs, edgesMs, readings }, signal);
    }
    return this.#clipped(input, { intervalMs, edgesMs, windows, rows }, signal);
  }

  /** How this tag is to be read between and across its samples. */
  #reading(name: string): SeriesReading {
    const { interpolation, counter } = this.#tags.get(name) ?? {};
    return { interpolation, counter };
  }

  /** That nothing came of a tag is one thing, that nothing is kept of it another. */
  #marked(series: HistorySeries): HistorySeries {
    return this.#tags.get(series.tag)?.record === false ? { ...series, recorded: false } : series;
  }

  #interval(input: HistoryInput): number | undefined {
    if (input.aggregate === "raw" || input.calendar) return undefined;
    const span = input.endMs - input.startMs;
    const intervalMs = input.intervalMs ?? Math.max(1, Math.ceil(span / (input.points ?? 500)));
    if (span / intervalMs > historyLimits.buckets) {
      throw new PlanciaError(
        "history/range",
        `at most ${historyLimits.buckets} intervals at once: take a longer interval`,
      );
    }
    return intervalMs;
  }

  #edges({ aggregate, calendar, startMs, endMs }: HistoryInput): readonly number[] | undefined {
    if (aggregate === "raw" || !calendar) return undefined;
    const { unit, zone = this.#zone } = calendar;
    if (!isZone(zone))
      throw new PlanciaError("history/range", `there is no zone ${zone}: take one such as Europe/Rome`);
    if (startMs < calendarBeginMs) throw new PlanciaError("history/range", "calendar buckets begin with the year 1900");
    const edges = calendarEdges({ unit, zone }, { startMs, endMs }, historyLimits.buckets);
    if (edges) return edges;
    throw new PlanciaError("history/range", `at most ${historyLimits.buckets} intervals at once: take a longer one`);
  }

  #windows(caller: Caller, input: HistoryInput): Windows {
    const windows = new Map<string, readonly (readonly [number, number])[]>();
    for (const name of input.tags) {
      const tag = this.#tags.get(name);
      const seen = tag ? visibleHistory(caller, tag.equipment, input.startMs, input.endMs) : [];
      // A guest with no slot in this range is told the same as for a tag that does not exist.
      if (seen.length === 0) throw new PlanciaError("request/not-found", `no tag ${name}`);
      windows.set(name, seen);
    }
    return windows;
  }

  /**
   * A guest's answer is asked window by window: what lies outside its slots never enters the engine,
   * neither as rows nor inside a bucket, nor as the value that held before the slot began. `next` is
   * the number of the window to go on with and the engine's own cursor in it.
   */
  async #clipped(
    input: HistoryInput,
    { intervalMs, edgesMs, windows, rows }: Clipping,
    signal: AbortSignal | undefined,
  ): Promise<HistoryAnswer> {
    const pieces = input.abreast ? abreast(windows) : tagAfterTag(windows);
    const series = new Joined(input);
    const [from, ...cursor] = (input.next ?? "0:").split(":");
    let inner: string | undefined = cursor.join(":") || undefined;
    let left = input.limit;
    for (let n = pieceNumber(from, pieces.length); n < pieces.length; n++) {
      if (left < rows) return { series: series.all(), next: `${n}:` };
      const { tags, startMs, endMs } = pieces[n] as Piece;
      const own = edgesMs && clipped(edgesMs, startMs, endMs);
      const query = { ...input, intervalMs, edgesMs: own, limit: left, isolated: true, next: inner };
      const readings = tags.map((tag) => this.#reading(tag));
      const answer = await this.#store.query({ ...query, tags, readings, startMs, endMs }, signal);
      left -= series.add(answer.series);
      inner = undefined;
      if (answer.next !== undefined) return { series: series.all(), next: `${n}:${answer.next}` };
    }
    return { series: series.all() };
  }
}

type Windows = ReadonlyMap<string, readonly (readonly [number, number])[]>;

/** What is asked of the store at a time for a guest. */
interface Piece {
  readonly tags: readonly string[];
  readonly startMs: number;
  readonly endMs: number;
}

function tagAfterTag(windows: Windows): readonly Piece[] {
  return [...windows].flatMap(([tag, spans]) => spans.map(([startMs, endMs]) => ({ tags: [tag], startMs, endMs })));
}

/** All tags side by side, which they can only be where the same slots are open for all. */
function abreast(windows: Windows): readonly Piece[] {
  const tags = [...windows.keys()];
  const spans = windows.get(tags[0] ?? "") ?? [];
  const isSame = [...windows.values()].every((own) => JSON.stringify(own) === JSON.stringify(spans));
  if (!isSame) throw new PlanciaError("history/range", "these tags are not of the same slots: ask for them one by one");
  return spans.map(([startMs, endMs]) => ({ tags, startMs, endMs }));
}

/** The least that a page holds. */
function rowsAtOnce({ aggregate, tags, abreast: isAbreast }: HistoryInput): number {
  const series = typeof aggregate === "string" ? 1 : aggregate.length;
  return isAbreast && aggregate !== "raw" ? series * new Set(tags).size : series;
}

/** The buckets of a part of the time: the first and the last are cut. */
function clipped(edgesMs: readonly number[], startMs: number, endMs: number): readonly number[] {
  return [startMs, ...edgesMs.filter((ms) => ms > startMs && ms < endMs), endMs];
}

interface Clipping {
  readonly intervalMs: number | undefined;
  readonly edgesMs: readonly number[] | undefined;
  readonly windows: Windows;
  /** The least that a page holds. */
  readonly rows: number;
}

/** One series for each tag and aggregate, put together from several answers. */
class Joined {
  readonly #series: { tag: string; aggregate?: BucketAggregate; points: HistoryPoint[] }[];

  constructor({ tags, aggregate }: HistoryInput) {
    const asked = typeof aggregate === "string" ? [aggregate] : aggregate;
    this.#series = tags.flatMap((tag) =>
      asked.map((one) => (one === "raw" ? { tag, points: [] } : { tag, aggregate: one, points: [] })),
    );
  }

  /** How many points there were. */
  add(found: readonly HistorySeries[]): number {
    let count = 0;
    for (const { tag, aggregate, points } of found) {
      const own = this.#series.find((one) => one.tag === tag && one.aggregate === aggregate);
      for (const point of points) own?.points.push(point);
      count += points.length;
    }
    return count;
  }

  all(): readonly HistorySeries[] {
    return this.#series;
  }
}

function pieceNumber(text: string | undefined, count: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > count)
    throw new PlanciaError("request/invalid", "next is not from an answer of ours");
  return number;
}
