import { parentPort, workerData } from "node:worker_threads";
import { PlanciaError } from "../../core/errors.ts";
import type { CallAnswer, CallFailure, CallRequest } from "./calls.ts";
import { openRecordsFile } from "./records-file.ts";

/** The thread that owns the records file. Calls run one after the other, in the order in which they came. */
const port = parentPort;
if (port === null) throw new Error("worker.ts runs in a worker thread only");

const { file } = workerData as { readonly file: string };
let answers: CallAnswer[] = [];
/** What ends together is told together. */
const answer = (one: CallAnswer) => {
  if (answers.push(one) > 1) return;
  queueMicrotask(() => {
    port.postMessage(answers);
    answers = [];
  });
};

try {
  const records = await openRecordsFile(file);
  port.on("message", (asked: readonly CallRequest[] | "close") => {
    if (asked === "close") void records.close().finally(() => setImmediate(() => port.close()));
    else for (const request of asked) void serve(request);
  });
  const serve = async (request: CallRequest): Promise<void> => {
    try {
      answer({ id: request.id, value: await records.call(request) });
    } catch (error) {
      answer({ id: request.id, failure: failureOf(error) });
    }
  };
  answer({ id: 0, value: undefined });
} catch (error) {
  answer({ id: 0, failure: failureOf(error) });
  setImmediate(() => port.close());
}

function failureOf(error: unknown): CallFailure {
  const known = error instanceof PlanciaError ? error : undefined;
  return {
    code: known?.code,
    message: error instanceof Error ? error.message : String(error),
    stack: error instanceof Error ? error.stack : undefined,
    retryAfterS: known?.retryAfterS,
  };
}
