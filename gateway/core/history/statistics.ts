import { isGood } from "../status.ts";
import type { Value } from "../value.ts";
import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Samples } from "./samples.ts";
import { readValue, writeValue } from "./value-codec.ts";

/**
 * What overviews need of a chunk without unpacking it. Values hold until the next sample of the chunk
 * (stepped); the last one's time is added by who knows what follows. Only Good finite numbers count,
 * booleans as 0 and 1.
 */
export interface ChunkStatistics {
  /** Every sample is a Good finite number, so that these statistics say all there is to say. */
  readonly whole: boolean;
  readonly goodCount: number;
  readonly goodMs: number;
  /** Value of the first Good sample; null where there is none. */
  readonly first: Value;
  readonly last: Value;
  readonly minimum: Value;
  readonly maximum: Value;
  readonly sum: number;
  /** Σ (value − first) × ms: relative to the first, so that a steady value averages to itself to the last bit. */
  readonly integral: number;
}

const Flag = { any: 1, whole: 2, flat: 4 } as const;

/** The number that averages count with, or undefined. A 64-bit integer loses what a double cannot hold. */
export function finiteNumber(value: Value): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "boolean" || typeof value === "bigint") return Number(value);
  return undefined;
}

/** Order of numbers, booleans and 64-bit integers, exact across kinds. */
export function isLess(a: Value, b: Value): boolean {
  return ordered(a) < ordered(b);
}

function ordered(value: Value): number | bigint {
  return typeof value === "bigint" ? value : Number(value);
}

const nothing: ChunkStatistics = {
  whole: false,
  goodCount: 0,
  goodMs: 0,
  first: null,
  last: null,
  minimum: null,
  maximum: null,
  sum: 0,
  integral: 0,
};

export function statisticsOf(samples: Samples): ChunkStatistics {
  let result: { -readonly [K in keyof ChunkStatistics]: ChunkStatistics[K] } | undefined;
  for (let i = 0; i < samples.times.length; i++) {
    const value = samples.values[i] as Value;
    const number = isGood(samples.statuses[i] as number) ? finiteNumber(value) : undefined;
    if (number === undefined) continue;
    const time = samples.times[i] as number;
    const duration = (samples.times[i + 1] ?? time) - time;
    result ??= { ...nothing, first: value, minimum: value, maximum: value };
    result.goodCount++;
    result.goodMs += duration;
    result.last = value;
    if (isLess(value, result.minimum)) result.minimum = value;
    if (isLess(result.maximum, value)) result.maximum = value;
    result.sum += number;
    result.integral += (number - Number(result.first)) * duration;
  }
  return result ? { ...result, whole: result.goodCount === samples.times.length } : nothing;
}

export function encodeStatistics(statistics: ChunkStatistics): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(64);
  const { first, last, minimum, maximum } = statistics;
  const flat = Object.is(minimum, maximum) && Object.is(first, minimum) && Object.is(last, maximum);
  out.u8((statistics.goodCount > 0 ? Flag.any : 0) | (statistics.whole ? Flag.whole : 0) | (flat ? Flag.flat : 0));
  if (statistics.goodCount === 0) return out.finish();
  out.varint(statistics.goodCount);
  out.varint(statistics.goodMs);
  writeValue(out, first);
  if (!flat) for (const value of [last, minimum, maximum]) writeValue(out, value);
  out.f64(statistics.sum);
  if (!flat) out.f64(statistics.integral);
  return out.finish();
}

/** @throws RangeError. */
export function decodeStatistics(bytes: Uint8Array): ChunkStatistics {
  const input = new ByteReader(bytes);
  const flags = input.u8();
  if ((flags & Flag.any) === 0) return nothing;
  const flat = (flags & Flag.flat) !== 0;
  const goodCount = input.varint();
  const goodMs = input.varint();
  const first = readValue(input);
  const [last, minimum, maximum] = flat
    ? [first, first, first]
    : [readValue(input), readValue(input), readValue(input)];
  const sum = input.f64();
  const integral = flat ? 0 : input.f64();
  input.end();
  const whole = (flags & Flag.whole) !== 0;
  return { whole, goodCount, goodMs, first, last, minimum, maximum, sum, integral };
}
