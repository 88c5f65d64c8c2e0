import { PlanciaError } from "../../core/errors.ts";
import { SeriesFold } from "../../core/history/fold.ts";
import { mergePieces } from "../../core/history/merge.ts";
import type { Outages } from "../../core/history/outages.ts";
import { SameTime } from "../../core/history/same-time.ts";
import { lowerBound, type Samples } from "../../core/history/samples.ts";
import {
  aggregates,
  type HistoryAnswer,
  type HistoryPoint,
  type HistoryQuery,
  type HistorySeries,
} from "../../core/history-port.ts";
import type { Value } from "../../core/value.ts";
import type { SeriesReader } from "./series-reader.ts";

/** What bounds one answer. */
export const queryLimits = { rows: 100_000, buckets: 1_000_000, tags: 1000, pieces: 2_000_000 } as const;

export interface QueryInput extends HistoryQuery {
  readonly nowMs: number;
}

export interface QueryContext {
  /** Undefined where nothing was ever recorded under this name. All of one moment. */
  readonly readers: ReadonlyMap<string, SeriesReader>;
  readonly outages: Outages;
  /** Lets others have their turn from time to time. @throws when the query was cancelled. */
  breathe(): Promise<void>;
}

/** Where the next page begins: index of the tag, time (raw) or bucket, samples of that time already given. */
type Place = readonly [tag: number, at: number, skip: number];

/** @throws PlanciaError history/range. */
export function checkQuery(query: HistoryQuery): void {
  const { startMs, endMs, aggregate, intervalMs, limit, tags } = query;
  if (!isTime(startMs) || !isTime(endMs)) refuse("start and end are times in milliseconds since 1970");
  if (startMs > endMs) refuse("the end lies before the start");
  if (!aggregates.includes(aggregate)) refuse(`there is no aggregate ${JSON.stringify(aggregate)}`);
  if (!Number.isInteger(limit) || limit < 1) refuse("limit is a whole number from 1");
  if (tags.length > queryLimits.tags) refuse(`at most ${queryLimits.tags} tags in one question`);
  if (aggregate === "raw") return;
  if (intervalMs === undefined || !Number.isFinite(intervalMs) || intervalMs <= 0)
    refuse("an interval above 0 is needed");
  const buckets = bucketsOf(query) * tags.length;
  if (buckets > queryLimits.buckets) {
    refuse(`${buckets} buckets are more than ${queryLimits.buckets}: shorten the range or widen the interval`);
  }
}

/** The range of a JavaScript date. */
function isTime(timeMs: number): boolean {
  return Number.isFinite(timeMs) && Math.abs(timeMs) <= 8.64e15;
}

function refuse(detail: string): never {
  throw new PlanciaError("history/range", detail);
}

function bucketsOf(query: HistoryQuery): number {
  return Math.ceil((query.endMs - query.startMs) / (query.intervalMs ?? 1));
}

export async function answerQuery(query: QueryInput, context: QueryContext): Promise<HistoryAnswer> {
  checkQuery(query);
  const place = parsePlace(query);
  const page = new Page(query, context, place);
  for (let tag = 0; tag < query.tags.length; tag++) {
    if (tag < place[0] || page.next) page.skip(tag);
    else if (query.aggregate === "raw") await page.raw(tag);
    else await page.buckets(tag);
  }
  return page.result();
}

class Page {
  readonly #query: QueryInput;
  readonly #context: QueryContext;
  readonly #from: Place;
  readonly #series: HistorySeries[] = [];
  #left: number;
  #pieces = 0;
  next: Place | undefined;

  constructor(query: QueryInput, context: QueryContext, from: Place) {
    this.#query = query;
    this.#context = context;
    this.#from = from;
    this.#left = Math.min(query.limit, queryLimits.rows);
  }

  result(): HistoryAnswer {
    return { series: this.#series, next: this.next && Buffer.from(JSON.stringify(this.next)).toString("base64url") };
  }

  skip(tag: number): void {
    this.#answer(tag, []);
  }

  #answer(tag: number, points: readonly HistoryPoint[]): void {
    this.#series.push({ tag: this.#query.tags[tag] as string, points });
  }

  #reader(tag: number): SeriesReader | undefined {
    return this.#context.readers.get(this.#query.tags[tag] as string);
  }

  async #step(): Promise<void> {
    if (++this.#pieces > queryLimits.pieces) refuse("the range holds too much for one question: shorten it");
    await this.#context.breathe();
  }

  async raw(tag: number): Promise<void> {
    const [startMs, skip] = tag === this.#from[0] ? [this.#from[1], this.#from[2]] : [this.#query.startMs, 0];
    const points: HistoryPoint[] = [];
    this.#answer(tag, points);
    const reader = this.#reader(tag);
    if (!reader) return;
    const collector = new RawCollector(points, startMs, this.#query.endMs, skip, this.#left);
    for (const run of mergePieces(reader.pieces(startMs, this.#query.endMs))) {
      if (!collector.add("piece" in run ? run.piece.load() : run.samples)) break;
      await this.#step();
    }
    this.#left -= points.length;
    if (collector.rest) this.next = [tag, ...collector.rest];
  }

  async buckets(tag: number): Promise<void> {
    const first = tag === this.#from[0] ? this.#from[1] : 0;
    const all = bucketsOf(this.#query);
    const end = Math.min(all, first + this.#left);
    if (end < all) this.next = [tag, end, 0];
    if (first >= end) return this.skip(tag);
    this.#left -= end - first;
    this.#answer(tag, await this.#fold(tag, first, end));
  }

  async #fold(tag: number, firstBucket: number, endBucket: number): Promise<readonly HistoryPoint[]> {
    const { aggregate, startMs, endMs, intervalMs = 1, nowMs, isolated = false } = this.#query;
    if (aggregate === "raw") return [];
    const window = { startMs, endMs, intervalMs, firstBucket, endBucket, asOfMs: nowMs };
    const fold = new SeriesFold(aggregate, window, this.#context.outages);
    const reader = this.#reader(tag);
    if (!reader) return fold.finish();
    const before = reader.before(fold.startMs);
    const hidden = isolated && before !== undefined && before.timeMs < startMs;
    if (before && !hidden) fold.before(before.timeMs, before.value, before.status);
    for (const run of mergePieces(reader.pieces(fold.startMs, fold.endMs))) {
      if ("samples" in run) foldSamples(fold, run.samples);
      else {
        const { startMs: from, endMs: to } = run.piece;
        const statistics = run.piece.statistics();
        if (statistics && fold.canTake(from, to, statistics)) fold.take(from, to, statistics);
        else foldSamples(fold, run.piece.load());
      }
      await this.#step();
    }
    return fold.finish();
  }
}

function foldSamples(fold: SeriesFold, samples: Samples): void {
  const { times, values, statuses } = samples;
  const end = lowerBound(times, fold.endMs);
  for (let i = lowerBound(times, fold.startMs); i < end; i++) {
    fold.sample(times[i] as number, values[i] as Value, statuses[i] as number);
  }
}

/** Takes samples until the page is full, and then knows where the next one begins. */
class RawCollector {
  readonly #points: HistoryPoint[];
  readonly #startMs: number;
  readonly #endMs: number;
  readonly #limit: number;
  readonly #repeats = new SameTime();
  #skip: number;
  /** Time of the newest sample, and how many of that time were given on this page and before. */
  #time = Number.NaN;
  #given = 0;
  rest: readonly [at: number, skip: number] | undefined;

  constructor(points: HistoryPoint[], startMs: number, endMs: number, skip: number, limit: number) {
    this.#points = points;
    this.#startMs = startMs;
    this.#endMs = endMs;
    this.#skip = skip;
    this.#limit = limit;
  }

  /** False when the page is full. */
  add(samples: Samples): boolean {
    const end = lowerBound(samples.times, this.#endMs);
    for (let i = lowerBound(samples.times, this.#startMs); i < end; i++) {
      const point = [samples.times[i] as number, samples.values[i] as Value, samples.statuses[i] as number] as const;
      if (!this.#repeats.isRepeat(...point) && !this.#take(point)) return false;
    }
    return true;
  }

  #take(point: HistoryPoint): boolean {
    const fresh = point[0] !== this.#time;
    if (this.#skip === 0 && this.#points.length >= this.#limit) {
      this.rest = [point[0], fresh ? 0 : this.#given];
      return false;
    }
    this.#given = fresh ? 1 : this.#given + 1;
    this.#time = point[0];
    if (this.#skip > 0 && point[0] === this.#startMs) this.#skip--;
    else {
      this.#skip = 0;
      this.#points.push(point);
    }
    return true;
  }
}

function parsePlace(query: HistoryQuery): Place {
  if (query.next === undefined) return [0, query.aggregate === "raw" ? query.startMs : 0, 0];
  const place = readJson(Buffer.from(query.next, "base64url").toString());
  if (!isPlace(place)) refuse("next is not from an answer to this question");
  const [tag, at] = place;
  const inRange =
    query.aggregate === "raw" ? at >= query.startMs && at <= query.endMs : Number.isInteger(at) && at >= 0;
  if (tag >= query.tags.length || !inRange) refuse("next is not from an answer to this question");
  return place;
}

function isPlace(place: unknown): place is Place {
  return (
    Array.isArray(place) &&
    place.length === 3 &&
    place.every((part) => typeof part === "number" && Number.isFinite(part)) &&
    Number.isInteger(place[0]) &&
    place[0] >= 0 &&
    place[2] >= 0
  );
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
