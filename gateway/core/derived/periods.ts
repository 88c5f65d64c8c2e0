/** Half-open [startMs, endMs), UTC. */
export interface Period {
  readonly startMs: number;
  readonly endMs: number;
}

/** What begins anew: at midnight of the site, at each of its shifts, or never. */
export type Each = "day" | "shift" | "always";

const dayMs = 86_400_000;
const always: Period = { startMs: Number.NEGATIVE_INFINITY, endMs: Number.POSITIVE_INFINITY };

/**
 * Days and shifts in the site's zone. A begin in the hour that a clock change leaves out comes that much later by
 * the wall; of an hour that comes twice the first counts, so that a day has 23, 24 or 25 hours and no gap.
 */
export class Periods {
  readonly #zone: string;
  readonly #begins: Readonly<Record<"day" | "shift", readonly number[]>>;
  readonly #last = new Map<Each, Period>();

  /** @param shifts their begins, `HH:MM` by the wall; none: a shift is a day. */
  constructor(zone: string, shifts: readonly string[]) {
    this.#zone = zone;
    const begins = shifts.map(minutesOf).sort((a, b) => a - b);
    this.#begins = { day: [0], shift: begins.length > 0 ? begins : [0] };
  }

  /** The period that an instant (UTC ms) is in. */
  at(each: Each, atMs: number): Period {
    if (each === "always") return always;
    const known = this.#last.get(each);
    if (known && known.startMs <= atMs && atMs < known.endMs) return known;
    const found = this.#find(this.#begins[each], atMs);
    this.#last.set(each, found);
    return found;
  }

  #find(begins: readonly number[], atMs: number): Period {
    const today = localDay(this.#zone, atMs);
    const instants = [-dayMs, 0, dayMs]
      .flatMap((shift) => begins.map((minutes) => instantOf(this.#zone, today + shift + minutes * 60_000)))
      .sort((a, b) => a - b);
    const after = instants.findIndex((instant) => instant > atMs);
    // Three days of begins always have one before and one after.
    return { startMs: instants[after - 1] ?? atMs, endMs: instants[after] ?? atMs + dayMs };
  }
}

function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(":").map(Number);
  return hours * 60 + minutes;
}

/** Midnight of the local date, written as if it were UTC, ms. */
function localDay(zone: string, atMs: number): number {
  const local = atMs + offsetMs(zone, atMs);
  return Math.floor(local / dayMs) * dayMs;
}

/** The first instant at which the wall shows this time (written as if it were UTC). */
function instantOf(zone: string, wallMs: number): number {
  const offsets = [offsetMs(zone, wallMs - dayMs), offsetMs(zone, wallMs + dayMs)] as const;
  const candidates = offsets.map((offset) => wallMs - offset).sort((a, b) => a - b);
  return candidates.find((instant) => instant + offsetMs(zone, instant) === wallMs) ?? wallMs - offsets[0];
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far the zone's wall is ahead of UTC at this instant, ms. */
function offsetMs(zone: string, atMs: number): number {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-GB", {
      timeZone: zone,
      ...{ year: "numeric", month: "numeric", day: "numeric" },
      ...{ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" },
    });
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const date = Date.UTC(part("year"), part("month") - 1, part("day"));
  const wall = date + ((part("hour") * 60 + part("minute")) * 60 + part("second")) * 1000;
  return wall - Math.floor(atMs / 1000) * 1000;
}
