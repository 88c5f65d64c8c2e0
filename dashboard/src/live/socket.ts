import type { ClientMessage, ServerMessage } from "../api/wire.ts";
import type { Sign } from "./presence.ts";

/**
 * `connecting`: never been live. `live`: beats arrive and every value is of this connection.
 * `wavering`: no connection, the last beat is younger than `lostMs`. `lost`: what is shown is the past.
 */
export type LinkPhase = "connecting" | "live" | "wavering" | "lost";

export interface Wire {
  send(text: string): void;
  close(): void;
}

export interface WireEvents {
  opened(): void;
  received(text: string): void;
  closed(code: number): void;
}

export interface SocketDeps {
  open(events: WireEvents): Wire;
  /** Monotonic milliseconds. */
  now(): number;
  after(ms: number, action: () => void): () => void;
  /** 0 to 1. */
  random(): number;
  /** A valid access token. Rejects when there is none to be had now. */
  token(): Promise<string>;
  /** The gateway no longer knows the token: the next one must be new. */
  tokenRefused(): void;
  online(): boolean;
  phase(phase: LinkPhase): void;
  /** A new connection is authenticated: what was known before is the past. */
  begun(): void;
  /** Of whoever sits before the page: asked when the gateway asks. */
  presence(): Sign;
  message(message: ServerMessage): void;
}

export const lostMs = 5_000;
const attemptMs = 8_000;
const firstPauseMs = 500;
const longestPauseMs = 10_000;
const watchMs = 250;
const signInGone = 4401;

/** Before the n-th next attempt (from 0): doubling up to ten seconds, then a random half of it taken off. */
export function pauseMs(attempt: number, random: number): number {
  return Math.min(longestPauseMs, firstPauseMs * 2 ** attempt) * (0.5 + random / 2);
}

/**
 * The life of the WebSocket: token first, subscription, beats, loss and return. It keeps nothing to
 * send later (R4): `send` without a connection does nothing.
 */
export class LiveSocket {
  readonly #deps: SocketDeps;
  readonly #tags: readonly string[];
  #phase: LinkPhase = "connecting";
  #wire: Wire | undefined;
  /** Rises with every connection, so that a late event of an old one is not believed. */
  #generation = 0;
  #attempt = 0;
  #running = false;
  #aliveAt: number;
  #subscribed = false;
  #filled = false;
  #lastSeq: number | undefined;
  /** Of this connection: number of the newest prompt of each machine. */
  readonly #prompts = new Map<string, number>();
  #cancelRetry: (() => void) | undefined;
  #cancelWatch: (() => void) | undefined;

  constructor(deps: SocketDeps, tags: readonly string[]) {
    this.#deps = deps;
    this.#tags = tags;
    this.#aliveAt = deps.now();
  }

  start(): void {
    this.#running = true;
    this.#aliveAt = this.#deps.now();
    this.#watch();
    this.#connect();
  }

  stop(): void {
    this.#running = false;
    this.#cancelRetry?.();
    this.#cancelWatch?.();
    this.#drop();
  }

  /** The browser says that there is no network: lost at once. */
  offline(): void {
    this.#drop();
    this.#cancelRetry?.();
    this.#move("lost");
    // A gateway on this very computer may still be there: only trying tells.
    if (this.#running && this.#deps.online()) this.#again();
  }

  /** The browser says that the network is back: tried at once. */
  online(): void {
    if (!this.#running || this.#wire) return;
    this.#attempt = 0;
    this.#cancelRetry?.();
    this.#connect();
  }

  /** Authenticates again on the open connection, before the old token ends. */
  renew(token: string): void {
    this.#send({ type: "authenticate", token });
  }

  /** Somebody says that they are there (R43): the newest prompts are answered once more, at once. */
  here(): void {
    for (const n of this.#prompts.values()) this.#alive(n);
  }

  /** A person touched the page: what keeps its screen from being locked. */
  active(): void {
    if (this.#subscribed) this.#send({ type: "active" });
  }

  #connect(): void {
    if (!this.#running || !this.#deps.online()) return;
    this.#generation += 1;
    const generation = this.#generation;
    const current = () => generation === this.#generation;
    this.#subscribed = false;
    this.#filled = false;
    this.#prompts.clear();
    this.#wire = this.#deps.open({
      opened: () => current() && this.#authenticate(generation),
      received: (text) => current() && this.#received(text),
      closed: (code) => current() && this.#closed(code),
    });
    this.#cancelRetry = this.#deps.after(attemptMs, () => {
      if (current() && !this.#subscribed) this.#again();
    });
  }

  #authenticate(generation: number): void {
    this.#deps.token().then(
      (token) => generation === this.#generation && this.#enter(token),
      () => generation === this.#generation && this.#again(),
    );
  }

  /** With the last event that was heard, so that those in between follow. */
  #enter(token: string): void {
    this.#send({ type: "authenticate", token, ...(this.#lastSeq === undefined ? {} : { since: this.#lastSeq }) });
  }

  #received(text: string): void {
    const message = decoded(text);
    if (!message) return;
    switch (message.type) {
      case "authenticated":
        if (this.#subscribed) break;
        this.#lastSeq ??= message.seq;
        this.#deps.begun();
        this.#send({ type: "subscribe", id: 1, tags: [...this.#tags], intervalMs: 500 });
        break;
      case "subscribed":
        this.#subscribed = true;
        this.#filled = message.tags.length === 0;
        break;
      case "samples":
        this.#filled = true;
        break;
      case "beat":
        this.#aliveAt = this.#deps.now();
        break;
      case "event":
        this.#lastSeq = message.seq;
        break;
      case "lease-prompt":
        // R40: from the message handler, since timers of a hidden tab sleep.
        this.#prompts.set(message.equipment, message.n);
        this.#alive(message.n);
        break;
      default:
        break;
    }
    this.#deps.message(message);
    if (message.type === "beat" && this.#subscribed && this.#filled) {
      this.#attempt = 0;
      this.#move("live");
    }
  }

  #closed(code: number): void {
    // The gateway no longer knows the token: the next attempt asks for a new one without a long pause.
    if (code === signInGone) {
      this.#attempt = 0;
      this.#deps.tokenRefused();
    }
    this.#again();
  }

  #again(): void {
    this.#drop();
    if (this.#phase === "live") this.#move("wavering");
    if (!this.#running) return;
    this.#cancelRetry?.();
    this.#cancelRetry = this.#deps.after(pauseMs(this.#attempt, this.#deps.random()), () => this.#connect());
    this.#attempt += 1;
  }

  #drop(): void {
    this.#generation += 1;
    this.#wire?.close();
    this.#wire = undefined;
  }

  #watch(): void {
    if (this.#phase !== "lost" && this.#deps.now() - this.#aliveAt >= lostMs) {
      const wasOpen = this.#phase === "live";
      this.#move("lost");
      if (wasOpen) this.#again();
    }
    this.#cancelWatch = this.#deps.after(watchMs, () => this.#watch());
  }

  #alive(n: number): void {
    this.#send({ type: "lease-alive", n, ...this.#deps.presence() });
  }

  #send(message: ClientMessage): void {
    this.#wire?.send(JSON.stringify(message));
  }

  #move(phase: LinkPhase): void {
    if (phase === this.#phase) return;
    this.#phase = phase;
    this.#deps.phase(phase);
  }
}

function decoded(text: string): ServerMessage | undefined {
  try {
    const message: unknown = JSON.parse(text);
    return typeof message === "object" && message !== null && "type" in message
      ? (message as ServerMessage)
      : undefined;
  } catch {
    return undefined;
  }
}
