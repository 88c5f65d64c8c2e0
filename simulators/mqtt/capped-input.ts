import type { Duplex } from "node:stream";

/** Largest packet that is taken in; MQTT allows 256 MB, which a client could announce before it has logged in. */
const largestPacketBytes = 1_048_576;

/** Destroys the connection where a packet announces more than 1 MiB (MQTT 3.1.1 §2.2.3, remaining length). */
export function capInput(stream: Duplex): Duplex {
  const watch = new PacketLengths(() => stream.destroy());
  const { push } = stream;
  stream.push = (chunk: Buffer | null, ...rest) => {
    if (chunk !== null) watch.take(chunk);
    return push.call(stream, chunk, ...rest);
  };
  return stream;
}

/** Follows the packet borders in a stream of bytes, without keeping any of them. */
export class PacketLengths {
  readonly #onTooLong: () => void;
  /** Bytes of the present packet's body that are still to come. */
  #bodyLeft = 0;
  /** Undefined before the first byte of a packet, then the digits of its length so far. */
  #digits: { value: number; count: number } | undefined;

  constructor(onTooLong: () => void) {
    this.#onTooLong = onTooLong;
  }

  take(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyLeft > 0) {
        const skipped = Math.min(this.#bodyLeft, chunk.length - at);
        this.#bodyLeft -= skipped;
        at += skipped;
      } else {
        this.#header(chunk[at] ?? 0);
        at += 1;
      }
    }
  }

  #header(byte: number): void {
    if (this.#digits === undefined) {
      this.#digits = { value: 0, count: 0 };
      return;
    }
    this.#digits.value += (byte & 0x7f) * 128 ** this.#digits.count;
    this.#digits.count += 1;
    if (this.#digits.value > largestPacketBytes || this.#digits.count > 4) this.#onTooLong();
    if ((byte & 0x80) !== 0) return;
    this.#bodyLeft = this.#digits.value;
    this.#digits = undefined;
  }
}
