import { encodeFrame, type Frame, FrameReader } from "./mbap.ts";
import { type Answer, decodeAnswer, encodeRequest, type Request } from "./pdu.ts";

interface Outstanding {
  readonly unitId: number;
  readonly request: Request;
}

/**
 * `answer`: it belongs to the outstanding transaction; a malformed one ends it too. `stray`: an answer
 * to a transaction that ended before (timed out, or answered twice), on a serial line anything that is
 * not the answer; dropped. `garbled`: only from `abandon`: something came, and it was not the answer.
 * `broken`: the framing cannot be trusted any more, the connection must be reset; the last event there is.
 */
export type SessionEvent =
  | { readonly kind: "answer"; readonly transaction: number; readonly answer: Answer }
  | { readonly kind: "stray"; readonly transaction: number | undefined }
  | { readonly kind: "garbled"; readonly why: string }
  | { readonly kind: "broken"; readonly why: string };

/** How requests become frames and frames answers; one life of a connection. */
export interface Session {
  /** @throws RangeError when the request cannot be asked for. */
  open(unitId: number, request: Request): { readonly transaction: number; readonly bytes: Uint8Array };
  /** Ends a transaction that nobody waits for any more. */
  abandon(transaction: number): SessionEvent | undefined;
  receive(chunk: Uint8Array): readonly SessionEvent[];
}

const idSpace = 0x10000;
/** Ids given this recently may still be answered late; an id never given, or long ago, is garbage. */
const memory = 4096;

/**
 * One Modbus TCP connection without its socket: bytes in, events out. Transaction ids run over all
 * 16 bits before one is used again, so that an answer which comes late is not the answer to another
 * request; an answer counts only with the id, unit, function and length that were asked for.
 */
export class TcpSession implements Session {
  readonly #reader = new FrameReader();
  readonly #outstanding = new Map<number, Outstanding>();
  #next: number;
  #given = 0;
  #broken = false;

  /** @param first transaction id to begin with, 0 … 65535. */
  constructor(first = 1) {
    this.#next = first % idSpace;
  }

  get outstanding(): number {
    return this.#outstanding.size;
  }

  /** The frame to send. @throws RangeError when the request cannot be asked for. */
  open(unitId: number, request: Request): { readonly transaction: number; readonly bytes: Uint8Array } {
    const pdu = encodeRequest(request);
    while (this.#outstanding.has(this.#next)) this.#advance();
    const transaction = this.#next;
    this.#advance();
    this.#outstanding.set(transaction, { unitId, request });
    return { transaction, bytes: encodeFrame({ transaction, unitId, pdu }) };
  }

  /**
   * Ends a transaction that nobody waits for any more. `broken` when a frame has begun and not come to
   * its end in all that time: whatever follows would be taken for the rest of it.
   */
  abandon(transaction: number): SessionEvent | undefined {
    this.#outstanding.delete(transaction);
    if (this.#broken || this.#reader.partialBytes === 0) return undefined;
    return this.#break(`an answer stopped after ${this.#reader.partialBytes} bytes`);
  }

  receive(chunk: Uint8Array): readonly SessionEvent[] {
    const events: SessionEvent[] = [];
    if (this.#broken) return events;
    for (const framing of this.#reader.push(chunk)) {
      const event = framing.kind === "frame" ? this.#match(framing.frame) : this.#break(framing.why);
      events.push(event);
      if (event.kind === "broken") break;
    }
    return events;
  }

  #match(frame: Frame): SessionEvent {
    const { transaction } = frame;
    const waiting = this.#outstanding.get(transaction);
    if (!waiting) {
      if (this.#wasGiven(transaction)) return { kind: "stray", transaction };
      return this.#break(`an answer to transaction ${transaction}, which was never asked`);
    }
    this.#outstanding.delete(transaction);
    if (frame.unitId !== waiting.unitId) {
      const why = `unit ${frame.unitId} instead of ${waiting.unitId}`;
      return { kind: "answer", transaction, answer: { kind: "malformed", why } };
    }
    return { kind: "answer", transaction, answer: decodeAnswer(waiting.request, frame.pdu) };
  }

  #wasGiven(transaction: number): boolean {
    const age = (this.#next - 1 - transaction + 2 * idSpace) % idSpace;
    return age < Math.min(this.#given, memory);
  }

  #advance(): void {
    this.#next = (this.#next + 1) % idSpace;
    this.#given++;
  }

  #break(why: string): SessionEvent {
    this.#broken = true;
    return { kind: "broken", why };
  }
}
