import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest, FastifyServerOptions } from "fastify";
import type { ErrorCode } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { ApiLimits } from "../limits.ts";
import { answerWithProblem, problemDocument, problemType } from "./problems.ts";

/** The one address that is ever upgraded. */
export const livePath = "/api/v1/live";

/** PEM. */
export interface ServerTls {
  readonly key: string | Buffer;
  readonly cert: string | Buffer;
}

/**
 * S12: TLS 1.2 and 1.3, forward secrecy and authenticated encryption alone (RFC 9325 §4.2). To be said
 * again with each new certificate: a server that is given one forgets what is not.
 */
export function secureSettings({ key, cert }: ServerTls) {
  return { key, cert, minVersion: "TLSv1.2", ciphers: cipherSuites.join(":"), honorCipherOrder: true } as const;
}

const cipherSuites = [
  "TLS_AES_256_GCM_SHA384",
  "TLS_CHACHA20_POLY1305_SHA256",
  "TLS_AES_128_GCM_SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
];

/** Node's and fastify's own settings: time-outs and bounds that hold before any of our code runs. */
export function serverOptions(limits: ApiLimits, tls: ServerTls | undefined, log: Log): FastifyServerOptions {
  const node = {
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    // Node looks every 30 s otherwise, and a slow crowd lives that much longer.
    connectionsCheckingInterval: 1000,
    keepAliveTimeout: 72_000,
    maxHeaderSize: 16 * 1024,
    // Any other upgrade (another path, h2c) is answered as the plain request that it also is, and
    // never leaves Node's own time-outs.
    shouldUpgradeCallback: (request: IncomingMessage) =>
      request.headers.upgrade?.toLowerCase() === "websocket" && request.url?.split("?", 1)[0] === livePath,
  };
  const options = {
    logger: false,
    exposeHeadRoutes: false,
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestMs,
    forceCloseConnections: true,
    return503OnClosing: true,
    routerOptions: { maxParamLength: 200, caseSensitive: true },
    onProtoPoisoning: "error",
    onConstructorPoisoning: "error",
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      answerWithProblem(log)(error, request, reply);
    },
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => refuseRaw(error, socket, log),
    ...(tls ? { https: { ...node, ...secureSettings(tls), handshakeTimeout: limits.headersMs } } : { http: node }),
  };
  // Fastify's types know `https` and the settings of Node's server for one kind of server at a time; here it is either.
  return options as unknown as FastifyServerOptions;
}

const rawRefusals = new Map<string, readonly [number, ErrorCode, string]>([
  ["ERR_HTTP_REQUEST_TIMEOUT", [408, "request/timeout", "The request took too long to arrive."]],
  ["HPE_HEADER_OVERFLOW", [431, "request/too-large", "The headers are larger than is taken here."]],
]);

/** What is no HTTP at all is answered once and cut, before there is a request (smuggling, slow headers). */
function refuseRaw(error: NodeJS.ErrnoException, socket: Socket, log: Log): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, code, detail] = rawRefusals.get(error.code ?? "") ?? [
    400,
    "request/invalid",
    "This is not well-formed HTTP.",
  ];
  log.info({ reason: error.code, address: socket.remoteAddress }, "a request that is no HTTP was refused");
  const body = JSON.stringify({ ...problemDocument(code, detail), status });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
