import type { Frame } from "./frame.ts";

const crcBytes = 2;

/** Serial Line V1.02, 6.2.2, bit by bit. */
export function checksum(bytes: Buffer): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/** Unit id, PDU and checksum; the transaction id has no place in it. */
export function encodeRtuFrame(frame: Pick<Frame, "unitId" | "pdu">): Buffer {
  const bytes = Buffer.concat([Buffer.from([frame.unitId]), frame.pdu, Buffer.alloc(crcBytes)]);
  bytes.writeUInt16LE(checksum(bytes.subarray(0, -crcBytes)), bytes.length - crcBytes);
  return bytes;
}

/** Cuts the bytes of one line into requests by what their function codes say of their length. */
export class RtuSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The requests that are now whole; what has a wrong checksum or an unknown length is passed over, as units do. */
  push(bytes: Buffer): Frame[] {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    for (;;) {
      const length = requestLength(this.#rest);
      if (length === undefined) {
        this.#rest = Buffer.alloc(0);
        return frames;
      }
      if (this.#rest.length < length) return frames;
      const frame = this.#rest.subarray(0, length);
      if (checksum(frame) === 0) {
        const pdu = Buffer.from(frame.subarray(1, length - crcBytes));
        frames.push({ transactionId: 0, unitId: frame[0] ?? 0, pdu });
      }
      this.#rest = this.#rest.subarray(length);
    }
  }
}

function requestLength(bytes: Buffer): number | undefined {
  if (bytes.length < 7) return 7;
  const code = bytes[1] ?? 0;
  if (code >= 1 && code <= 6) return 8;
  if (code === 15 || code === 16) return 9 + (bytes[6] ?? 0);
  return code === 22 ? 10 : undefined;
}
