import type { Duplex } from "node:stream";

/** Readers with something to leave at the end of this turn of the loop. */
let leaving: Outgoing[] = [];

function leaveAfterThisTurn(outgoing: Outgoing): void {
  if (leaving.push(outgoing) > 1) return;
  setImmediate(() => {
    const all = leaving;
    leaving = [];
    for (const each of all) each.leave();
  });
}

/** Of a WebSocket: 1 is open. */
const open = 1;

/**
 * What is on its way to one reader. What a turn of the loop says leaves in one write at its end: a write wakes
 * somebody, and a device is not to wait for that. Nearly always that is one frame, which then passes by all of the
 * stream's own queueing; what `ws` writes meanwhile is a ping, which may stand between any two frames (RFC 6455
 * §5.4), or the close, after which nothing may follow.
 */
export class Outgoing {
  readonly #socket: { readonly readyState: number };
  readonly #stream: Duplex;
  #first: Buffer | undefined;
  #more: Buffer[] | undefined;
  #waiting = 0;
  /** The stream kept something back. Where it did not, it need not be asked: only we give it more than a ping. */
  #stuck = false;

  constructor(socket: { readonly readyState: number }, stream: Duplex) {
    this.#socket = socket;
    this.#stream = stream;
  }

  /** Not yet with the operating system. */
  get bytes(): number {
    return this.#stuck ? this.#waiting + this.#stream.writableLength : this.#waiting;
  }

  add(frame: Buffer): void {
    this.#waiting += frame.length;
    if (this.#first) {
      this.#more ??= [];
      this.#more.push(frame);
      return;
    }
    this.#first = frame;
    leaveAfterThisTurn(this);
  }

  /** Now, before a close. */
  leave(): void {
    const first = this.#first;
    if (!first) return;
    const more = this.#more;
    this.#first = undefined;
    this.#more = undefined;
    this.#waiting = 0;
    if (this.#socket.readyState !== open || !this.#stream.writable) return;
    if (more) this.#stream.cork();
    this.#stream.write(first);
    if (more) {
      for (const frame of more) this.#stream.write(frame);
      this.#stream.uncork();
    }
    this.#stuck = this.#stream.writableLength > 0;
  }
}
