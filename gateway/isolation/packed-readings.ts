import type { Reading } from "../core/driver-port.ts";
import type { Value } from "../core/value.ts";

/**
 * Readings as columns in one buffer, which crosses to another thread without a copy and without an object for
 * each row: n source times and n numbers (float64), n statuses (uint32), n kinds (uint8), in this order.
 */
export interface PackedReadings {
  readonly columns: ArrayBuffer;
  /** What is no number and no boolean, in the order of its rows. */
  readonly others: readonly Value[];
}

const kind = { none: 0, number: 1, no: 2, yes: 3, other: 4 } as const;
const kindBits = 0b111;
const isUnproven = 0b1000;
const hasTime = 0b10000;
const bytesPerRow = 8 + 8 + 4 + 1;

export function packReadings(readings: readonly Reading[]): PackedReadings {
  const columns = new ArrayBuffer(readings.length * bytesPerRow);
  const { times, numbers, statuses, kinds } = viewsOf(columns, readings.length);
  const others: Value[] = [];
  for (const [i, { value, status, sourceTime, unproven }] of readings.entries()) {
    let bits: number = kind.other;
    if (value === null) bits = kind.none;
    else if (typeof value === "number") {
      bits = kind.number;
      numbers[i] = value;
    } else if (typeof value === "boolean") bits = value ? kind.yes : kind.no;
    // A view's copy: the buffer behind it may be a pool of others' bytes, and would cross whole.
    else others.push(value instanceof Uint8Array ? new Uint8Array(value) : value);
    if (unproven) bits |= isUnproven;
    if (sourceTime !== undefined) {
      bits |= hasTime;
      times[i] = sourceTime;
    }
    statuses[i] = status;
    kinds[i] = bits;
  }
  return { columns, others };
}

export function unpackReadings({ columns, others }: PackedReadings): readonly Reading[] {
  const length = columns.byteLength / bytesPerRow;
  const { times, numbers, statuses, kinds } = viewsOf(columns, length);
  const readings: Reading[] = new Array(length);
  let nextOther = 0;
  for (let i = 0; i < length; i++) {
    const bits = kinds[i] as number;
    const isOther = (bits & kindBits) === kind.other;
    readings[i] = {
      value: isOther ? (others[nextOther++] ?? null) : plainValue(bits & kindBits, numbers[i] as number),
      status: statuses[i] as number,
      ...((bits & hasTime) !== 0 && { sourceTime: times[i] as number }),
      ...((bits & isUnproven) !== 0 && { unproven: true }),
    };
  }
  return readings;
}

function plainValue(bits: number, number: number): Value {
  if (bits === kind.number) return number;
  return bits === kind.none ? null : bits === kind.yes;
}

function viewsOf(columns: ArrayBuffer, length: number) {
  return {
    times: new Float64Array(columns, 0, length),
    numbers: new Float64Array(columns, 8 * length, length),
    statuses: new Uint32Array(columns, 16 * length, length),
    kinds: new Uint8Array(columns, 20 * length, length),
  };
}
