import { PlanciaError } from "../../core/errors.ts";
import { RoundTrips } from "../../kit/round-trips.ts";
import { type ClientSecureChannelLayer, layerPatienceMs, type Request } from "./node-opcua.ts";
import { secureLayer, type WireSettings } from "./secure-layer.ts";
import { connectError, plainWords } from "./words.ts";

/**
 * `answer`: a response whose service result is not Bad. `refused`: the server said no to the request as a whole.
 * `silent`: no answer in time. `lost`: the connection went; without `sentAtMs` no byte had left.
 */
export type Reply<R> =
  | { readonly kind: "answer"; readonly response: R; readonly sentAtMs: number }
  | { readonly kind: "refused"; readonly status: number; readonly name: string; readonly sentAtMs: number }
  | { readonly kind: "silent"; readonly sentAtMs: number }
  | { readonly kind: "lost"; readonly sentAtMs: number | undefined; readonly why: string };

interface Answered {
  readonly responseHeader?: { readonly serviceResult: { readonly value: number; readonly name: string } };
}
type FaultyError = Error & { readonly response?: Answered };

/** Requests in a row that found no answer, with no byte in between, after which the server is taken for dead. */
const muteAfter = 3;
/** Requests that may wait for their answers; beyond, the server is taken for broken. */
const openLimit = 2_000;

/** One secure channel: requests out, replies in, and its end told once. Knows nothing of sessions. */
export class Wire {
  readonly #settings: WireSettings;
  readonly #channel: ClientSecureChannelLayer;
  readonly #roundTrips = new RoundTrips();
  readonly #open = new Set<(why: string) => void>();
  readonly #hints = new WeakMap<object, number>();
  #onEnd: ((why: string) => void) | undefined;
  #ended: string | undefined;
  #mute = 0;
  #heardAtMs: number;
  #counts = { requests: 0, failures: 0, timeouts: 0, late: 0 };

  private constructor(settings: WireSettings) {
    this.#settings = settings;
    this.#heardAtMs = settings.clock.monotonicMs();
    this.#channel = secureLayer(settings);
    this.#channel.on("receive_chunk", () => {
      this.#heardAtMs = settings.clock.monotonicMs();
      this.#mute = 0;
    });
    // The layer writes its own patience into the header; the server shall know ours, so that it may drop what nobody awaits.
    this.#channel.on("send_request", (request) => {
      request.requestHeader.timeoutHint = this.#hints.get(request) ?? request.requestHeader.timeoutHint;
    });
    this.#channel.on("close", (error) => this.lose(error ? plainWords(error) : "the server closed the connection"));
    this.#channel.on("timed_out_request", () => this.lose("a request was never answered"));
  }

  /** @throws PlanciaError device/connection-lost or device/untrusted (the server refuses our certificate). */
  static async open(settings: WireSettings, signal: AbortSignal): Promise<Wire> {
    const wire = new Wire(settings);
    await new Promise<void>((resolve, reject) => {
      const giveUp = () => {
        cancelTimer();
        signal.removeEventListener("abort", giveUp);
        wire.kill("no connection in time");
        reject(new PlanciaError("device/connection-lost", `${settings.endpoint}: no connection in time`));
      };
      const cancelTimer = settings.timers.after(settings.timeoutMs, giveUp);
      if (signal.aborted) return giveUp();
      signal.addEventListener("abort", giveUp, { once: true });
      wire.#channel.create(settings.endpoint, (error) => {
        cancelTimer();
        signal.removeEventListener("abort", giveUp);
        if (!error) return resolve();
        wire.kill(plainWords(error));
        reject(connectError(error, settings));
      });
    });
    return wire;
  }

  /** Called once when the connection is gone, not after `close` or `kill`. */
  onEnd(told: (why: string) => void): void {
    this.#onEnd = told;
    if (this.#ended !== undefined) told(this.#ended);
  }

  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  get heardAtMs(): number {
    return this.#heardAtMs;
  }

  get waiting(): number {
    return this.#open.size;
  }

  get counts() {
    const { bytesRead, bytesWritten } = this.#channel;
    return { ...this.#counts, bytesIn: bytesRead, bytesOut: bytesWritten };
  }

  get roundTripMs() {
    return this.#roundTrips.summary();
  }

  /**
   * Sends at once: when this returns, the bytes have been handed to the system. Never rejects.
   * @param measured whether its round trip says something of the server; a publish request's does not.
   */
  request<R>(request: Request, timeoutMs: number, measured: "measured" | "held" = "measured"): Promise<Reply<R>> {
    return new Promise((resolve) => {
      if (this.#ended !== undefined) return resolve({ kind: "lost", sentAtMs: undefined, why: this.#ended });
      if (this.#open.size >= openLimit) {
        this.lose(`${openLimit} requests wait for an answer`);
        return resolve({ kind: "lost", sentAtMs: undefined, why: this.#ended ?? "" });
      }
      const { clock, timers } = this.#settings;
      const sentAtMs = clock.monotonicMs();
      const settle = (reply: Reply<R>) => {
        cancelTimer();
        this.#open.delete(end);
        if (reply.kind !== "answer") this.#counts.failures++;
        else if (measured === "measured") this.#roundTrips.add(clock.monotonicMs() - sentAtMs);
        resolve(reply);
      };
      const end = (why: string) => settle({ kind: "lost", sentAtMs, why });
      const cancelTimer = timers.after(timeoutMs, () => {
        settle({ kind: "silent", sentAtMs });
        this.#timedOut();
      });
      this.#open.add(end);
      this.#send(request, timeoutMs, (error, response) => {
        if (!this.#open.has(end)) this.#counts.late++;
        else settle(replyOf<R>(error, response, sentAtMs));
      });
    });
  }

  /** Ends it in the protocol's way (CloseSecureChannel). Never throws; `onEnd` is not called. */
  async close(): Promise<void> {
    this.#onEnd = undefined;
    if (!this.#finish("the channel is closed")) return;
    await new Promise<void>((resolve) => this.#channel.close(() => resolve()));
  }

  /** Ends it at once, without a word to the server; `onEnd` is not called. */
  kill(why: string): void {
    this.#onEnd = undefined;
    this.#finish(why);
    this.#channel.dispose();
  }

  /** Ends it at once because it is of no use any more, and tells. */
  lose(why: string): void {
    if (!this.#finish(why)) return;
    this.#channel.dispose();
    this.#onEnd?.(why);
  }

  #send(request: Request, timeoutMs: number, done: (error: Error | null, response?: unknown) => void): void {
    this.#counts.requests++;
    this.#hints.set(request, timeoutMs);
    request.requestHeader.timeoutHint = Math.max(layerPatienceMs, 2 * timeoutMs);
    try {
      this.#channel.performMessageTransaction(request, done);
    } catch (error) {
      // What cannot be encoded leaves half a request in the layer's books: a new channel is the clean way on.
      this.lose(`a request cannot be encoded: ${plainWords(error as Error)}`);
    }
  }

  #timedOut(): void {
    this.#counts.timeouts++;
    this.#mute++;
    // A pulled cable keeps TCP silent for minutes; a new connection finds the server as soon as it is back.
    if (this.#mute >= muteAfter) this.lose(`${muteAfter} requests without an answer`);
  }

  #finish(why: string): boolean {
    if (this.#ended !== undefined) return false;
    this.#ended = why;
    for (const end of [...this.#open]) end(why);
    return true;
  }
}

function replyOf<R>(error: FaultyError | null, response: unknown, sentAtMs: number): Reply<R> {
  const header = (error?.response ?? (response as Answered | undefined))?.responseHeader;
  if (header && header.serviceResult.value >>> 30 >= 2) {
    const { value, name } = header.serviceResult;
    return { kind: "refused", status: value >>> 0, name, sentAtMs };
  }
  if (error || !header) return { kind: "lost", sentAtMs, why: plainWords(error ?? new Error("no answer")) };
  return { kind: "answer", response: response as R, sentAtMs };
}
