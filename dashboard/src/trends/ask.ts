import type { HistoryAnswer, TagView } from "../api/wire.ts";
import { LaneSeries, toNumber } from "./lane-series.ts";
import type { Figures } from "./pen.ts";
import { type StatePoint, StateSeries } from "./state-runs.ts";
import type { TrendWindow } from "./trend-window.ts";

type Points = HistoryAnswer["series"][number]["points"];

/** One question to `/history`, signed. @throws Refusal, NoAnswer. */
export type Ask = (query: Readonly<Record<string, string>>) => Promise<HistoryAnswer>;

const tagsAtOnce = 12;
const mostChanges = 2_000;
const badNoData = 0x809b_0000;

interface Stretch {
  readonly window: TrendWindow;
  readonly intervalMs: number;
}

function times({ fromMs, toMs }: TrendWindow): { start: string; end: string } {
  return { start: new Date(fromMs).toISOString(), end: new Date(toMs).toISOString() };
}

function pointsOf(answer: HistoryAnswer, tag: TagView, aggregate?: string): Points {
  const own = answer.series.filter((series) => series.tag === tag.tag);
  return own.find((series) => aggregate === undefined || series.aggregate === aggregate)?.points ?? [];
}

/** All of one pass: with both extremes no peak is lost, with both ends neighbouring buckets join. */
const laneAggregates = ["minimum", "maximum", "first", "last", "timeAverage"] as const;

/**
 * Minimum, maximum, first, last and mean of each bucket, so that no peak is lost. `window` begins at a
 * whole bucket. Twelve tags a question at most.
 */
export async function askNumbers(
  ask: Ask,
  tags: readonly TagView[],
  { window, intervalMs }: Stretch,
): Promise<ReadonlyMap<string, LaneSeries>> {
  const found = new Map<string, LaneSeries>();
  for (let from = 0; from < tags.length; from += tagsAtOnce) {
    const some = tags.slice(from, from + tagsAtOnce);
    const query = { tags: some.map((tag) => tag.tag).join(","), ...times(window), interval: `${intervalMs}ms` };
    const answer = await ask({ ...query, aggregate: laneAggregates.join(",") });
    for (const tag of some) {
      const series = new LaneSeries(intervalMs);
      const [minimum, maximum, first, last, timeAverage] = laneAggregates.map((one) => pointsOf(answer, tag, one));
      const aggregates = {
        minimum: minimum ?? [],
        maximum: maximum ?? [],
        first: first ?? [],
        last: last ?? [],
        timeAverage: timeAverage ?? [],
      };
      series.seed(aggregates, window.toMs);
      found.set(tag.tag, series);
    }
  }
  return found;
}

/** Least, time-weighted mean and greatest value of exactly this window, each tag's; none where there was no value. */
export async function askFigures(
  ask: Ask,
  tags: readonly TagView[],
  window: TrendWindow,
): Promise<ReadonlyMap<string, Figures>> {
  const found = new Map<string, Figures>();
  for (let from = 0; from < tags.length; from += tagsAtOnce) {
    const some = tags.slice(from, from + tagsAtOnce);
    const query = { tags: some.map((tag) => tag.tag).join(","), ...times(window), points: "1" };
    const answer = await ask({ ...query, aggregate: "minimum,timeAverage,maximum" });
    for (const tag of some) {
      const value = (aggregate: string) => toNumber(pointsOf(answer, tag, aggregate)[0]?.[1]);
      const [low, mean, high] = [value("minimum"), value("timeAverage"), value("maximum")];
      if (low !== undefined && mean !== undefined && high !== undefined) found.set(tag.tag, { low, mean, high });
    }
  }
  return found;
}

/** Every change of a state, and what was in force before the window; too many: one value a bucket. */
export async function askState(ask: Ask, tag: TagView, { window, intervalMs }: Stretch): Promise<StateSeries> {
  const name = { tags: tag.tag };
  const earlier = { fromMs: window.fromMs - 1, toMs: window.fromMs };
  const [before, changes] = await Promise.all([
    ask({ ...name, ...times(earlier), aggregate: "last", points: "1" }),
    ask({ ...name, ...times(window), aggregate: "raw", limit: String(mostChanges) }),
  ]);
  const first = pointsOf(before, tag)
    .filter(([, value]) => value !== null)
    .map(([, value, status]) => ({ timeMs: window.fromMs, value, status }));
  if (changes.next === undefined) {
    return new StateSeries([...first, ...pointsOf(changes, tag).map(statePoint)], window.toMs, "every-change");
  }
  const coarse = await ask({ ...name, ...times(window), aggregate: "last", interval: `${intervalMs}ms` });
  return new StateSeries([...first, ...pointsOf(coarse, tag).map(coarsePoint)], window.toMs, "one-a-bucket");
}

function statePoint([timeMs, value, status]: Points[number]): StatePoint {
  return { timeMs, value, status };
}

/** A bucket with a hole still says which state it ended in. */
function coarsePoint([timeMs, value]: Points[number]): StatePoint {
  return { timeMs, value, status: value === null ? badNoData : 0 };
}

/** When the first sample of a tag was recorded, UTC ms; undefined: never. */
export async function askFirst(ask: Ask, tag: TagView, beforeMs: number): Promise<number | undefined> {
  const ever = times({ fromMs: 0, toMs: beforeMs });
  const answer = await ask({ tags: tag.tag, ...ever, aggregate: "raw", limit: "1" });
  return pointsOf(answer, tag)[0]?.[0];
}
