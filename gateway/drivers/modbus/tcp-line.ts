import { connect, type Socket } from "node:net";
import { PlanciaError } from "../../core/errors.ts";
import type { Line, LineEvents } from "./line.ts";

const words = new Map([
  ["ECONNREFUSED", "nobody listens there"],
  ["ECONNRESET", "the device reset the connection"],
  ["EHOSTUNREACH", "no way to this address"],
  ["ENETUNREACH", "no way to this network"],
  ["ENOTFOUND", "the name is not known"],
  ["EAI_AGAIN", "the name cannot be looked up now"],
  ["ETIMEDOUT", "the device does not answer"],
  ["EPIPE", "the connection is closed"],
]);

/** The error of a socket in words a person can act on. */
export function socketErrorText(error: Error & { code?: string }): string {
  return words.get(error.code ?? "") ?? error.message;
}

/** One TCP connection: bytes in and out, and its end told once. */
export class TcpLine implements Line {
  readonly #socket: Socket;
  #closing = false;

  private constructor(socket: Socket, events: LineEvents) {
    this.#socket = socket;
    let failure = "the device closed the connection";
    socket.on("data", (chunk: Uint8Array) => events.data(chunk));
    socket.on("drain", () => events.drained());
    socket.on("error", (error) => {
      failure = socketErrorText(error);
    });
    socket.on("close", () => {
      if (!this.#closing) events.lost(failure);
    });
  }

  /** @throws PlanciaError device/connection-lost, also when the signal ends it. */
  static open(
    target: { readonly host: string; readonly port: number },
    signal: AbortSignal,
    events: LineEvents,
  ): Promise<TcpLine> {
    const { host, port } = target;
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: 10_000 });
      const fail = (why: string, cause: unknown) => {
        signal.removeEventListener("abort", giveUp);
        socket.destroy();
        reject(new PlanciaError("device/connection-lost", `${host}:${port}: ${why}`, { cause }));
      };
      const refused = (error: Error) => fail(socketErrorText(error), error);
      const giveUp = () => fail("no connection in time", signal.reason);
      socket.once("error", refused);
      socket.once("connect", () => {
        signal.removeEventListener("abort", giveUp);
        socket.off("error", refused);
        resolve(new TcpLine(socket, events));
      });
      signal.addEventListener("abort", giveUp, { once: true });
      if (signal.aborted) giveUp();
    });
  }

  /** False while an earlier request still stands in our own buffer: what has not left can still be called back. */
  isFree(): boolean {
    return this.#socket.writable && this.#socket.writableLength === 0;
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Ends it at once; resolves when the system has given the socket back. */
  async close(): Promise<void> {
    this.#closing = true;
    if (this.#socket.closed) return;
    const closed = new Promise<void>((resolve) => this.#socket.once("close", () => resolve()));
    this.#socket.destroy();
    await closed;
  }
}
