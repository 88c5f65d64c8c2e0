/** One MBAP frame (Modbus Messaging on TCP/IP V1.0b, section 3.1.3). */
export interface Frame {
  readonly transactionId: number;
  readonly unitId: number;
  readonly pdu: Buffer;
}

const headerBytes = 7;
const longestPdu = 253;

/** The bytes of a frame, with the right length field and protocol id 0. */
export function encodeFrame(frame: Frame): Buffer {
  const bytes = Buffer.alloc(headerBytes + frame.pdu.length);
  bytes.writeUInt16BE(frame.transactionId, 0);
  bytes.writeUInt16BE(0, 2);
  bytes.writeUInt16BE(frame.pdu.length + 1, 4);
  bytes[6] = frame.unitId;
  frame.pdu.copy(bytes, headerBytes);
  return bytes;
}

/** Cuts the byte stream of one connection into frames; keeps at most one unfinished frame. */
export class FrameSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The frames that are now whole; undefined when the stream is no Modbus and has to be closed. */
  push(bytes: Buffer): Frame[] | undefined {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    const frames: Frame[] = [];
    while (this.#rest.length >= headerBytes) {
      const length = this.#rest.readUInt16BE(4);
      const sound = this.#rest.readUInt16BE(2) === 0 && length >= 2 && length <= longestPdu + 1;
      if (!sound) return undefined;
      if (this.#rest.length < length + 6) break;
      frames.push({
        transactionId: this.#rest.readUInt16BE(0),
        unitId: this.#rest[6] ?? 0,
        pdu: Buffer.from(this.#rest.subarray(headerBytes, length + 6)),
      });
      this.#rest = this.#rest.subarray(length + 6);
    }
    return frames;
  }
}
