import { createServer, type Server, type Socket } from "node:net";
import type { Frame } from "./frame.ts";
import { type Framing, framings } from "./framing.ts";
import type { Connection } from "./request-desk.ts";

const mostConnections = 64;
/** Answers that a client does not fetch; beyond it the connection is closed. */
const mostUnsentBytes = 1_048_576;

/** A listener for Modbus TCP, or RTU frames over TCP, whose cable can be pulled and put back. Frames go to `onFrame` in the order of arrival. */
export class ModbusTcpServer {
  readonly #onFrame: (frame: Frame, connection: Connection) => void;
  readonly #host: string;
  readonly #framing: Framing;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #port: number;
  #refused = 0;

  constructor(
    address: { readonly host: string; readonly port: number },
    onFrame: (frame: Frame, connection: Connection) => void,
    framing: Framing = framings.mbap,
  ) {
    this.#framing = framing;
    this.#host = address.host;
    this.#port = address.port;
    this.#onFrame = onFrame;
  }

  /** The port in use; before the first `listen` the one asked for. */
  get port(): number {
    return this.#port;
  }

  get state(): { listening: boolean; connections: number; refusedConnections: number } {
    return {
      listening: this.#server !== undefined,
      connections: this.#sockets.size,
      refusedConnections: this.#refused,
    };
  }

  /** Opens the port; a second call does nothing. Rejects with the system's error (EADDRINUSE). Port 0: any, kept from then on. */
  async listen(): Promise<void> {
    if (this.#server !== undefined) return;
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(this.#port, this.#host, resolve);
      });
    } catch (error) {
      this.#server = undefined;
      throw error;
    }
    const address = server.address();
    if (address !== null && typeof address === "object") this.#port = address.port;
  }

  /** Ends every connection and closes the port: new ones are refused. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.resetAndDestroy();
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= mostConnections) {
      this.#refused += 1;
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.setNoDelay(true);
    const splitter = this.#framing.newSplitter();
    const connection = connectionOn(socket);
    socket.on("data", (bytes) => {
      const frames = splitter.push(bytes);
      if (frames === undefined) socket.destroy();
      for (const frame of frames ?? []) this.#onFrame(frame, connection);
    });
    // A client that goes away in the middle is everyday life here; `close` always follows.
    socket.on("error", () => socket.destroy());
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

function connectionOn(socket: Socket): Connection {
  return {
    send(bytes) {
      if (socket.destroyed || !socket.writable) return;
      if (socket.writableLength > mostUnsentBytes) socket.destroy();
      else socket.write(bytes);
    },
    end: () => {
      socket.end();
    },
  };
}
