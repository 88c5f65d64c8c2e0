import { limits } from "./limits.ts";

/** MODBUS Messaging on TCP/IP V1.0b §3.1.3: transaction, protocol 0, length of what follows, unit. */
export interface Frame {
  readonly transaction: number;
  readonly unitId: number;
  readonly pdu: Uint8Array;
}

const headerBytes = 6;
/** Unit id and function code are the least that can follow. */
const shortest = 2;
const longest = 1 + limits.pduBytes;

export function encodeFrame(frame: Frame): Uint8Array {
  const bytes = new Uint8Array(headerBytes + 1 + frame.pdu.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, frame.transaction);
  view.setUint16(4, frame.pdu.length + 1);
  bytes[headerBytes] = frame.unitId;
  bytes.set(frame.pdu, headerBytes + 1);
  return bytes;
}

export type Framing =
  | { readonly kind: "frame"; readonly frame: Frame }
  | { readonly kind: "broken"; readonly why: string };

/**
 * Cuts a byte stream into frames. Holds at most one frame (260 bytes), whatever comes. After `broken`
 * nothing more can be read from this stream: where the next frame begins is not known.
 */
export class FrameReader {
  readonly #buffer = new Uint8Array(headerBytes + longest);
  readonly #view = new DataView(this.#buffer.buffer);
  #filled = 0;
  #broken = false;

  /** Bytes of a frame that has begun and is not complete. */
  get partialBytes(): number {
    return this.#filled;
  }

  push(chunk: Uint8Array): readonly Framing[] {
    const found: Framing[] = [];
    let taken = 0;
    while (taken < chunk.length && !this.#broken) {
      const wanted = this.#wanted() - this.#filled;
      const part = chunk.subarray(taken, taken + wanted);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      const framing = this.#cut();
      if (framing) found.push(framing);
    }
    return found;
  }

  #wanted(): number {
    return this.#filled < headerBytes ? headerBytes : headerBytes + this.#view.getUint16(4);
  }

  #cut(): Framing | undefined {
    if (this.#filled < headerBytes) return undefined;
    const why = this.#headerFault();
    if (why !== undefined) {
      this.#broken = true;
      return { kind: "broken", why };
    }
    const end = headerBytes + this.#view.getUint16(4);
    if (this.#filled < end) return undefined;
    this.#filled = 0;
    const unitId = this.#buffer[headerBytes] ?? 0;
    const pdu = this.#buffer.slice(headerBytes + 1, end);
    return { kind: "frame", frame: { transaction: this.#view.getUint16(0), unitId, pdu } };
  }

  #headerFault(): string | undefined {
    const protocol = this.#view.getUint16(2);
    const length = this.#view.getUint16(4);
    if (protocol !== 0) return `protocol id ${protocol} instead of 0`;
    if (length < shortest || length > longest) return `length field ${length}, from ${shortest} to ${longest} can be`;
    return undefined;
  }
}
