import type { BucketAggregate, HistoryPoint } from "../../history-port.ts";
import type { Value } from "../../value.ts";

/**
 * What an aggregate is, by asking of every single millisecond what is in force. It shares no code with the
 * fold, and times are whole, so that a sum over milliseconds is exact up to the sum itself.
 */
export interface SlowRow {
  readonly time: number;
  readonly value: Value;
  readonly status: number;
}

export interface SlowQuestion {
  readonly sloped: boolean;
  readonly counter: { readonly rollOver: number | undefined } | undefined;
  readonly state: string | undefined;
  /** By time. */
  readonly rows: readonly SlowRow[];
  readonly outages: readonly number[];
  /** End of the whole question, and now. */
  readonly endMs: number;
  readonly asOfMs: number;
}

const good = 0;
const uncertain = 0x40a40000;
const noData = 0x809b0000;
const notSupported = 0x803d0000;

/** One millisecond: undefined where nobody knows yet. */
interface Moment {
  readonly ms: number;
  /** What was recorded last, null where it is not to be believed. */
  readonly recorded: Value;
  readonly line: readonly [number, number] | undefined;
  /** When the value in force was recorded. */
  readonly sinceMs: number;
}

const isGoodRow = (row: SlowRow): boolean => row.status < 0x40000000 && row.value !== null;
const isWord = (value: Value): boolean => typeof value === "string";
const asNumber = (value: Value): number => (isWord(value) || value === null ? Number.NaN : Number(value));

export function momentAt({ rows, outages, sloped, endMs, asOfMs }: SlowQuestion, ms: number): Moment | undefined {
  if (ms >= asOfMs && !rows.some((row) => row.time > ms && row.time < endMs)) return undefined;
  const at = rows.findLastIndex((row) => row.time <= ms);
  const row = rows[at];
  const nothing = { ms, recorded: null, line: undefined, sinceMs: row?.time ?? ms };
  if (!row || !isGoodRow(row) || outages.some((outage) => outage >= row.time && outage <= ms)) return nothing;
  const next = rows[at + 1];
  const isLine =
    sloped &&
    next !== undefined &&
    isGoodRow(next) &&
    typeof row.value !== "boolean" &&
    Number.isFinite(asNumber(row.value)) &&
    Number.isFinite(asNumber(next.value)) &&
    !outages.some((outage) => outage >= row.time && outage < next.time);
  const on = (time: number): number => {
    const share = next === undefined ? 0 : (time - row.time) / (next.time - row.time);
    return asNumber(row.value) * (1 - share) + asNumber(next?.value ?? 0) * share;
  };
  return { ms, recorded: row.value, line: isLine ? [on(ms), on(ms + 1)] : undefined, sinceMs: row.time };
}

/** Every value that was reached in the bucket, with its time, in order. */
export function reached(question: SlowQuestion, from: number, to: number): { ms: number; value: Value }[] {
  const all: { ms: number; value: Value }[] = [];
  for (let ms = from; ms < Math.min(to, question.endMs); ms++) {
    for (const row of question.rows) if (row.time === ms && isGoodRow(row)) all.push({ ms, value: row.value });
    const moment = momentAt(question, ms);
    if (moment?.line) all.push({ ms, value: moment.line[0] }, { ms: ms + 1, value: moment.line[1] });
    else if (moment && moment.recorded !== null) all.push({ ms, value: moment.recorded });
  }
  return all.filter(({ value }) => !Number.isNaN(asNumber(value)));
}

export function slowPoint(aggregate: BucketAggregate, question: SlowQuestion, from: number, to: number): HistoryPoint {
  const end = Math.min(to, question.endMs);
  const moments: Moment[] = [];
  for (let ms = from; ms < end; ms++) {
    const moment = momentAt(question, ms);
    if (moment) moments.push(moment);
  }
  const samples = question.rows.filter((row) => row.time >= from && row.time < end && isGoodRow(row));
  const isTimed = (suits: (value: Value) => boolean) => {
    const held = moments.filter(({ recorded }) => recorded !== null && suits(recorded));
    return { held, status: held.length < moments.length ? uncertain : good };
  };
  const anything = isTimed(() => true);
  const finite = isTimed((value) => Number.isFinite(asNumber(value)));
  const ordered = isTimed((value) => !Number.isNaN(asNumber(value)));
  const hasWords = [...samples.map(({ value }) => value), ...moments.map(({ recorded }) => recorded)].some(isWord);
  const none: HistoryPoint = [from, null, noData];
  const noNumber: HistoryPoint = [from, null, hasWords ? notSupported : noData];
  const numbers = samples.map(({ value }) => asNumber(value)).filter(Number.isFinite);
  const seen: Value[] = [];
  for (let ms = from; ms < end; ms++) {
    for (const row of samples) if (row.time === ms) seen.push(row.value);
    const recorded = moments.find((moment) => moment.ms === ms)?.recorded ?? null;
    if (recorded !== null) seen.push(recorded);
  }
  const isKnown = moments.length > 0 || samples.length > 0;
  const values = reached(question, from, to);
  const lowest = values.reduce(
    (best, one) => (Number(one.value) < Number(best.value) ? one : best),
    values[0] ?? none0,
  );
  const highest = values.reduce(
    (best, one) => (Number(one.value) > Number(best.value) ? one : best),
    values[0] ?? none0,
  );
  switch (aggregate) {
    case "average":
      if (numbers.length === 0) return noNumber;
      return [from, numbers.reduce((sum, one) => sum + one, 0) / numbers.length, finite.status];
    case "timeAverage": {
      if (finite.held.length === 0) return noNumber;
      const sum = finite.held.reduce(
        (all, { line, recorded }) => all + (line ? (line[0] + line[1]) / 2 : asNumber(recorded)),
        0,
      );
      return [from, sum / finite.held.length, finite.status];
    }
    case "interpolative": {
      const first = moments[0];
      if (!first || first.ms !== from || first.recorded === null) return none;
      if (first.line) return [from, first.line[0], good];
      return [from, first.recorded, question.sloped && first.sinceMs < from ? uncertain : good];
    }
    case "minimum":
      return ordered.held.length === 0 ? noNumber : [from, lowest.value, ordered.status];
    case "maximum":
      return ordered.held.length === 0 ? noNumber : [from, highest.value, ordered.status];
    case "minimumActualTime":
      return ordered.held.length === 0 ? noNumber : [lowest.ms, lowest.value, ordered.status];
    case "maximumActualTime":
      return ordered.held.length === 0 ? noNumber : [highest.ms, highest.value, ordered.status];
    case "range": {
      if (ordered.held.length === 0) return noNumber;
      const [low, high] = [Number(lowest.value), Number(highest.value)];
      return [from, low === high ? 0 : high - low, ordered.status];
    }
    case "first":
      return anything.held.length === 0 ? none : [from, seen[0] ?? null, anything.status];
    case "last":
      return anything.held.length === 0 ? none : [from, seen.at(-1) ?? null, anything.status];
    case "count":
      return isKnown ? [from, samples.length, anything.status] : none;
    case "percentGood":
      if (!isKnown) return none;
      return [from, moments.length === 0 ? 100 : (100 * anything.held.length) / moments.length, good];
    case "durationInState": {
      if (anything.held.length === 0) return none;
      const inState = anything.held.filter(({ recorded }) => isInState(recorded, question.state));
      return [from, inState.length, anything.status];
    }
    case "delta": {
      const before = question.rows.filter((row) => row.time < from && isGoodRow(row)).map((row) => asNumber(row.value));
      const base = before.filter(Number.isFinite).at(-1) ?? numbers[0];
      if (base === undefined || (numbers.length === 0 && finite.held.length === 0)) return noNumber;
      const risen = question.counter
        ? climbed(base, numbers, question.counter.rollOver)
        : (numbers.at(-1) ?? base) - base;
      return [from, risen, finite.status];
    }
  }
}

const none0 = { ms: 0, value: null };

function isInState(value: Value, state: string | undefined): boolean {
  if (state !== undefined) return String(value) === state;
  if (typeof value === "string") return value.length > 0;
  return value === true || (typeof value === "number" && value !== 0 && !Number.isNaN(value));
}

function climbed(base: number, numbers: readonly number[], rollOver: number | undefined): number {
  let from = base;
  let sum = 0;
  for (const to of numbers) {
    const isOver = rollOver !== undefined && to < from && to + rollOver >= from && to + rollOver - from <= rollOver / 2;
    if (to >= from) sum += to - from;
    else if (isOver) sum += to + rollOver - from;
    else sum += Math.max(0, to);
    from = to;
  }
  return sum;
}
