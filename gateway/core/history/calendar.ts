export const calendarUnits = ["hour", "day", "week", "month"] as const;
/** Weeks begin on Monday (ISO 8601). */
export type CalendarUnit = (typeof calendarUnits)[number];

/** Hours, days … as they are in one place, with its clock changes. */
export interface Calendar {
  readonly unit: CalendarUnit;
  /** IANA zone. */
  readonly zone: string;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const leastMs: Readonly<Record<CalendarUnit, number>> = {
  // A clock change of half an hour makes one of half an hour.
  hour: hourMs / 2,
  day: 20 * hourMs,
  week: 6 * dayMs,
  month: 27 * dayMs,
};

/** Before it, calendars and clocks are not sure enough to count by, UTC ms. */
export const calendarBeginMs = Date.UTC(1900, 0);

/**
 * Edges of buckets, UTC ms, ascending: startMs, every beginning of a unit in between, endMs. So the first and the
 * last may be cut, and a day has 23, 24 or 25 hours. Undefined: more than `most` buckets.
 */
export function calendarEdges(
  { unit, zone }: Calendar,
  { startMs, endMs }: { readonly startMs: number; readonly endMs: number },
  most: number,
): readonly number[] | undefined {
  if ((endMs - startMs) / leastMs[unit] > 2 * most + 2) return undefined;
  const edges = [startMs];
  const offset = offsetsOf(zone);
  for (let atMs = startMs; edges.length <= most; ) {
    atMs = unit === "hour" ? nextHour(offset, atMs) : nextDate(unit, offset, atMs);
    if (atMs >= endMs) return [...edges, endMs];
    edges.push(atMs);
  }
  return undefined;
}

export function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

/** How far the local time is ahead of UTC at a moment, ms. */
type Offset = (atMs: number) => number;

/** In a week with the same offset at both ends none has changed its clock and back; asking anew for each hour is slow. */
const steadyMs = 7 * dayMs;

function offsetsOf(zone: string): Offset {
  let known = { fromMs: 0, toMs: 0, offsetMs: 0 };
  return (atMs) => {
    if (atMs >= known.fromMs && atMs < known.toMs) return known.offsetMs;
    const offsetMs = offsetOf(zone, atMs);
    if (offsetOf(zone, atMs + steadyMs) === offsetMs) known = { fromMs: atMs, toMs: atMs + steadyMs, offsetMs };
    return offsetMs;
  };
}

/** The next time at which the hour hand shows another hour, or the same one again. */
function nextHour(offset: Offset, atMs: number): number {
  for (let fromMs = atMs; ; ) {
    const offsetMs = offset(fromMs);
    const next = (Math.floor((fromMs + offsetMs) / hourMs) + 1) * hourMs - offsetMs;
    if (offset(next) === offsetMs) return next;
    const changeMs = firstOther(fromMs, next, (ms) => offset(ms) !== offsetMs);
    const local = changeMs + offset(changeMs);
    const isOther = Math.floor(local / hourMs) !== Math.floor((fromMs + offsetMs) / hourMs);
    if (local % hourMs === 0 || isOther) return changeMs;
    fromMs = changeMs;
  }
}

/** The first moment of the next day, week or month; where there is no midnight, a day begins later. */
function nextDate(unit: Exclude<CalendarUnit, "hour">, offset: Offset, atMs: number): number {
  const local = new Date(atMs + offset(atMs));
  const day = Math.floor(local.getTime() / dayMs);
  // 1970-01-01 was a Thursday.
  const ahead = unit === "day" ? 1 : unit === "week" ? 7 - ((((day + 3) % 7) + 7) % 7) : 0;
  const next = unit === "month" ? Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1) / dayMs : day + ahead;
  return beginOf(offset, next);
}

/** The first moment whose local date is this one or later; days counted from 1970. */
function beginOf(offset: Offset, day: number): number {
  const isThere = (ms: number) => Math.floor((ms + offset(ms)) / dayMs) >= day;
  const guess = day * dayMs - offset(day * dayMs);
  if (isThere(guess) && !isThere(guess - 1)) return guess;
  return firstOther(day * dayMs - 1.5 * dayMs, day * dayMs + 1.5 * dayMs, isThere);
}

/** The first millisecond in (fromMs, toMs] for which it is so, and stays so. */
function firstOther(fromMs: number, toMs: number, isSo: (ms: number) => boolean): number {
  let [before, after] = [fromMs, toMs];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (isSo(middle)) after = middle;
    else before = middle;
  }
  return after;
}

const formats = new Map<string, Intl.DateTimeFormat>();
const mostFormats = 100;

/** How far the local time is ahead of UTC, ms. Offsets of seconds (before standard time) are kept. */
function offsetOf(zone: string, atMs: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    const date = { year: "numeric", month: "numeric", day: "numeric" } as const;
    const time = { hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" } as const;
    format = new Intl.DateTimeFormat("en-GB", { timeZone: zone, calendar: "gregory", ...date, ...time });
    if (formats.size >= mostFormats) formats.clear();
    formats.set(zone, format);
  }
  const second = Math.floor(atMs / 1000) * 1000;
  const parts = new Map(format.formatToParts(second).map((part) => [part.type, part.value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const date = [number("year"), number("month") - 1, number("day")] as const;
  return Date.UTC(...date, number("hour"), number("minute"), number("second")) - second;
}
