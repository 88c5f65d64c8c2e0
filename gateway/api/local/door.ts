import { lstatSync, rmSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { localAccount } from "../../core/access/local-account.ts";
import { allows } from "../../core/access/policy.ts";
import { errorCatalogue, PlanciaError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { LocalAnswer, LocalRoute } from "./routes.ts";
import { type SocketPath, socketPath } from "./socket-path.ts";

export interface LocalDoor {
  close(): Promise<void>;
}

export interface LocalDoorSettings {
  /** Its lock is held by us, so a socket that lies there is nobody's any more. */
  readonly dataFolder: string;
  readonly routes: readonly LocalRoute[];
  readonly log: Log;
}

const limits = {
  connections: 16,
  /** All of the request; none has a body. */
  requestMs: 10_000,
  /** Without a byte to a reader that does not read. */
  idleMs: 600_000,
} as const;

const problemType = "application/problem+json";

/**
 * The door for the command line of the same machine: HTTP on a socket in the data folder that only the
 * gateway's own account may open, never on a port. Where it cannot be made the gateway runs without
 * it, and the log says why.
 */
export async function openLocalDoor(settings: LocalDoorSettings): Promise<LocalDoor> {
  const log = settings.log.child({ part: "local door" });
  let at: SocketPath | undefined;
  try {
    at = socketPath(settings.dataFolder);
    if (at === undefined) throw new Error("there is no data folder");
    removeStale(at.path);
    const server = serverFor(settings.routes, log);
    await listen(server, at.path);
    return { close: () => close(server, at) };
  } catch (error) {
    at?.release();
    log.warn({ reason: error instanceof Error ? error.message : String(error) }, "no door for the command line");
    return { close: () => Promise.resolve() };
  }
}

function removeStale(path: string): void {
  if (process.platform === "win32") return;
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isSocket()) rmSync(path);
}

/** Made with mode 0600 from its first moment on, whatever the mode of the folder. */
async function listen(server: Server, path: string): Promise<void> {
  const listening = new Promise<void>((resolve, reject) => {
    server.once("error", reject).once("listening", resolve);
  });
  const mask = process.umask(0o177);
  try {
    // Binds at once, before it returns.
    server.listen(path);
  } finally {
    process.umask(mask);
  }
  await listening;
  if (process.platform !== "win32") await chmod(path, 0o600);
}

async function close(server: Server, at: SocketPath | undefined): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeAllConnections();
  await closed;
  at?.release();
}

function serverFor(routes: readonly LocalRoute[], log: Log): Server {
  const settings = { requestTimeout: limits.requestMs, headersTimeout: limits.requestMs, keepAlive: false };
  const server = createServer(settings, (request, response) => {
    answer(routes, request, response, log).catch((error: unknown) => {
      log.debug({ err: error }, "an answer was broken off");
      response.destroy();
    });
  });
  server.maxConnections = limits.connections;
  server.setTimeout(limits.idleMs);
  return server;
}

async function answer(
  routes: readonly LocalRoute[],
  request: IncomingMessage,
  response: ServerResponse,
  log: Log,
): Promise<void> {
  const over = new AbortController();
  response.once("close", () => over.abort(new Error("the connection is over")));
  response.setHeader("connection", "close");
  let said: LocalAnswer;
  try {
    said = await answerOf(routes, request, over.signal);
  } catch (error) {
    refuse(response, error, log);
    return;
  }
  if (said.kind === "json") {
    end(response, 200, "application/json", said.body);
    return;
  }
  response.writeHead(200, { "content-type": said.type });
  try {
    await pipeline(Readable.from(said.chunks), response);
  } catch (error) {
    // The reader sees an answer without its end; who went away by himself needs no line.
    if (!over.signal.aborted || error instanceof PlanciaError)
      log.warn({ path: request.url, reason: String(error) }, "an answer was broken off");
    response.destroy();
  }
}

async function answerOf(
  routes: readonly LocalRoute[],
  request: IncomingMessage,
  signal: AbortSignal,
): Promise<LocalAnswer> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://local");
  const route = routes.find(({ method, path }) => method === request.method && path === pathname);
  if (!route) throw new PlanciaError("request/not-found", "There is nothing at this address.");
  if (!allows(localAccount, route.policy.permission)) throw new PlanciaError("auth/forbidden", "Not in your role");
  return route.answer(searchParams, signal);
}

function refuse(response: ServerResponse, error: unknown, log: Log): void {
  if (error instanceof PlanciaError) {
    const { http: status } = errorCatalogue[error.code];
    end(response, status, problemType, { code: error.code, status, detail: error.message });
  } else if (!response.destroyed) {
    log.error({ err: error }, "a request failed inside");
    end(response, 500, problemType, { code: "internal", status: 500, detail: "the gateway's log has it" });
  }
}

function end(response: ServerResponse, status: number, type: string, body: unknown): void {
  response.writeHead(status, { "content-type": type });
  response.end(JSON.stringify(body));
}
