import { statfsSync } from "node:fs";
import { type MessagePort, parentPort } from "node:worker_threads";
import { PlanciaError } from "../../core/errors.ts";
import type { DiskSpace, HistoryQuery } from "../../core/history-port.ts";
import { HistoryEngine } from "./engine.ts";
import type { Failure, FromWorker, PackedAnswer, Request, SampleBlock, ToWorker } from "./messages.ts";
import { packAnswer } from "./packed-answer.ts";
import { packFeed } from "./packed-feed.ts";
import { unpackValues } from "./packed-values.ts";
import { reason } from "./recovery.ts";

/** The worker's side: messages in, engine calls, replies out. A commit waits for no question longer than this. */
const sliceMs = 8;
const retainEveryMs = 200;
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
      return commit(request);
    case "storage":
      return opened().storage(request.nowMs);
    case "query":
      return question(id, request.query, request.nowMs);
    case "feed":
      return packFeed(opened().feed(request.forwarder, request.limit));
    case "advance":
      return engine?.advance(request.forwarder, request.place);
    case "close":
      clearTimeout(retaining);
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
  const keep = request.keep && { settings: request.keep, space: () => spaceIn(request.folder) };
  engine = new HistoryEngine(request.folder, request.tags, reports, request.forwarders, keep);
  const size = engine.open(request.nowMs);
  retainSoon(request.nowMs, retainEveryMs);
  return size;
}

function commit({ block, nowMs }: Extract<Request, { type: "commit" }>) {
  const result = opened().commit(rowsOf(block), nowMs);
  retainSoon(nowMs, 0);
  return result;
}

let retaining: NodeJS.Timeout | undefined;

/** After the answer, so that nobody waits for what is taken out; slice by slice while there is more. */
function retainSoon(nowMs: number, afterMs: number): void {
  retaining ??= setTimeout(() => {
    retaining = undefined;
    if (engine?.retain(nowMs)) retainSoon(nowMs, retainEveryMs);
  }, afterMs);
}

function spaceIn(folder: string): DiskSpace | undefined {
  try {
    const { bavail, blocks, bsize } = statfsSync(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  } catch (cause) {
    send({ type: "log", level: "warn", message: `how full the disk is cannot be told: ${reason(cause)}` });
    return undefined;
  }
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
