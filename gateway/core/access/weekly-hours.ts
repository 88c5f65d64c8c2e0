/** Hours of a week in the site's zone. `from` and `to` are local wall time, `HH:MM`, half-open; `to` may be `24:00`. */
export interface WeeklyHours {
  /** 1 Monday … 7 Sunday. */
  readonly days: readonly number[];
  readonly from: string;
  readonly to: string;
}

const dayMinutes = 24 * 60;
const minuteMs = 60_000;
const weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
/** More steps than a week of boundaries with clock changes can have. */
const mostSteps = 200;
const horizonMs = 9 * dayMinutes * minuteMs;

/** Local time at an instant: weekday 1–7, minute of the day, and how far the zone is from UTC, ms. */
interface Local {
  readonly day: number;
  readonly minute: number;
  readonly offsetMs: number;
}

/** Minutes since midnight; NaN: not a time of day. */
export function minuteOf(time: string): number {
  const match = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(time);
  if (match === null) return Number.NaN;
  const minute = Number(match[1]) * 60 + Number(match[2]);
  return minute <= dayMinutes ? minute : Number.NaN;
}

/** Whether an instant (UTC ms) lies in one of these hours. No hours at all: always. */
export function isWithin(hours: readonly WeeklyHours[], zone: string, atMs: number): boolean {
  return hours.length === 0 || covers(hours, localOf(zone, atMs));
}

/**
 * The next instant (UTC ms) at which the answer of `isWithin` is another one; Infinity: not within nine
 * days. Exact over clock changes: an hour that does not exist is not waited for.
 */
export function nextChange(hours: readonly WeeklyHours[], zone: string, atMs: number): number {
  if (hours.length === 0) return Number.POSITIVE_INFINITY;
  const within = covers(hours, localOf(zone, atMs));
  let at = atMs;
  for (let step = 0; step < mostSteps && at < atMs + horizonMs; step++) {
    const local = localOf(zone, at);
    const boundary = Math.floor(at / minuteMs) * minuteMs + minutesToBoundary(hours, local) * minuteMs;
    at =
      localOf(zone, boundary).offsetMs === local.offsetMs ? boundary : clockChange(zone, at, boundary, local.offsetMs);
    if (covers(hours, localOf(zone, at)) !== within) return at;
  }
  return Number.POSITIVE_INFINITY;
}

function covers(hours: readonly WeeklyHours[], { day, minute }: Local): boolean {
  return hours.some((each) => each.days.includes(day) && minuteOf(each.from) <= minute && minute < minuteOf(each.to));
}

/** At least one: a boundary of this very minute has passed. */
function minutesToBoundary(hours: readonly WeeklyHours[], { day, minute }: Local): number {
  const now = (day - 1) * dayMinutes + minute;
  const week = 7 * dayMinutes;
  const ahead = hours.flatMap((each) =>
    each.days.flatMap((of) =>
      [each.from, each.to].map((time) => ((of - 1) * dayMinutes + minuteOf(time) - now + 2 * week - 1) % week),
    ),
  );
  return Math.min(...ahead) + 1;
}

/** First instant in (fromMs, toMs] whose offset is not `offsetMs`, to the second. */
function clockChange(zone: string, fromMs: number, toMs: number, offsetMs: number): number {
  let before = fromMs;
  let after = toMs;
  while (after - before > 1000) {
    const middle = Math.floor((before + after) / 2000) * 1000;
    if (middle <= before) break;
    if (localOf(zone, middle).offsetMs === offsetMs) before = middle;
    else after = middle;
  }
  return after;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function localOf(zone: string, atMs: number): Local {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      ...{ weekday: "short", year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(atMs).map((part) => [part.type, part.value]));
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const [hour, minute] = [number("hour"), number("minute")];
  const asUtc = Date.UTC(number("year"), number("month") - 1, number("day"), hour, minute);
  return {
    day: weekdays.indexOf(parts.get("weekday") ?? "") + 1,
    minute: hour * 60 + minute,
    offsetMs: asUtc - Math.floor(atMs / minuteMs) * minuteMs,
  };
}
