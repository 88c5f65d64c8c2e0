import type { Worker } from "node:worker_threads";
import { type ErrorCode, errorCatalogue, PlanciaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import { Slices } from "../../kit/slices.ts";
import { startThread } from "../../kit/thread.ts";
import type { CallAnswer, CallFailure, CallRequest, RecordStores } from "./calls.ts";

export interface CallSettings {
  readonly file: string;
  readonly log: Log;
  /** Longest wait for an answer, ms. */
  readonly timeoutMs: number;
  /** Calls waiting for an answer at the same time; more are refused at once. */
  readonly maxInFlight: number;
}

export interface CallStatistics {
  readonly calls: number;
  readonly inFlight: number;
  readonly timedOut: number;
  /** Turned away because too many were waiting. */
  readonly refused: number;
  readonly restarts: number;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Answers of one commit go on in turns of so many: what they let go on is a command's checks and its write. */
const answersPerTurn = 8;

/** Between two starts of a worker that died, ms. */
const restartPauseMs = 1_000;

/**
 * The main thread's end of the records worker: matches answers to calls, gives up after the time-out,
 * starts the worker anew when it has died. A call that timed out was mostly dropped unbegun; one that
 * was running by then may still take effect, so the caller must not conclude that it did not.
 */
export class CallClient {
  readonly #settings: CallSettings;
  readonly #waiting = new Map<number, Waiting>();
  readonly #answers = new Slices<CallAnswer>(answersPerTurn, (answer) => this.#settle(answer));
  #asked: CallRequest[] = [];
  #worker: Worker | undefined;
  #startedAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #lastId = 0;
  #timedOut = 0;
  #refused = 0;
  #restarts = 0;

  constructor(settings: CallSettings) {
    this.#settings = settings;
  }

  /** Starts the worker and waits until the file is open. @throws PlanciaError start/*. */
  async open(): Promise<void> {
    const worker = this.#start();
    await new Promise<void>((resolve, reject) => {
      worker.once("message", ([answer]: readonly CallAnswer[]) =>
        answer && "failure" in answer ? reject(errorOf(answer.failure)) : resolve(),
      );
      worker.once("error", reject);
      worker.once("exit", () => reject(unavailable("The records worker ended while opening the file")));
    });
  }

  call(
    area: keyof RecordStores,
    method: string,
    args: readonly unknown[],
    timeoutMs = this.#settings.timeoutMs,
  ): Promise<unknown> {
    if (this.#waiting.size >= this.#settings.maxInFlight) {
      this.#refused++;
      return Promise.reject(unavailable("Too many calls are waiting for the records"));
    }
    const worker = this.#liveWorker();
    if (worker === undefined) return Promise.reject(unavailable("The records are closed or being opened"));
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const timer = setTimeout(() => this.#giveUp(id, `${area}.${method}`), timeoutMs);
      this.#waiting.set(id, { resolve, reject, timer });
      const notAfterNs = process.hrtime.bigint() + BigInt(timeoutMs) * 1_000_000n;
      this.#post(worker, { id, area, method, args, notAfterNs });
    });
  }

  /** What is asked in one breath crosses together, so that it can share a commit. */
  #post(worker: Worker, request: CallRequest): void {
    this.#asked.push(request);
    if (this.#asked.length > 1) return;
    queueMicrotask(() => {
      const requests = this.#asked;
      this.#asked = [];
      worker.postMessage(requests);
    });
  }

  statistics(): CallStatistics {
    return {
      calls: this.#lastId,
      inFlight: this.#waiting.size,
      timedOut: this.#timedOut,
      refused: this.#refused,
      restarts: this.#restarts,
    };
  }

  /** Lets the calls in flight finish, then closes the file; after the time-out of a call the worker is ended. */
  async close(): Promise<void> {
    this.#closed = true;
    const worker = this.#worker;
    if (worker === undefined) return;
    const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    const timer = setTimeout(() => void worker.terminate(), this.#settings.timeoutMs);
    // Behind what was asked in this breath.
    queueMicrotask(() => worker.postMessage("close"));
    await ended;
    clearTimeout(timer);
  }

  #liveWorker(): Worker | undefined {
    if (this.#worker !== undefined || this.#closed) return this.#closed ? undefined : this.#worker;
    if (performance.now() - this.#startedAt < restartPauseMs) return undefined;
    this.#restarts++;
    return this.#start();
  }

  #start(): Worker {
    this.#startedAt = performance.now();
    const worker = startThread(new URL("./worker.ts", import.meta.url), {
      name: "records",
      workerData: { file: this.#settings.file },
    });
    worker.on("message", (answers: readonly CallAnswer[]) => {
      for (const answer of answers) this.#answers.push(answer);
    });
    worker.on("error", (error) => this.#settings.log.error({ err: error }, "the records worker died"));
    worker.on("exit", () => this.#ended(worker));
    this.#worker = worker;
    return worker;
  }

  #ended(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
    // What it had answered is done.
    this.#answers.flush();
    for (const id of [...this.#waiting.keys()]) this.#fail(id, unavailable("The records worker ended"));
  }

  #settle(answer: CallAnswer): void {
    if ("failure" in answer) {
      this.#fail(answer.id, errorOf(answer.failure));
      return;
    }
    this.#take(answer.id)?.resolve(answer.value);
  }

  #giveUp(id: number, what: string): void {
    this.#timedOut++;
    this.#settings.log.warn({ call: what }, "the records did not answer in time");
    this.#fail(id, unavailable("The records did not answer in time"));
  }

  #fail(id: number, error: unknown): void {
    this.#take(id)?.reject(error);
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    clearTimeout(waiting.timer);
    this.#waiting.delete(id);
    return waiting;
  }
}

function unavailable(detail: string): PlanciaError {
  return new PlanciaError("store/unavailable", detail, { retryAfterS: 2 });
}

function errorOf(failure: CallFailure): Error {
  if (failure.code !== undefined && failure.code in errorCatalogue) {
    return new PlanciaError(
      failure.code as ErrorCode,
      failure.message,
      failure.retryAfterS === undefined ? {} : { retryAfterS: failure.retryAfterS },
    );
  }
  const error = new Error(failure.message);
  if (failure.stack !== undefined) error.stack = failure.stack;
  return error;
}
