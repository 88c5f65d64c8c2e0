import { ByteReader, ByteWriter } from "./bytes.ts";
import type { Samples } from "./samples.ts";
import { readValues, writeValues } from "./value-column.ts";

/** How the times of a chunk are packed; part of the file format. */
const TimeForm = { regular: 0, irregular: 1 } as const;

/** Packs samples ordered by time, at least one: times, then status runs, then values. The first time stands in the row. */
export function encodeChunk(samples: Samples): Uint8Array<ArrayBuffer> {
  const out = new ByteWriter(samples.times.length * 4 + 64);
  writeTimes(out, samples.times);
  writeStatuses(out, samples.statuses);
  writeValues(out, samples.values);
  return out.finish();
}

/** @throws RangeError where the bytes cannot be a chunk of `count` samples. */
export function decodeChunk(bytes: Uint8Array, count: number, startMs: number): Samples {
  const input = new ByteReader(bytes);
  const times = readTimes(input, count, startMs);
  const statuses = readStatuses(input, count);
  const values = readValues(input, count);
  input.end();
  return { times, values, statuses };
}

/** A steady period is one number; else the change of the period from sample to sample. */
function writeTimes(out: ByteWriter, times: readonly number[]): void {
  const step = times.length > 1 ? (times[1] as number) - (times[0] as number) : 0;
  const regular = times.every((time, i) => i === 0 || time - (times[i - 1] as number) === step);
  if (regular) {
    out.u8(TimeForm.regular);
    out.varint(step);
    return;
  }
  out.u8(TimeForm.irregular);
  let before = 0;
  for (let i = 1; i < times.length; i++) {
    const period = (times[i] as number) - (times[i - 1] as number);
    out.zigzag(period - before);
    before = period;
  }
}

function readTimes(input: ByteReader, count: number, startMs: number): number[] {
  const form = input.u8();
  if (form > TimeForm.irregular) throw new RangeError(`no form of times ${form}`);
  let period = form === TimeForm.regular ? input.varint() : 0;
  const times: number[] = new Array(count);
  let time = startMs;
  for (let i = 0; i < count; i++) {
    if (i > 0) {
      if (form === TimeForm.irregular) period += input.zigzag();
      time += period;
    }
    times[i] = time;
  }
  return times;
}

/** Runs of the same status, all 32 bits. */
export function writeStatuses(out: ByteWriter, statuses: ArrayLike<number>): void {
  const runs: [length: number, status: number][] = [];
  for (let i = 0; i < statuses.length; i++) {
    const status = statuses[i] as number;
    const last = runs.at(-1);
    if (last && last[1] === status) last[0]++;
    else runs.push([1, status]);
  }
  out.varint(runs.length);
  for (const [length, status] of runs) {
    out.varint(length);
    out.varint(status);
  }
}

export function readStatuses(input: ByteReader, count: number): number[] {
  const statuses: number[] = [];
  for (let runs = input.count(2); runs > 0; runs--) {
    const length = input.varint();
    const status = input.varint();
    if (statuses.length + length > count) throw new RangeError("the status runs are too long");
    for (let i = 0; i < length; i++) statuses.push(status);
  }
  if (statuses.length !== count) throw new RangeError("the status runs are too short");
  return statuses;
}
