import type { FeedBatch, FeedTag } from "../../core/history-port.ts";
import type { Value } from "../../core/value.ts";

/** What InfluxDB holds: nanoseconds in 64 bits. VictoriaMetrics holds less, and says so itself. */
export const timeLimitMs = 9_223_372_036_854;

const int64 = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const integers: ReadonlySet<string> = new Set(["sbyte", "byte", "int16", "uint16", "int32", "uint32", "dateTime"]);

export interface LineSettings {
  readonly measurement: string;
  readonly gateway: string;
  /** VictoriaMetrics makes 0 of a text. */
  readonly texts: "kept" | "left out";
  /** Of a full tag name. */
  readonly unitOf: (tag: string) => string | undefined;
  readonly isWanted: (tag: string) => boolean;
}

export interface Encoded {
  readonly lines: string[];
  /** Values that cannot be said in a line; the line has their status alone. */
  leftOut: number;
  /** Lines that no server takes, since their time is beyond what it can hold. */
  readonly outOfTime: string[];
}

/**
 * Samples as lines of InfluxDB's line protocol, times in milliseconds:
 * `plancia,equipment=press,gateway=hall-1,tag=speed,unit=1/min value=3.5,status=0i 1700000000000`.
 * A field holds one type for ever, so each type has its own: `value` real numbers, `value_int` integers,
 * `value_bool`, `value_text`. `status` is the OPC UA StatusCode.
 */
export class LineEncoder {
  readonly #settings: LineSettings;
  /** By tag name; undefined: not wanted. As many as there are recorded tags. */
  readonly #heads = new Map<string, string | undefined>();

  constructor(settings: LineSettings) {
    this.#settings = settings;
  }

  /** Adds samples `from` to `to` of the batch, as far as they are wanted. */
  encode(batch: FeedBatch, from: number, to: number, into: Encoded): void {
    for (let i = from; i < to; i++) {
      const tag = batch.tags[batch.tagIndexes[i] as number] as FeedTag;
      const head = this.#head(tag.name);
      if (head === undefined) continue;
      const value = batch.values[i] ?? null;
      const field = fieldOf(tag.type, value, this.#settings.texts);
      if (field === undefined && value !== null) into.leftOut++;
      const time = batch.times[i] as number;
      const line = `${head} ${field === undefined ? "" : `${field},`}status=${batch.statuses[i]}i ${time}`;
      (Math.abs(time) <= timeLimitMs ? into.lines : into.outOfTime).push(line);
    }
  }

  #head(name: string): string | undefined {
    if (this.#heads.has(name)) return this.#heads.get(name);
    const head = this.#settings.isWanted(name) ? headOf(name, this.#settings) : undefined;
    this.#heads.set(name, head);
    return head;
  }
}

export const nothingEncoded = (): Encoded => ({ lines: [], leftOut: 0, outOfTime: [] });

/** Measurement and tags, these by the alphabet, as InfluxDB likes them. */
export function headOf(name: string, settings: Pick<LineSettings, "measurement" | "gateway" | "unitOf">): string {
  const slash = name.indexOf("/");
  const tags = [
    ["equipment", slash < 0 ? "" : name.slice(0, slash)],
    ["gateway", settings.gateway],
    ["tag", name.slice(slash + 1)],
    ["unit", settings.unitOf(name) ?? ""],
  ] as const;
  // A tag without a value is not well formed.
  const given = tags.filter(([, value]) => value !== "").map(([key, value]) => `,${key}=${escapeTag(value)}`);
  return `${escapeMeasurement(settings.measurement)}${given.join("")}`;
}

function fieldOf(type: string, value: Value, texts: LineSettings["texts"]): string | undefined {
  switch (typeof value) {
    case "number":
      if (!Number.isFinite(value)) return undefined;
      if (integers.has(type) && Number.isSafeInteger(value)) return `value_int=${value}i`;
      return `value=${Object.is(value, -0) ? "-0" : value}`;
    case "bigint":
      return value >= int64[0] && value <= int64[1] ? `value_int=${value}i` : undefined;
    case "boolean":
      return `value_bool=${value}`;
    case "string":
      return texts === "kept" ? `value_text=${quoted(value)}` : undefined;
    default:
      return undefined;
  }
}

function escapeMeasurement(text: string): string {
  return written(text).replace(/[, ]/g, "\\$&");
}

export function escapeTag(text: string): string {
  return written(text).replace(/[,= ]/g, "\\$&");
}

/**
 * Line protocol can neither write a control character in a name (a line feed ends the line) nor a backslash before
 * what follows the name: they are shown by their pictures, ␊ for a line feed.
 */
function written(text: string): string {
  return text
    .toWellFormed()
    .replaceAll("\\", "＼")
    .replace(/\p{Cc}/gu, pictured);
}

function pictured(character: string): string {
  const code = character.charCodeAt(0);
  return code < 0x20 ? String.fromCharCode(0x2400 + code) : "␡";
}

/** In a text only the quote and the backslash are special; a line feed may stand in it. */
function quoted(text: string): string {
  return `"${text.toWellFormed().replace(/["\\]/g, "\\$&")}"`;
}
