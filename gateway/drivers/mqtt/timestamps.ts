import { z } from "zod";
import { duration } from "../../kit/duration.ts";
import { pointer } from "./pointer.ts";

/** What a letter of a pattern stands for; `d` and the like take one digit or two. */
const parts = new Map([
  ["yyyy", String.raw`(?<year>\d{4})`],
  ["MM", String.raw`(?<month>\d\d)`],
  ["M", String.raw`(?<month>\d\d?)`],
  ["dd", String.raw`(?<day>\d\d)`],
  ["d", String.raw`(?<day>\d\d?)`],
  ["HH", String.raw`(?<hour>\d\d)`],
  ["H", String.raw`(?<hour>\d\d?)`],
  ["mm", String.raw`(?<minute>\d\d)`],
  ["ss", String.raw`(?<second>\d\d)`],
  ["SSS", String.raw`(?<fraction>\d{3})`],
  ["XXX", "(?<offset>Z|[+-]\\d\\d:?\\d\\d)"],
]);

/** ISO 8601 with or without an offset; a time of day is needed. */
const iso =
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[Tt ](?<hour>\d\d):(?<minute>\d\d)(?::(?<second>\d\d)(?:[.,](?<fraction>\d{1,9}))?)? ?(?<offset>[Zz]|[+-]\d\d(?::?\d\d)?)?$/;

const unitsPerMs = { s: 0.001, ms: 1, us: 1000, ns: 1_000_000 } as const;

const longestPattern = 60;

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }) !== undefined;
  } catch {
    return false;
  }
}

function isPattern(text: string): boolean {
  return text.length <= longestPattern && patternOf(text) !== undefined;
}

export const Timestamp = z
  .strictObject({
    path: pointer,
    format: z
      .union([
        z.enum(["iso", "s", "ms", "us", "ns"]),
        z.strictObject({
          pattern: z.string().refine(isPattern, {
            error: "a pattern of yyyy, MM, dd, HH, mm, and perhaps ss, SSS and XXX (the offset)",
          }),
        }),
      ])
      .default("iso")
      .describe("ISO 8601; seconds, ms, µs or ns since 1970; or a pattern such as `dd.MM.yyyy HH:mm:ss`."),
    zone: z
      .string()
      .max(60)
      .refine(isZone, { error: 'a time zone such as "Europe/Rome" or "UTC"' })
      .optional()
      .describe("Time zone of a text without an offset; without it such a text is refused."),
    maxAge: duration(1000, 366 * 86_400_000)
      .prefault("1d")
      .describe("A live message that tells of a time longer ago is Uncertain and no sign of life."),
  })
  .refine(({ format, zone }) => typeof format === "string" || zone !== undefined || /XXX/.test(format.pattern), {
    error: "a pattern without XXX needs `zone`",
    path: ["zone"],
  });
export type Timestamp = z.output<typeof Timestamp>;

/** No machine that is on a network today measured before 2000: an earlier time is a wrong unit or a clock that lost its battery. */
const earliestMs = Date.UTC(2000, 0, 1);

/** Latest time that is believed: more than a day ahead is a wrong clock or a wrong unit, not a measurement. */
const aheadMs = 86_400_000;

/**
 * The device's own time, ms UTC. undefined where there is none, where it has no offset and no zone is known, where a
 * clock that was set back shows it twice or one that was set forward never does, and where it cannot be right.
 */
export function timeFrom(raw: unknown, { format, zone }: Timestamp, nowMs: number): number | undefined {
  const ms = typeof format === "string" && format !== "iso" ? sinceEpoch(raw, format) : written(raw, format, zone);
  return ms !== undefined && ms >= earliestMs && ms <= nowMs + aheadMs ? ms : undefined;
}

function sinceEpoch(raw: unknown, unit: "s" | "ms" | "us" | "ns"): number | undefined {
  const perMs = unitsPerMs[unit];
  if (typeof raw === "bigint") return perMs < 1 ? undefined : Number(raw / BigInt(perMs));
  if (typeof raw !== "number" && !(typeof raw === "string" && /^\d{1,20}(\.\d+)?$/.test(raw))) return undefined;
  // 0.29 s are 290 ms and not 289.99999.
  return Math.floor(perMs < 1 ? Number(raw) * 1000 + 1e-3 : Number(raw) / perMs);
}

function written(raw: unknown, format: Timestamp["format"], zone: string | undefined): number | undefined {
  const pattern = typeof format === "string" ? iso : patternOf(format.pattern);
  const match = typeof raw === "string" ? pattern?.exec(raw.trim()) : undefined;
  const local = match?.groups && wallMs(match.groups);
  if (local === undefined) return undefined;
  const offset = match?.groups?.["offset"];
  if (offset !== undefined) return atOffset(local, offset);
  return zone === undefined ? undefined : inZone(local, zone);
}

/** The date and time as if they were UTC; undefined: the thirty-first of February, the twenty-fifth hour. */
function wallMs(groups: Readonly<Record<string, string | undefined>>): number | undefined {
  const number = (name: string): number => Number(groups[name] ?? 0);
  const [year, month, day, hour, minute, second] = ["year", "month", "day", "hour", "minute", "second"].map(number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const isReal =
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  const fraction = Math.floor(Number(`0.${groups["fraction"] ?? 0}`) * 1000 + 1e-6);
  return isReal ? date.getTime() + fraction : undefined;
}

function atOffset(localMs: number, offset: string): number | undefined {
  if (/^z$/i.test(offset)) return localMs;
  const hours = Number(offset.slice(1, 3));
  const minutes = Number(offset.slice(3).replace(":", "") || 0);
  if (hours > 14 || minutes > 59) return undefined;
  return localMs - (offset.startsWith("-") ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}

const dayMs = 86_400_000;

function inZone(localMs: number, zone: string): number | undefined {
  const offsets = new Set([offsetAt(localMs - dayMs, zone), offsetAt(localMs + dayMs, zone)]);
  const possible = [...offsets].map((offset) => localMs - offset).filter((ms) => ms + offsetAt(ms, zone) === localMs);
  return possible.length === 1 ? possible[0] : undefined;
}

const knownZones = new Map<string, Intl.DateTimeFormat>();

/** Local time less UTC, ms. */
function offsetAt(ms: number, zone: string): number {
  let formatter = knownZones.get(zone);
  if (!formatter) {
    const fields = { year: "numeric", month: "numeric", day: "numeric" } as const;
    const time = { hour: "numeric", minute: "numeric", second: "numeric", hourCycle: "h23" } as const;
    formatter = new Intl.DateTimeFormat("en-US", { timeZone: zone, calendar: "gregory", ...fields, ...time });
    knownZones.set(zone, formatter);
  }
  const shown = new Map(formatter.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes): number => shown.get(name) ?? 0;
  const wall = Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"), part("second"));
  return wall - Math.floor(ms / 1000) * 1000;
}

const knownPatterns = new Map<string, RegExp | undefined>();

/** undefined: a part that is needed is missing, or one stands there twice. Patterns stand in the configuration: few. */
function patternOf(text: string): RegExp | undefined {
  if (!knownPatterns.has(text) && knownPatterns.size < 1_000) knownPatterns.set(text, compiled(text));
  return knownPatterns.get(text);
}

function compiled(text: string): RegExp | undefined {
  const source = text.replace(/([A-Za-z])\1*|[^A-Za-z]/g, (run, letter?: string) => {
    if (letter === undefined || letter === "T") return run.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
    return parts.get(run) ?? "(?<unknown>(?!))";
  });
  try {
    const groups = new Set([...source.matchAll(/\(\?<([a-z]+)>/g)].map((match) => match[1]));
    const isWhole = ["year", "month", "day", "hour", "minute"].every((name) => groups.has(name));
    return isWhole && !groups.has("unknown") ? new RegExp(`^${source}$`) : undefined;
  } catch {
    // A part that stands there twice: two groups of one name.
    return undefined;
  }
}
