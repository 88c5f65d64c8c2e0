import { type MessagePort, parentPort } from "node:worker_threads";
import { PlanciaError } from "../../core/errors.ts";
import type { HistoryQuery } from "../../core/history-port.ts";
import { HistoryEngine } from "./engine.ts";
import type { Failure, FromWorker, PackedAnswer, Request, SampleBlock, ToWorker } from "./messages.ts";
import { packAnswer } from "./packed-answer.ts";
import { packFeed } from "./packed-feed.ts";
import { unpackValues } from "./packed-values.ts";
import { reason } from "./recovery.ts";

/** The worker's side: messages in, engine calls, replies out. A commit waits for no question longer than this. */
const sliceMs = 8;
const port = ownPort();

const cancelled = new Set<number>();
const running = new Set<number>();
let engine: HistoryEngine | undefined;

const send = (message: FromWorker): void => port.postMessage(message);

port.on("message", (message: ToWorker) => {
  if (message.type === "cancel") {
    if (running.has(message.id)) cancelled.add(message.id);
    return;
  }
  const { id, request } = message;
  answer(id, request).then(
    (result) => send({ type: "reply", id, result }),
    (cause: unknown) => send({ type: "failure", id, failure: failureOf(cause) }),
  );
});

function ownPort(): MessagePort {
  if (!parentPort) throw new Error("this is the historian's worker, it is not run by itself");
  return parentPort;
}

async function answer(id: number, request: Request): Promise<unknown> {
  switch (request.type) {
    case "open":
      return open(request);
    case "commit":
      return opened().commit(rowsOf(request.block), request.nowMs);
    case "query":
      return question(id, request.query, request.nowMs);
    case "feed":
      return packFeed(opened().feed(request.forwarder, request.limit));
    case "advance":
      return engine?.advance(request.forwarder, request.place);
    case "close":
      engine?.close(request.nowMs);
      engine = undefined;
      // Nothing more is to come: the thread ends by itself.
      setImmediate(() => port.close());
      return undefined;
  }
}

function open(request: Extract<Request, { type: "open" }>) {
  const reports = {
    damage: (text: string) => send({ type: "damage", text }),
    warn: (message: string) => send({ type: "log", level: "warn", message }),
  };
  engine = new HistoryEngine(request.folder, request.tags, reports, request.forwarders);
  return engine.open(request.nowMs);
}

function opened(): HistoryEngine {
  if (!engine) throw new PlanciaError("history/unavailable", "the history is not open");
  return engine;
}

function rowsOf(block: SampleBlock) {
  const { handles, times, statuses, values } = block;
  return { handles, times, statuses, values: unpackValues(values) };
}

async function question(id: number, query: HistoryQuery, nowMs: number): Promise<PackedAnswer> {
  running.add(id);
  let since = performance.now();
  try {
    const breathe = async (): Promise<void> => {
      if (performance.now() - since < sliceMs) return;
      await new Promise((resolve) => setImmediate(resolve));
      since = performance.now();
      if (cancelled.has(id)) throw new PlanciaError("history/unavailable", "the question was cancelled");
    };
    return packAnswer(await opened().query(query, nowMs, breathe));
  } finally {
    running.delete(id);
    cancelled.delete(id);
  }
}

function failureOf(cause: unknown): Failure {
  return { code: cause instanceof PlanciaError ? cause.code : undefined, message: reason(cause) };
}
