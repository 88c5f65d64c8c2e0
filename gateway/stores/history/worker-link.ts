import { type ErrorCode, errorCatalogue, PlanciaError } from "../../core/errors.ts";
import { startThread } from "../../kit/thread.ts";
import type { Failure, FromWorker, Replies, Request, ToWorker } from "./messages.ts";

export interface LinkEvents {
  damage(text: string): void;
  log(level: "info" | "warn" | "error", message: string): void;
  /** The worker is gone, every open request has been rejected. Not after `close`. */
  lost(why: string): void;
}

interface Waiting {
  resolve(result: unknown): void;
  reject(cause: unknown): void;
}

/** One life of the worker: requests with their replies. */
export class WorkerLink {
  readonly #worker = startThread(new URL("./history-worker.ts", import.meta.url), { name: "history" });
  readonly #waiting = new Map<number, Waiting>();
  readonly #events: LinkEvents;
  #nextId = 1;
  #gone = false;
  #closing = false;

  constructor(events: LinkEvents) {
    this.#events = events;
    this.#worker.on("message", (message: FromWorker) => this.#receive(message));
    this.#worker.on("error", (error) => this.#end(error instanceof Error ? error.message : String(error)));
    this.#worker.on("exit", (code) => this.#end(`the historian's thread ended with ${code}`));
  }

  get pending(): number {
    return this.#waiting.size;
  }

  /** @throws what the engine threw; PlanciaError history/unavailable when the worker is gone or the signal fired. */
  call<Type extends Request["type"]>(
    request: Extract<Request, { type: Type }>,
    signal?: AbortSignal,
  ): Promise<Replies[Type]> {
    if (this.#gone) return Promise.reject(unavailable("the historian's thread is gone"));
    this.#closing ||= request.type === "close";
    if (signal?.aborted) return Promise.reject(unavailable("the question was cancelled"));
    const id = this.#nextId++;
    const cancel = (): void => {
      this.#post({ type: "cancel", id });
      this.#settle(id)?.reject(unavailable("the question was cancelled"));
    };
    signal?.addEventListener("abort", cancel, { once: true });
    return new Promise<Replies[Type]>((resolve, reject) => {
      this.#waiting.set(id, { resolve: (result) => resolve(result as Replies[Type]), reject });
      this.#post({ type: "request", id, request });
    }).finally(() => signal?.removeEventListener("abort", cancel));
  }

  #post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiting;
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "reply":
        this.#settle(message.id)?.resolve(message.result);
        break;
      case "failure":
        this.#settle(message.id)?.reject(errorOf(message.failure));
        break;
      case "damage":
        this.#events.damage(message.text);
        break;
      case "log":
        this.#events.log(message.level, message.message);
    }
  }

  #end(why: string): void {
    if (this.#gone) return;
    this.#gone = true;
    for (const waiting of this.#waiting.values()) waiting.reject(unavailable(why));
    this.#waiting.clear();
    // A thread that was asked to close ends by itself, sometimes before its answer was looked at.
    if (!this.#closing) this.#events.lost(why);
  }

  /** Ends the thread, whatever it does. */
  async terminate(): Promise<void> {
    this.#gone = true;
    for (const waiting of this.#waiting.values()) waiting.reject(unavailable("the history was closed"));
    this.#waiting.clear();
    await this.#worker.terminate();
  }
}

function unavailable(detail: string): PlanciaError {
  return new PlanciaError("history/unavailable", detail);
}

function errorOf(failure: Failure): Error {
  const isOurs = failure.code !== undefined && Object.hasOwn(errorCatalogue, failure.code);
  return isOurs ? new PlanciaError(failure.code as ErrorCode, failure.message) : new Error(failure.message);
}
