import { exceptionCode, ModbusException } from "./exception.ts";
import type { BitTable, ModbusUnit, WordTable } from "./unit.ts";
import { fromWords, toWords, type WordOrder, type WordType, wordCount } from "./words.ts";

/** A coil or discrete input on a process model. Without `write` it is read-only. */
export interface BitPoint {
  readonly table: BitTable;
  readonly address: number;
  readonly read: () => boolean;
  readonly write?: (value: boolean) => void;
  /** The controller's own guard, as of a word. */
  readonly refuse?: (value: boolean) => number | undefined;
}

/**
 * A value in one or two registers of a process model. On the wire stands value / `scale`.
 * `refuse` is the controller's own guard: an exception code, or undefined where the value is good.
 */
export interface WordPoint {
  readonly table: WordTable;
  readonly address: number;
  readonly type: WordType;
  readonly wordOrder?: WordOrder;
  readonly scale?: number;
  readonly read: () => number;
  readonly refuse?: (value: number) => number | undefined;
  readonly write?: (value: number) => void;
}

/** A unit made of named points on a process model; what lies between the points does not exist (exception 2). */
export function pointUnit(bits: readonly BitPoint[], words: readonly WordPoint[]): ModbusUnit {
  return {
    readBits: (table, start, count) => addresses(start, count).map((address) => bitAt(bits, table, address).read()),
    readWords: (table, start, count) => readWords(words, table, start, count),
    writeBits(start, values) {
      const writes = values.map((value, index) => {
        const { write, refuse } = bitAt(bits, "coil", start + index);
        const refusal = refuse?.(value);
        if (refusal !== undefined) throw new ModbusException(refusal);
        return write ?? unknownAddress();
      });
      writes.forEach((write, index) => {
        write(values[index] ?? false);
      });
    },
    writeWords(start, values) {
      for (const apply of plannedWrites(words, start, values)) apply();
    },
  };
}

function bitAt(bits: readonly BitPoint[], table: BitTable, address: number): BitPoint {
  return bits.find((point) => point.table === table && point.address === address) ?? unknownAddress();
}

function readWords(points: readonly WordPoint[], table: WordTable, start: number, count: number): number[] {
  return addresses(start, count).map((address) => {
    const point = pointAt(points, table, address);
    const words = toWords(point.read() / (point.scale ?? 1), point.type, point.wordOrder ?? "big");
    return words[address - point.address] ?? unknownAddress();
  });
}

/** Everything is decoded and guarded before anything is written. */
function plannedWrites(points: readonly WordPoint[], start: number, words: readonly number[]): (() => void)[] {
  const planned: (() => void)[] = [];
  let at = 0;
  while (at < words.length) {
    const point = pointAt(points, "holding", start + at);
    const write = point.write;
    const length = wordCount(point.type);
    const whole = point.address === start + at && at + length <= words.length;
    if (write === undefined || !whole) throw new ModbusException(exceptionCode.illegalDataAddress);
    const value = scaled(
      fromWords(words.slice(at, at + length), point.type, point.wordOrder ?? "big"),
      point.scale ?? 1,
    );
    const refusal = point.refuse?.(value);
    if (refusal !== undefined) throw new ModbusException(refusal);
    planned.push(() => write(value));
    at += length;
  }
  return planned;
}

/** 125 × 0.1 is 12.5, not 12.500000000000002. */
function scaled(raw: number, scale: number): number {
  return scale === 1 ? raw : Number((raw * scale).toPrecision(12));
}

function pointAt(points: readonly WordPoint[], table: WordTable, address: number): WordPoint {
  const found = points.find(
    (point) => point.table === table && address >= point.address && address < point.address + wordCount(point.type),
  );
  return found ?? unknownAddress();
}

function addresses(start: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => start + index);
}

function unknownAddress(): never {
  throw new ModbusException(exceptionCode.illegalDataAddress);
}
