import { exceptionCode, ModbusException } from "./exception.ts";
import type { ModbusUnit } from "./unit.ts";

/** A unit that is only memory: holding registers from 0 on (big-endian words), readable and writable. */
export function registerBank(memory: DataView): ModbusUnit {
  const inside = (start: number, count: number): void => {
    if ((start + count) * 2 > memory.byteLength) throw new ModbusException(exceptionCode.illegalDataAddress);
  };
  return {
    readBits: unknown,
    writeBits: unknown,
    readWords(table, start, count) {
      if (table !== "holding") return unknown();
      inside(start, count);
      return Array.from({ length: count }, (_, index) => memory.getUint16((start + index) * 2));
    },
    writeWords(start, words) {
      inside(start, words.length);
      words.forEach((word, index) => {
        memory.setUint16((start + index) * 2, word);
      });
    },
  };
}

function unknown(): never {
  throw new ModbusException(exceptionCode.illegalDataAddress);
}
