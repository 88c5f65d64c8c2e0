import { decodeRequest, isWriteFunction } from "./request.ts";

/** What the device did with a write. `ignored`: answered as done, old value kept (fault `falsify readback`). */
export type WriteOutcome = "done" | "refused" | "dropped" | "ignored";

/** One write as it came over the wire, whether it was carried out or not. */
export interface LoggedWrite {
  /** From 1, without gaps. */
  readonly seq: number;
  /** Monotonic, ms since the process started. */
  readonly atMs: number;
  readonly unitId: number;
  readonly function: number;
  readonly address: number;
  /** Bits as true or false, registers as 0..65535; for function 22 the and-mask and the or-mask. */
  readonly values: readonly (number | boolean)[];
  readonly outcome: WriteOutcome;
  /** Exception code of a refused write. */
  readonly exception?: number;
  /** False where the answer was lost on purpose. */
  readonly answered: boolean;
}

/** Remembers the writes received, newest 10,000; `count` counts all of them. */
export class WriteLog {
  readonly #writes: LoggedWrite[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The writes after number `seq`, oldest first. */
  since(seq: number): readonly LoggedWrite[] {
    return this.#writes.filter((write) => write.seq > seq);
  }

  all(): readonly LoggedWrite[] {
    return [...this.#writes];
  }

  record(unitId: number, pdu: Buffer, fate: Pick<LoggedWrite, "outcome" | "exception" | "answered">): void {
    if (!isWriteFunction(pdu[0] ?? 0)) return;
    this.#count += 1;
    this.#writes.push({ seq: this.#count, atMs: performance.now(), unitId, ...described(pdu), ...fate });
    if (this.#writes.length > 10_000) this.#writes.shift();
  }
}

function described(pdu: Buffer): Pick<LoggedWrite, "function" | "address" | "values"> {
  const head = { function: pdu[0] ?? 0, address: pdu.length >= 3 ? pdu.readUInt16BE(1) : -1 };
  try {
    const request = decodeRequest(pdu);
    if (request.kind === "write-bits") return { ...head, values: request.bits };
    if (request.kind === "write-words") return { ...head, values: request.words };
    if (request.kind === "mask-word") return { ...head, values: [request.and, request.or] };
    return { ...head, values: [] };
  } catch {
    // A malformed write counts as a write received; it just has no values to show.
    return { ...head, values: [] };
  }
}
