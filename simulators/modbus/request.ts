import { exceptionCode, ModbusException } from "./exception.ts";
import type { BitTable, WordTable } from "./unit.ts";

/** A request as the functions 1-6, 15, 16 and 22 can express it. `function` is the code on the wire. */
export type Request =
  | {
      readonly kind: "read-bits";
      readonly function: 1 | 2;
      readonly table: BitTable;
      readonly start: number;
      readonly count: number;
    }
  | {
      readonly kind: "read-words";
      readonly function: 3 | 4;
      readonly table: WordTable;
      readonly start: number;
      readonly count: number;
    }
  | {
      readonly kind: "write-bits";
      readonly function: 5 | 15;
      readonly start: number;
      readonly bits: readonly boolean[];
    }
  | {
      readonly kind: "write-words";
      readonly function: 6 | 16;
      readonly start: number;
      readonly words: readonly number[];
    }
  | {
      readonly kind: "mask-word";
      readonly function: 22;
      readonly start: number;
      readonly and: number;
      readonly or: number;
    };

const most = { readBits: 2000, readWords: 125, writeBits: 1968, writeWords: 123 } as const;

/** True for the functions that change something in the device. */
export function isWriteFunction(code: number): boolean {
  return code === 5 || code === 6 || code === 15 || code === 16 || code === 22;
}

/**
 * Decodes a request PDU (Modbus Application Protocol V1.1b3, section 6; counts from its flow charts).
 * Throws ModbusException 1 for another function and 3 for a count, value or length that is not allowed.
 */
export function decodeRequest(pdu: Buffer): Request {
  const code = pdu[0] ?? 0;
  switch (code) {
    case 1:
      return { kind: "read-bits", function: code, table: "coil", ...span(pdu, most.readBits) };
    case 2:
      return { kind: "read-bits", function: code, table: "discrete", ...span(pdu, most.readBits) };
    case 3:
      return { kind: "read-words", function: code, table: "holding", ...span(pdu, most.readWords) };
    case 4:
      return { kind: "read-words", function: code, table: "input", ...span(pdu, most.readWords) };
    case 5:
      return { kind: "write-bits", function: code, start: wordAt(pdu, 1), bits: [coilValue(pdu)] };
    case 6:
      exactly(pdu, 5);
      return { kind: "write-words", function: code, start: wordAt(pdu, 1), words: [wordAt(pdu, 3)] };
    case 15:
      return { kind: "write-bits", function: code, start: wordAt(pdu, 1), bits: manyBits(pdu) };
    case 16:
      return { kind: "write-words", function: code, start: wordAt(pdu, 1), words: manyWords(pdu) };
    case 22:
      exactly(pdu, 7);
      return { kind: "mask-word", function: code, start: wordAt(pdu, 1), and: wordAt(pdu, 3), or: wordAt(pdu, 5) };
    default:
      throw new ModbusException(exceptionCode.illegalFunction);
  }
}

function span(pdu: Buffer, limit: number): { start: number; count: number } {
  exactly(pdu, 5);
  return { start: wordAt(pdu, 1), count: counted(wordAt(pdu, 3), limit) };
}

function coilValue(pdu: Buffer): boolean {
  exactly(pdu, 5);
  const word = wordAt(pdu, 3);
  if (word !== 0xff00 && word !== 0) throw new ModbusException(exceptionCode.illegalDataValue);
  return word === 0xff00;
}

function manyBits(pdu: Buffer): boolean[] {
  const count = counted(pdu.length < 6 ? 0 : wordAt(pdu, 3), most.writeBits);
  bytesFollow(pdu, Math.ceil(count / 8));
  return Array.from({ length: count }, (_, index) => (((pdu[6 + (index >> 3)] ?? 0) >> (index & 7)) & 1) === 1);
}

function manyWords(pdu: Buffer): number[] {
  const count = counted(pdu.length < 6 ? 0 : wordAt(pdu, 3), most.writeWords);
  bytesFollow(pdu, count * 2);
  return Array.from({ length: count }, (_, index) => wordAt(pdu, 6 + index * 2));
}

function bytesFollow(pdu: Buffer, bytes: number): void {
  exactly(pdu, 6 + bytes);
  if (pdu[5] !== bytes) throw new ModbusException(exceptionCode.illegalDataValue);
}

function counted(count: number, limit: number): number {
  if (count < 1 || count > limit) throw new ModbusException(exceptionCode.illegalDataValue);
  return count;
}

function exactly(pdu: Buffer, length: number): void {
  if (pdu.length !== length) throw new ModbusException(exceptionCode.illegalDataValue);
}

function wordAt(pdu: Buffer, offset: number): number {
  return ((pdu[offset] ?? 0) << 8) | (pdu[offset + 1] ?? 0);
}
