import type { Caller } from "../../core/access/policy.ts";
import type { UserRecord } from "../../core/records-port.ts";
import type { Origin } from "../../services/use-cases.ts";
import type { ServerMessage } from "../wire/live.ts";
import { frameOf, joined } from "./frames.ts";
import type { Group, Member } from "./group.ts";

/** What is used of a WebSocket. */
export interface Peer {
  readonly readyState: number;
  /** Bytes that wait for the reader. */
  readonly bufferedAmount: number;
  /** Takes a whole wire frame; never throws. */
  send(frame: Buffer): void;
  close(code: number, reason: string): void;
  terminate(): void;
  ping(): void;
  /** Somebody has proven on it who he is. */
  known?(): void;
}

/** Close codes of our own (4000–4999), and why. */
export const closeCode = {
  goingAway: 1001,
  protocol: 1002,
  malformed: 4400,
  signInEnded: 4401,
  fellBehind: 4408,
  tooMuch: 4429,
  rightsUnknown: 4503,
} as const;

export interface Subscription {
  readonly id: number;
  readonly patterns: readonly string[];
  readonly intervalMs: number;
  /** Sorted. */
  handles: readonly number[];
  place: { group: Group; member: Member };
}

const open = 1;

/** One socket: who it is, what it wants, how far it has come. */
export class LiveSession {
  readonly origin: Origin;
  readonly subscriptions = new Map<number, Subscription>();
  identity: { caller: Caller; user: UserRecord } | undefined;
  /** Monotonic ms at which the access token ends. */
  deadlineMs = Number.POSITIVE_INFINITY;
  /** UTC ms of the next beginning or end of a slot; Infinity for staff. */
  edgeMs = Number.POSITIVE_INFINITY;
  /** Number of the last event that was sent or not meant for this reader. */
  eventCursor = 0;
  /** Machines that the caller may see; undefined before it is known who it is. */
  equipment: ReadonlySet<string> | undefined;
  /** Devices whose link the caller may see. */
  devices: readonly string[] = [];
  /** Says that this page is gone to whoever counts on it (R40). */
  absent: () => void = () => undefined;
  answeredPing = true;
  malformed = 0;
  ended = false;
  readonly #peer: Peer;
  readonly #bufferBytes: number;
  readonly #gate: (session: LiveSession) => boolean;
  readonly #onEnd: (session: LiveSession) => void;
  #held: Buffer | undefined;

  constructor(options: {
    peer: Peer;
    origin: Origin;
    /** Bytes waiting before the reader counts as slow. */
    bufferBytes: number;
    /** Looks at rights and deadline right before something leaves. */
    gate: (session: LiveSession) => boolean;
    /** Called once, at the first end. */
    onEnd: (session: LiveSession) => void;
  }) {
    this.#peer = options.peer;
    this.origin = options.origin;
    this.#bufferBytes = options.bufferBytes;
    this.#gate = options.gate;
    this.#onEnd = options.onEnd;
  }

  /** The caller of a session that said who it is. */
  get caller(): Caller | undefined {
    return this.identity?.caller;
  }

  /** Somebody has said who he is, and has proven it. */
  known(): void {
    this.#peer.known?.();
  }

  isSlow(): boolean {
    return this.#peer.bufferedAmount > this.#bufferBytes;
  }

  mayReceive(): boolean {
    return !this.ended && this.#gate(this) && !this.ended;
  }

  /** At once, and what was held back with it, in one write. */
  send(frame: Buffer): void {
    const held = this.#held;
    this.#held = undefined;
    if (!this.ended && this.#peer.readyState === open) this.#peer.send(held ? joined(held, frame) : frame);
  }

  /** Leaves with the next frame, or with `release`. */
  hold(frame: Buffer): void {
    this.#held = frame;
  }

  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held) this.send(held);
  }

  tell(message: ServerMessage): void {
    this.send(frameOf(message));
  }

  ping(): void {
    if (!this.ended && this.#peer.readyState === open) this.#peer.ping();
  }

  /** Says why and takes nothing more; who does not answer the close is cut off by the hub. */
  end(code: number, reason: string): void {
    if (this.ended) return;
    this.ended = true;
    this.#peer.close(code, reason);
    this.#onEnd(this);
  }

  /** The other side is gone, or does not answer. */
  cut(): void {
    this.#peer.terminate();
    if (this.ended) return;
    this.ended = true;
    this.#onEnd(this);
  }
}
