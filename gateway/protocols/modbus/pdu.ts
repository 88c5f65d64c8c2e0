import { isBitTable, limits, type Table } from "./limits.ts";

/** One request as the session takes it. Addresses from 0; counts within `limits`. */
export type Request =
  | { readonly kind: "read"; readonly table: Table; readonly start: number; readonly count: number }
  | { readonly kind: "write-coil"; readonly address: number; readonly value: boolean }
  | { readonly kind: "write-register"; readonly address: number; readonly value: number }
  | { readonly kind: "write-coils"; readonly start: number; readonly values: readonly boolean[] }
  | { readonly kind: "write-registers"; readonly start: number; readonly values: readonly number[] }
  | { readonly kind: "mask-register"; readonly address: number; readonly and: number; readonly or: number };

/**
 * `data`: the bytes behind the byte count (bits packed from the lowest, registers high byte first).
 * `malformed`: delimited well, but not an answer to this request; it proves nothing.
 */
export type Answer =
  | { readonly kind: "data"; readonly data: Uint8Array }
  | { readonly kind: "done" }
  | { readonly kind: "exception"; readonly code: number }
  | { readonly kind: "malformed"; readonly why: string };

const readFunctions = { coil: 1, discrete: 2, holding: 3, input: 4 } as const satisfies Record<Table, number>;

/** MODBUS Application Protocol V1.1b3 §6. */
export function functionCode(request: Request): number {
  switch (request.kind) {
    case "read":
      return readFunctions[request.table];
    case "write-coil":
      return 5;
    case "write-register":
      return 6;
    case "write-coils":
      return 15;
    case "write-registers":
      return 16;
    case "mask-register":
      return 22;
  }
}

/** Function code and data. @throws RangeError when an address or a count cannot be asked for. */
export function encodeRequest(request: Request): Uint8Array {
  const code = functionCode(request);
  switch (request.kind) {
    case "read":
      checkRange(request.start, request.count, isBitTable(request.table) ? limits.readBits : limits.readRegisters);
      return words(code, [request.start, request.count]);
    case "write-coil":
      checkRange(request.address, 1, 1);
      return words(code, [request.address, request.value ? 0xff00 : 0]);
    case "write-register":
      checkRange(request.address, 1, 1);
      return words(code, [request.address, request.value]);
    case "mask-register":
      checkRange(request.address, 1, 1);
      return words(code, [request.address, request.and, request.or]);
    case "write-coils":
      checkRange(request.start, request.values.length, limits.writeBits);
      return counted(code, request.start, request.values.length, packBits(request.values));
    case "write-registers":
      checkRange(request.start, request.values.length, limits.writeRegisters);
      return counted(code, request.start, request.values.length, words(0, request.values).subarray(1));
  }
}

function checkRange(start: number, count: number, most: number): void {
  const end = start + count - 1;
  if (!(Number.isInteger(start) && start >= 0 && count >= 1 && count <= most && end <= limits.lastAddress)) {
    throw new RangeError(`${count} from address ${start} cannot be asked for`);
  }
}

function words(code: number, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(1 + values.length * 2);
  bytes[0] = code;
  const view = new DataView(bytes.buffer);
  for (const [index, value] of values.entries()) view.setUint16(1 + index * 2, value);
  return bytes;
}

function counted(code: number, start: number, count: number, data: Uint8Array): Uint8Array {
  const head = words(code, [start, count]);
  const bytes = new Uint8Array(head.length + 1 + data.length);
  bytes.set(head);
  bytes[head.length] = data.length;
  bytes.set(data, head.length + 1);
  return bytes;
}

function packBits(values: readonly boolean[]): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(values.length / 8));
  for (const [index, value] of values.entries())
    if (value) bytes[index >> 3] = (bytes[index >> 3] ?? 0) | (1 << (index & 7));
  return bytes;
}

/** Whether `pdu` is the answer to exactly this request: function, byte count, and for writes the echo. */
export function decodeAnswer(request: Request, pdu: Uint8Array): Answer {
  const code = functionCode(request);
  if (pdu[0] === (code | 0x80)) {
    return pdu.length === 2 ? { kind: "exception", code: pdu[1] ?? 0 } : malformed(`exception of ${pdu.length} bytes`);
  }
  if (pdu[0] !== code) return malformed(`function ${pdu[0]} instead of ${code}`);
  return request.kind === "read" ? decodeData(request.table, request.count, pdu) : decodeEcho(request, pdu);
}

function decodeData(table: Table, count: number, pdu: Uint8Array): Answer {
  const expected = isBitTable(table) ? Math.ceil(count / 8) : count * 2;
  if (pdu[1] !== expected) return malformed(`byte count ${pdu[1]} instead of ${expected}`);
  if (pdu.length !== expected + 2) return malformed(`${pdu.length - 2} bytes of data where ${expected} were announced`);
  return { kind: "data", data: pdu.slice(2) };
}

/** §6.5, §6.6, §6.16 echo the request whole; §6.11, §6.12 echo start and count. */
function decodeEcho(request: Exclude<Request, { kind: "read" }>, pdu: Uint8Array): Answer {
  const sent = encodeRequest(request);
  const echo = request.kind === "write-coils" || request.kind === "write-registers" ? sent.subarray(0, 5) : sent;
  const same = pdu.length === echo.length && echo.every((byte, index) => byte === pdu[index]);
  return same ? { kind: "done" } : malformed("the echo is not that of the request");
}

function malformed(why: string): Answer {
  return { kind: "malformed", why };
}
