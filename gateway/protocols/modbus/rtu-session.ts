import { crc16 } from "./crc.ts";
import { type Answer, decodeAnswer, encodeRequest, functionCode, type Request } from "./pdu.ts";
import type { Session, SessionEvent } from "./session.ts";

interface Outstanding {
  readonly transaction: number;
  readonly unitId: number;
  readonly request: Request;
}

const crcBytes = 2;
/** Serial Line §2.3.1 allows 256; a false byte count can ask for a little more. */
const bufferBytes = 300;

/** Unit id, function code and data, checksum with its low byte first (Serial Line §2.5.1). */
export function encodeRtuFrame(unitId: number, pdu: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + pdu.length + crcBytes);
  bytes[0] = unitId;
  bytes.set(pdu, 1);
  new DataView(bytes.buffer).setUint16(1 + pdu.length, crc16(bytes.subarray(0, 1 + pdu.length)), true);
  return bytes;
}

/**
 * One serial line without its port: one request at a time, its answer found by unit, function, length and
 * checksum. A sound frame that is none of ours, and noise before one, are dropped while the answer is
 * awaited (§2.4.1). Answers carry no id: keeping out late ones is up to whoever waits for the line to
 * fall silent after `abandon` or a malformed answer.
 */
export class RtuSession implements Session {
  readonly #buffer = new Uint8Array(bufferBytes);
  #filled = 0;
  #waiting: Outstanding | undefined;
  #given = 0;
  /** What came instead of the answer. */
  #instead: string | undefined;

  /** @throws RangeError when the request cannot be asked for; Error when one is outstanding. */
  open(unitId: number, request: Request): { readonly transaction: number; readonly bytes: Uint8Array } {
    if (this.#waiting) throw new Error("an RTU line takes one request at a time");
    const bytes = encodeRtuFrame(unitId, encodeRequest(request));
    const transaction = ++this.#given;
    this.#waiting = { transaction, unitId, request };
    this.#forget();
    return { transaction, bytes };
  }

  abandon(transaction: number): SessionEvent | undefined {
    if (this.#waiting?.transaction !== transaction) return undefined;
    const started = this.#filled > 0 ? `an answer stopped after ${this.#filled} bytes` : undefined;
    const why = this.#instead ?? started;
    this.#waiting = undefined;
    this.#forget();
    return why === undefined ? undefined : { kind: "garbled", why };
  }

  receive(chunk: Uint8Array): readonly SessionEvent[] {
    if (!this.#waiting) return [{ kind: "stray", transaction: undefined }];
    const events: SessionEvent[] = [];
    let taken = 0;
    while (taken < chunk.length && this.#waiting) {
      const part = chunk.subarray(taken, taken + bufferBytes - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      taken += part.length;
      events.push(...this.#cut(this.#waiting));
    }
    if (!this.#waiting && (this.#filled > 0 || taken < chunk.length))
      events.push({ kind: "stray", transaction: undefined });
    if (!this.#waiting) this.#forget();
    return events;
  }

  #cut(waiting: Outstanding): SessionEvent[] {
    const events: SessionEvent[] = [];
    for (;;) {
      const length = this.#frameLength();
      if (length === "unknown") return events;
      if (length !== "impossible" && this.#filled < length) return events;
      const frame = length === "impossible" ? undefined : this.#buffer.slice(0, length);
      const answer = frame && this.#answerIn(frame, waiting);
      if (answer && answer.kind !== "malformed") return [...events, this.#end(waiting, frame.length, answer)];
      if (answer && frame) {
        this.#shift(frame.length);
        this.#instead ??= answer.why;
        events.push({ kind: "stray", transaction: undefined });
      } else if (frame && this.#isOurs(waiting)) {
        return [...events, this.#end(waiting, frame.length, { kind: "malformed", why: "a wrong checksum" })];
      } else {
        this.#instead ??= "noise on the line";
        this.#shift(1);
      }
    }
  }

  /** undefined: the checksum is wrong. */
  #answerIn(frame: Uint8Array, { unitId, request }: Outstanding): Answer | undefined {
    if (crc16(frame) !== 0) return undefined;
    if (frame[0] !== unitId) return { kind: "malformed", why: `unit ${frame[0]} instead of ${unitId}` };
    return decodeAnswer(request, frame.subarray(1, frame.length - crcBytes));
  }

  /** Whether all that stands before the data is as in the answer. */
  #isOurs({ unitId, request }: Outstanding): boolean {
    const code = functionCode(request);
    return this.#buffer[0] === unitId && ((this.#buffer[1] ?? 0) & 0x7f) === code;
  }

  /** By the function code of an answer (Application Protocol §6); "unknown" as long as too little came. */
  #frameLength(): number | "unknown" | "impossible" {
    const [, code = 0, byteCount = 0] = this.#buffer;
    if (this.#filled < 2) return "unknown";
    if (code >= 0x80) return 3 + crcBytes;
    switch (code) {
      case 1:
      case 2:
      case 3:
      case 4:
        if (this.#filled < 3) return "unknown";
        return 3 + byteCount + crcBytes;
      case 5:
      case 6:
      case 15:
      case 16:
        return 6 + crcBytes;
      case 22:
        return 8 + crcBytes;
      default:
        return "impossible";
    }
  }

  #end({ transaction }: Outstanding, length: number, answer: Answer): SessionEvent {
    this.#waiting = undefined;
    this.#shift(length);
    return { kind: "answer", transaction, answer };
  }

  #shift(count: number): void {
    this.#buffer.copyWithin(0, count, this.#filled);
    this.#filled -= count;
  }

  #forget(): void {
    this.#filled = 0;
    this.#instead = undefined;
  }
}
