import type { Duplex } from "node:stream";
import fastifyWebsocket, { type WebSocket } from "@fastify/websocket";
import { PlanciaError } from "../../core/errors.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { originOfRequest } from "../http/identity.ts";
import { livePath } from "../http/server.ts";
import { Outgoing } from "./outgoing.ts";
import type { Peer } from "./session.ts";

export const subprotocol = "plancia.v1";

/**
 * Frames are made once for all readers, so they go to the stream as they are. `ws` itself writes to it
 * at once and in order (nothing is compressed), and keeps the closing, the pings and all that arrives.
 */
function peerOf(socket: WebSocket, stream: Duplex, known: () => void): Peer {
  const outgoing = new Outgoing(socket, stream);
  return {
    get readyState() {
      return socket.readyState;
    },
    get bufferedAmount() {
      return outgoing.bytes;
    },
    send: (frame) => outgoing.add(frame),
    close: (code, reason) => {
      outgoing.leave();
      socket.close(code, reason);
    },
    terminate: () => socket.terminate(),
    ping: () => socket.ping(),
    known,
  };
}

/** `/api/v1/live`. Origin and place are settled at the upgrade, who it is by the first message. */
export async function liveRoutes(app: ApiApp, { live, limits, log, connections }: ApiContext): Promise<void> {
  await app.register(fastifyWebsocket, {
    options: {
      maxPayload: limits.live.messageBytes,
      // A message of ours is small: whole fragments of nothing are an attack.
      maxFragments: 256,
      perMessageDeflate: false,
      clientTracking: true,
      handleProtocols: (offered) => (offered.has(subprotocol) ? subprotocol : false),
    },
    errorHandler(error, _socket, request) {
      log.info({ reason: error.message, address: request.address }, "a socket broke the protocol");
    },
    preClose(done) {
      live.close();
      done();
    },
  });

  app.get(
    livePath,
    {
      websocket: true,
      config: { policy: "first-message" },
      preValidation: async (request) => {
        if (!request.ws) throw new PlanciaError("request/not-found", "This is a WebSocket; open it as one.");
        const offered = request.headers["sec-websocket-protocol"]?.split(",").map((name) => name.trim());
        if (offered !== undefined && !offered.includes(subprotocol)) {
          throw new PlanciaError("request/invalid", `The subprotocol is ${subprotocol}.`);
        }
        if (!live.hasPlace())
          throw new PlanciaError("request/rate-limited", "Too many open sockets.", { retryAfterS: 5 });
      },
    },
    (socket, request) => {
      const stream = request.raw.socket;
      const peer = peerOf(socket, stream, () => connections.prove(stream));
      const session = live.attach(peer, originOfRequest(request));
      socket.on("message", (data: Buffer, isBinary: boolean) => session.received(data, isBinary));
      socket.on("pong", () => session.pong());
      socket.on("error", () => session.broken());
      socket.on("close", () => session.gone());
    },
  );
}
