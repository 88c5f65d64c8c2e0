/** Wall-clock time in an IANA zone; `undefined` is the browser's own. Dates are `2026-10-25`, local times `2026-10-25T14:30`. */
export type Zone = string | undefined;

const dayMs = 86_400_000;
const formats = new Map<Zone, Intl.DateTimeFormat>();

function format(zone: Zone): Intl.DateTimeFormat {
  let found = formats.get(zone);
  if (!found) {
    const figures = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" } as const;
    found = new Intl.DateTimeFormat("en-CA", { ...figures, hourCycle: "h23", timeZone: zone });
    formats.set(zone, found);
  }
  return found;
}

/** The local time of an instant, to the minute. */
export function localTime(atMs: number, zone: Zone): string {
  const part = new Map(
    format(zone)
      .formatToParts(atMs)
      .map(({ type, value }) => [type, value]),
  );
  const year = (part.get("year") ?? "").padStart(4, "0");
  return `${year}-${part.get("month")}-${part.get("day")}T${part.get("hour")}:${part.get("minute")}`;
}

export function dateOf(atMs: number, zone: Zone): string {
  return localTime(atMs, zone).slice(0, 10);
}

/** Local time minus UTC, ms, at an instant. */
export function offsetMs(atMs: number, zone: Zone): number {
  return utcOf(localTime(atMs, zone)) - Math.floor(atMs / 60_000) * 60_000;
}

/**
 * The instants (UTC ms, in order) at which the clocks of the zone show this local time: none in the hour
 * that is left out in spring, two in the hour that is repeated in autumn. None too for what is no time.
 */
export function instantsOf(local: string, zone: Zone): readonly number[] {
  const utc = utcOf(local);
  if (Number.isNaN(utc)) return [];
  const offsets = new Set([utc - dayMs, utc, utc + dayMs].map((near) => offsetMs(near, zone)));
  return [...offsets]
    .map((offset) => utc - offset)
    .filter((atMs) => localTime(atMs, zone) === local)
    .sort((a, b) => a - b);
}

/** The first instant of a local day, also where the clocks jump over its midnight. */
export function startOfDay(date: string, zone: Zone): number {
  for (let minutes = 0; minutes < 24 * 60; minutes += 15) {
    const time = new Date(minutes * 60_000).toISOString().slice(11, 16);
    const first = instantsOf(`${date}T${time}`, zone)[0];
    if (first !== undefined) return first;
  }
  return utcOf(`${date}T00:00`);
}

export function addDays(date: string, days: number): string {
  return new Date(utcOf(`${date}T00:00`) + days * dayMs).toISOString().slice(0, 10);
}

/** 1 Monday to 7 Sunday. */
export function weekday(date: string): number {
  return new Date(utcOf(`${date}T00:00`)).getUTCDay() || 7;
}

function utcOf(local: string): number {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}$/.test(local) ? Date.parse(`${local}:00Z`) : Number.NaN;
}
