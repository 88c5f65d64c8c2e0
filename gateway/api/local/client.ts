import { type IncomingMessage, request } from "node:http";
import { type ErrorCode, errorCatalogue, PlanciaError } from "../../core/errors.ts";
import { socketPath } from "./socket-path.ts";

export interface LocalQuestion {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly query: readonly (readonly [string, string])[];
}

/** Until the answer begins: of what is known already, and of what has to be made first, such as the copies of a backup. */
const patience = { jsonMs: 30_000, streamMs: 3_600_000 } as const;
const largestJson = 64 * 1024 * 1024;

/**
 * Asks the gateway that runs on a data folder. undefined: none does. @throws PlanciaError what the
 * gateway answered; auth/forbidden where the account may not; store/unavailable where the answer
 * has no end.
 */
export async function askGateway(
  dataFolder: string,
  question: LocalQuestion,
  firstByteMs: number = patience.streamMs,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const at = socketPath(dataFolder);
  if (at === undefined) return undefined;
  try {
    const answer = await send(at.path, question, firstByteMs);
    if (answer === undefined) return undefined;
    if (answer.statusCode === 200) return chunksOf(answer);
    throw problemOf(answer.statusCode, await textOf(answer));
  } catch (error) {
    throw askingError(dataFolder, error);
  } finally {
    at.release();
  }
}

/** The same for a question whose answer is JSON; what stands in it is the gateway's word. */
export async function askGatewayJson<Body>(dataFolder: string, question: LocalQuestion): Promise<Body | undefined> {
  const chunks = await askGateway(dataFolder, question, patience.jsonMs);
  if (chunks === undefined) return undefined;
  return JSON.parse(await textOf(chunks)) as Body;
}

function send(
  socket: string,
  { method, path, query }: LocalQuestion,
  firstByteMs: number,
): Promise<IncomingMessage | undefined> {
  const search = new URLSearchParams(query.map(([key, value]): [string, string] => [key, value])).toString();
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath: socket, method, path: search === "" ? path : `${path}?${search}` });
    asking.setTimeout(firstByteMs, () => asking.destroy(silent()));
    asking.once("response", resolve);
    asking.once("error", (error: NodeJS.ErrnoException) => {
      // No socket, or one that a killed gateway left behind.
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else reject(error);
    });
    asking.end();
  });
}

async function* chunksOf(answer: IncomingMessage): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer) yield chunk as Uint8Array;
  } catch (cause) {
    const detail = "the gateway broke off its answer; its log says why";
    throw new PlanciaError("store/unavailable", detail, { cause });
  }
}

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > largestJson) throw new PlanciaError("request/too-large", "the gateway's answer is too large");
    parts.push(chunk);
  }
  return Buffer.concat(parts).toString("utf8");
}

function silent(): PlanciaError {
  return new PlanciaError("store/unavailable", "the gateway is there and does not answer");
}

/** A refusal of the HTTP layer itself has no document. */
function problemOf(status: number | undefined, text: string): Error {
  const isDocument = text.startsWith("{");
  const { code, detail } = (isDocument ? JSON.parse(text) : {}) as { code?: unknown; detail?: unknown };
  const words = String(detail ?? `the gateway refused (${status})`);
  const known = typeof code === "string" && Object.hasOwn(errorCatalogue, code);
  return known ? new PlanciaError(code as ErrorCode, words) : new Error(words);
}

function askingError(dataFolder: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== "EACCES" && code !== "EPERM") return error;
  const detail = `the gateway on ${dataFolder} runs under another account; run this command under that one`;
  return new PlanciaError("auth/forbidden", detail, { cause: error });
}
