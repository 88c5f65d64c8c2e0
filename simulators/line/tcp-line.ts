import { createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { joinEnds } from "./joined-ends.ts";

/** What stands between the two ends of the line. */
export interface LineState {
  /** Connections are reset, the port is closed. */
  readonly cut: boolean;
  /** Connections stay and nothing passes either way, as with a process that is stopped; later it all comes at once. */
  readonly hung: boolean;
  /** Answers come so much later, ms. */
  readonly answerDelayMs: number;
}

export const healthyLine: LineState = { cut: false, hung: false, answerDelayMs: 0 };

const mostConnections = 256;

interface Joint {
  readonly outside: Socket;
  follow(): void;
  destroy(): void;
}

/**
 * A TCP listener in front of a server, with a cable that can be pulled, hung and slowed down whatever the
 * protocol is. `dial` gives the server's end of a new connection.
 */
export class TcpLine {
  readonly #host: string;
  readonly #dial: () => Duplex;
  readonly #joints = new Set<Joint>();
  #server: Server | undefined;
  #port: number;
  #state: LineState = healthyLine;
  #refused = 0;
  #turn: Promise<void> = Promise.resolve();

  constructor(address: { readonly host: string; readonly port: number }, dial: () => Duplex) {
    this.#host = address.host;
    this.#port = address.port;
    this.#dial = dial;
  }

  /** The port in use; before the first `listen` the one asked for. */
  get port(): number {
    return this.#port;
  }

  get state() {
    return {
      listening: this.#server !== undefined,
      connections: this.#joints.size,
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

  /** Resets every connection and leaves the port open. */
  resetConnections(): void {
    for (const joint of this.#joints) joint.outside.resetAndDestroy();
  }

  /** Resets every connection and closes the port. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.resetConnections();
    await closed;
  }

  /** Puts the line in this state, one change after the other: a port that is just opening cannot be closed. */
  follow(state: LineState): Promise<void> {
    const change = async (): Promise<void> => {
      this.#state = state;
      for (const joint of this.#joints) joint.follow();
      await (state.cut ? this.close() : this.listen());
    };
    this.#turn = this.#turn.then(change, change);
    return this.#turn;
  }

  #accept(outside: Socket): void {
    if (this.#joints.size >= mostConnections) {
      this.#refused += 1;
      outside.destroy();
      return;
    }
    outside.setNoDelay(true);
    const joint: Joint = { outside, ...joinEnds(outside, this.#dial(), () => this.#state) };
    this.#joints.add(joint);
    outside.on("close", () => {
      this.#joints.delete(joint);
      joint.destroy();
    });
  }
}
