import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";

/**
 * What a proxy may do to one request. `hold`: it keeps it for so long and passes it on then, whether or
 * not anybody still waits. `drop-answer`: the gateway gets it and answers, and nobody ever hears of it.
 * `reset`: the connection breaks before anything arrives, or after all of it has.
 */
export type Trouble =
  | { readonly kind: "hold"; readonly ms: number }
  | { readonly kind: "drop-answer" }
  | { readonly kind: "reset"; readonly when: "before" | "after" };

interface Standing {
  readonly method: string;
  readonly path: RegExp;
  readonly trouble: Trouble;
  left: number;
}

const none = undefined;

/** A proxy in front of the gateway that understands HTTP and passes WebSockets through. */
export class HttpGate {
  readonly #port: number;
  readonly #server: Server;
  readonly #sockets = new Set<Duplex>();
  readonly #standing: Standing[] = [];
  /** Requests that trouble was made for and that have arrived at the gateway. */
  arrived = 0;

  private constructor(port: number) {
    this.#port = port;
    this.#server = createServer((incoming, response) => {
      this.#pass(incoming, response).catch(() => response.destroy());
    });
    this.#server.on("upgrade", (incoming, socket, head) => this.#tunnel(incoming, socket, head));
    this.#server.on("connection", (socket) => this.#keep(socket));
  }

  static async open(port: number): Promise<HttpGate> {
    const gate = new HttpGate(port);
    await new Promise<void>((resolve) => gate.#server.listen(0, "127.0.0.1", resolve));
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The next `times` requests of this kind have it. */
  trouble(method: string, path: RegExp, trouble: Trouble, times = 1): void {
    this.#standing.push({ method, path, trouble, left: times });
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #pass(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(incoming);
    const trouble = this.#take(incoming);
    if (trouble?.kind === "hold") await new Promise((resolve) => setTimeout(resolve, trouble.ms));
    if (trouble?.kind === "reset" && trouble.when === "before") return reset(response);
    const answer = await this.#forward(incoming, body);
    if (trouble !== none) this.arrived++;
    if (trouble?.kind === "reset") return reset(response);
    // The other end waits, as one does behind a proxy that has forgotten.
    if (trouble?.kind === "drop-answer") return;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  }

  #take({ method, url }: IncomingMessage): Trouble | undefined {
    const standing = this.#standing.find(
      (each) => each.left > 0 && each.method === method && each.path.test(url ?? ""),
    );
    if (standing) standing.left--;
    return standing?.trouble;
  }

  #forward(incoming: IncomingMessage, body: Buffer) {
    return new Promise<{ status: number; headers: IncomingMessage["headers"]; body: Buffer }>((resolve, reject) => {
      const { method, url: path, headers } = incoming;
      const onward = request({ host: "127.0.0.1", port: this.#port, method, path, headers }, (answer) => {
        bodyOf(answer).then((whole) => {
          const { "transfer-encoding": _chunks, ...rest } = answer.headers;
          resolve({ status: answer.statusCode ?? 502, headers: rest, body: whole });
        }, reject);
      });
      onward.on("error", reject).end(body);
    });
  }

  #tunnel(incoming: IncomingMessage, near: Duplex, head: Buffer): void {
    const far = connect(this.#port, "127.0.0.1");
    this.#keep(far);
    const lines = [`${incoming.method} ${incoming.url} HTTP/1.1`];
    for (let i = 0; i < incoming.rawHeaders.length; i += 2)
      lines.push(`${incoming.rawHeaders[i]}: ${incoming.rawHeaders[i + 1]}`);
    far.write(`${lines.join("\r\n")}\r\n\r\n`);
    far.write(head);
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
  }

  #keep(socket: Duplex): void {
    this.#sockets.add(socket);
    socket.on("close", () => this.#sockets.delete(socket));
  }
}

function reset(response: ServerResponse): void {
  (response.socket as Socket | null)?.resetAndDestroy();
}

async function bodyOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
