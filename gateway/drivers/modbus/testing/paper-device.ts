import type { ManualTime } from "../../../kit/testing/manual-time.ts";
import { encodeFrame } from "../../../protocols/modbus/mbap.ts";
import { Bus } from "../bus.ts";
import type { Overtaking } from "../overtaking.ts";

/** One request as it came over the wire. */
export interface Heard {
  readonly unitId: number;
  readonly pdu: string;
}

/** The answer's function code and data in hex; undefined: silence. */
export type Behaviour = (request: Heard) => string | undefined;

/** A device on paper: answers at once, or when the test says so, from a function of the request. */
export class PaperDevice {
  readonly heard: Heard[] = [];
  readonly broken: string[] = [];
  readonly bus: Bus;
  /** While false the wire takes nothing more, as with a full send buffer. */
  free = true;
  /** Answers held back until `release`. */
  held: (() => void)[] | undefined;
  readonly #behaviour: Behaviour;

  constructor(
    time: ManualTime,
    behaviour: Behaviour,
    more: { depth?: number; pauseMs?: number; overtaking?: Overtaking } = {},
  ) {
    this.#behaviour = behaviour;
    const { depth = 1, pauseMs = 0, overtaking } = more;
    this.bus = new Bus({
      clock: time,
      timers: time,
      overtaking,
      depth,
      depthOf: () => depth,
      pauseOf: () => pauseMs,
      onBroken: (why) => this.broken.push(why),
    });
    this.bus.attach({ isFree: () => this.free, write: (bytes) => this.#take(bytes) });
  }

  /** The requests so far, as hex without unit. */
  get requests(): string[] {
    return this.heard.map(({ pdu }) => pdu);
  }

  release(): void {
    for (const answer of this.held?.splice(0) ?? []) answer();
  }

  #take(bytes: Uint8Array): void {
    const transaction = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
    const unitId = bytes[6] ?? 0;
    const request = { unitId, pdu: Buffer.from(bytes.subarray(7)).toString("hex") };
    this.heard.push(request);
    const said = this.#behaviour(request);
    if (said === undefined) return;
    const answer = () => this.bus.receive(encodeFrame({ transaction, unitId, pdu: Buffer.from(said, "hex") }));
    if (this.held) this.held.push(answer);
    else queueMicrotask(answer);
  }
}
