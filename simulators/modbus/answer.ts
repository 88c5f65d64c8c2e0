import type { Request } from "./request.ts";
import type { ModbusUnit } from "./unit.ts";

/** Executes a request on a unit and gives the answer PDU. Throws ModbusException, then nothing was changed. */
export function execute(request: Request, unit: ModbusUnit, pdu: Buffer): Buffer {
  switch (request.kind) {
    case "read-bits":
      return bitsAnswer(request.function, unit.readBits(request.table, request.start, request.count));
    case "read-words":
      return wordsAnswer(request.function, unit.readWords(request.table, request.start, request.count));
    case "write-bits":
      unit.writeBits(request.start, request.bits);
      return writeAnswer(pdu);
    case "write-words":
      unit.writeWords(request.start, request.words);
      return writeAnswer(pdu);
    case "mask-word": {
      const old = unit.readWords("holding", request.start, 1)[0] ?? 0;
      // V1.1b3 section 6.16: (current AND and-mask) OR (or-mask AND NOT and-mask)
      unit.writeWords(request.start, [(old & request.and) | (request.or & ~request.and & 0xffff)]);
      return writeAnswer(pdu);
    }
  }
}

/** The answer to a write that was carried out: 15 and 16 repeat address and count, the others the whole request. */
export function writeAnswer(pdu: Buffer): Buffer {
  const many = pdu[0] === 15 || pdu[0] === 16;
  return Buffer.from(many ? pdu.subarray(0, 5) : pdu);
}

export function exceptionAnswer(functionCode: number, code: number): Buffer {
  return Buffer.from([functionCode | 0x80, code]);
}

function bitsAnswer(functionCode: number, bits: readonly boolean[]): Buffer {
  const bytes = Math.ceil(bits.length / 8);
  const answer = Buffer.alloc(2 + bytes);
  answer[0] = functionCode;
  answer[1] = bytes;
  bits.forEach((bit, index) => {
    if (bit) answer[2 + (index >> 3)] = (answer[2 + (index >> 3)] ?? 0) | (1 << (index & 7));
  });
  return answer;
}

function wordsAnswer(functionCode: number, words: readonly number[]): Buffer {
  const answer = Buffer.alloc(2 + words.length * 2);
  answer[0] = functionCode;
  answer[1] = words.length * 2;
  words.forEach((word, index) => {
    answer.writeUInt16BE(word, 2 + index * 2);
  });
  return answer;
}
