import { PlanciaError } from "../../core/errors.ts";
import { type Edges, evenEdges, listedEdges } from "../../core/history/edges.ts";
import { SeriesFold } from "../../core/history/fold.ts";
import { mergePieces, type Run } from "../../core/history/merge.ts";
import type { Outages } from "../../core/history/outages.ts";
import { SameTime } from "../../core/history/same-time.ts";
import { lowerBound, type Samples, timeLimitMs } from "../../core/history/samples.ts";
import {
  type BucketAggregate,
  bucketAggregates,
  type HistoryAnswer,
  type HistoryPoint,
  type HistoryQuery,
  type HistorySeries,
} from "../../core/history-port.ts";
import type { Value } from "../../core/value.ts";
import type { LastSample, SeriesReader } from "./series-reader.ts";

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
  const { startMs, endMs, intervalMs, limit, tags, readings } = query;
  if (!isTime(startMs) || !isTime(endMs)) refuse("start and end are times in milliseconds since 1970");
  if (startMs > endMs) refuse("the end lies before the start");
  if (!Number.isInteger(limit) || limit < 1) refuse("limit is a whole number from 1");
  if (tags.length > queryLimits.tags) refuse(`at most ${queryLimits.tags} tags in one question`);
  if (readings && readings.length !== tags.length) refuse("as many readings as tags are needed");
  if (query.aggregate === "raw") return;
  const asked = aggregatesOf(query);
  const unknown = asked.find((aggregate) => !bucketAggregates.includes(aggregate));
  if (unknown !== undefined) refuse(`there is no aggregate ${JSON.stringify(unknown)}`);
  if (asked.length === 0 || new Set(asked).size < asked.length) refuse("each aggregate once, at least one");
  const together = asked.length * (query.abreast ? tags.length : 1);
  if (limit < together) refuse(`limit is at least ${together}: one row for each series`);
  checkEdges(query);
  if (query.edgesMs === undefined && (intervalMs === undefined || !Number.isFinite(intervalMs) || intervalMs <= 0))
    refuse("an interval above 0 is needed");
  const buckets = edgesOf(query).count * tags.length * asked.length;
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

/** None: raw samples. */
export function aggregatesOf({ aggregate }: Pick<HistoryQuery, "aggregate">): readonly BucketAggregate[] {
  if (aggregate === "raw") return [];
  return typeof aggregate === "string" ? [aggregate] : aggregate;
}

function edgesOf({ startMs, endMs, intervalMs = 1, edgesMs }: HistoryQuery): Edges {
  return edgesMs ? listedEdges(edgesMs) : evenEdges(startMs, endMs, intervalMs);
}

function checkEdges({ startMs, endMs, edgesMs }: HistoryQuery): void {
  if (!edgesMs) return;
  const isAscending = edgesMs.every((ms, i) => i === 0 || ms > (edgesMs[i - 1] as number));
  if (!isAscending || edgesMs[0] !== startMs || edgesMs.at(-1) !== endMs)
    refuse("buckets ascend from the start to the end");
}

export async function answerQuery(query: QueryInput, context: QueryContext): Promise<HistoryAnswer> {
  checkQuery(query);
  const place = parsePlace(query);
  const page = new Page(query, context, place);
  for (let tag = 0; tag < query.tags.length; tag++) {
    if (page.isAbreast) await page.abreast(tag);
    else if (tag < place[0] || page.isFull) page.skip(tag);
    else if (query.aggregate === "raw") await page.raw(tag);
    else await page.buckets(tag);
  }
  return page.result();
}

class Page {
  readonly #query: QueryInput;
  readonly #context: QueryContext;
  readonly #from: Place;
  /** None: raw. */
  readonly #aggregates: readonly BucketAggregate[];
  readonly #edges: Edges;
  readonly #series: HistorySeries[] = [];
  #left: number;
  #pieces = 0;
  next: Place | undefined;

  constructor(query: QueryInput, context: QueryContext, from: Place) {
    this.#query = query;
    this.#context = context;
    this.#from = from;
    this.#aggregates = aggregatesOf(query);
    this.#edges = edgesOf(query);
    this.#left = Math.min(query.limit, queryLimits.rows);
  }

  result(): HistoryAnswer {
    return { series: this.#series, next: this.next && Buffer.from(JSON.stringify(this.next)).toString("base64url") };
  }

  get isFull(): boolean {
    return this.next !== undefined;
  }

  skip(tag: number): void {
    this.#answer(tag, []);
  }

  #answer(tag: number, points: readonly HistoryPoint[]): void {
    const name = this.#query.tags[tag] as string;
    if (this.#aggregates.length === 0) this.#series.push({ tag: name, points });
    for (const aggregate of this.#aggregates) this.#series.push({ tag: name, aggregate, points: [] });
  }

  #answerBuckets(tag: number, points: readonly (readonly HistoryPoint[])[]): void {
    const name = this.#query.tags[tag] as string;
    for (const [i, aggregate] of this.#aggregates.entries()) {
      this.#series.push({ tag: name, aggregate, points: points[i] ?? [] });
    }
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
    const all = this.#edges.count;
    const rows = this.#aggregates.length;
    const end = Math.min(all, first + Math.floor(this.#left / rows));
    if (end < all) this.next = [tag, end, 0];
    if (first >= end) return this.skip(tag);
    this.#left -= (end - first) * rows;
    this.#answerBuckets(tag, await this.#fold(tag, first, end));
  }

  get isAbreast(): boolean {
    return this.#query.abreast === true && this.#aggregates.length > 0;
  }

  /** The same buckets of each tag, as many as fit of all of them. */
  async abreast(tag: number): Promise<void> {
    const rows = this.#aggregates.length * this.#query.tags.length;
    const [, first] = this.#from;
    const end = Math.min(this.#edges.count, first + Math.floor(this.#left / rows));
    if (end < this.#edges.count) this.next = [0, end, 0];
    if (first >= end) return this.skip(tag);
    this.#answerBuckets(tag, await this.#fold(tag, first, end));
  }

  async #fold(tag: number, firstBucket: number, endBucket: number): Promise<readonly (readonly HistoryPoint[])[]> {
    const { readings, state, nowMs } = this.#query;
    const question = { aggregates: this.#aggregates, state, ...readings?.[tag] };
    const window = { edges: this.#edges, firstBucket, endBucket, asOfMs: nowMs };
    const fold = new SeriesFold(question, window, this.#context.outages);
    const reader = this.#reader(tag);
    if (!reader) return fold.finish();
    this.#begin(fold, reader);
    const next = fold.looksAhead ? this.#aheadMs : fold.endMs;
    for (const run of mergePieces(reader.pieces(fold.startMs, next))) {
      const after = foldRun(fold, run);
      if (after) return fold.finish(after);
      await this.#step();
    }
    return fold.finish();
  }

  /** What holds on into the first bucket; nothing of what lies before an isolated question. */
  #begin(fold: SeriesFold, reader: SeriesReader): void {
    const sinceMs = this.#query.isolated ? this.#query.startMs : Number.NEGATIVE_INFINITY;
    let before = reader.before(fold.startMs);
    if (!before || before.timeMs < sinceMs) return;
    fold.before(before.timeMs, before.value, before.status);
    for (let steps = 0; fold.looksBack && before && before.timeMs >= sinceMs && steps < mostStepsBack; steps++) {
      if (lookBackAt(fold, reader, before.timeMs)) return;
      before = reader.before(before.timeMs);
    }
  }

  /** How far a question may look for the sample that a line goes to. */
  get #aheadMs(): number {
    return this.#query.isolated ? this.#query.endMs : timeLimitMs;
  }
}

/** Times in a row without a Good number before a window, across which a difference is still counted. */
const mostStepsBack = 100;

/** Offers all samples of one time, the newest first. */
function lookBackAt(fold: SeriesFold, reader: SeriesReader, timeMs: number): boolean {
  const found: Samples[] = [];
  for (const run of mergePieces(reader.pieces(timeMs, timeMs + 1))) {
    found.push("samples" in run ? run.samples : run.piece.load());
  }
  return found.reverse().some(({ times, values, statuses }) => {
    for (let i = lowerBound(times, timeMs + 1) - 1; i >= 0 && times[i] === timeMs; i--) {
      if (fold.lookBack(values[i] as Value, statuses[i] as number)) return true;
    }
    return false;
  });
}

/** The first sample after the window, where the run reaches so far. */
function foldRun(fold: SeriesFold, run: Run): LastSample | undefined {
  if ("samples" in run) return foldSamples(fold, run.samples);
  const { startMs, endMs } = run.piece;
  const statistics = startMs < fold.endMs ? run.piece.statistics() : undefined;
  if (!statistics || !fold.canTake(startMs, endMs, statistics)) return foldSamples(fold, run.piece.load());
  fold.take(startMs, endMs, statistics);
  return undefined;
}

function foldSamples(fold: SeriesFold, samples: Samples): LastSample | undefined {
  const { times, values, statuses } = samples;
  const end = lowerBound(times, fold.endMs);
  for (let i = lowerBound(times, fold.startMs); i < end; i++) {
    fold.sample(times[i] as number, values[i] as Value, statuses[i] as number);
  }
  const timeMs = times[end];
  return timeMs === undefined ? undefined : { timeMs, value: values[end] as Value, status: statuses[end] as number };
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
