import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";

export interface Fault {
  /** Answered instead of the server. */
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `before`: the connection ends and the server hears nothing; `after`: the server has it, the answer is lost. */
  readonly cut?: "before" | "after";
}

/** Between a forwarder and the server: keeps the lines in the order in which they came, and errs when told. */
export class InfluxProxy {
  readonly lines: string[] = [];
  readonly #server: Server;
  readonly #target: number;
  /** One for each write to come. */
  faults: Fault[] = [];
  writes = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((incoming, response) => void this.#serve(incoming, response));
  }

  static async open(target: number): Promise<InfluxProxy> {
    const proxy = new InfluxProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const isWrite = incoming.url?.startsWith("/write") ?? false;
    const fault = isWrite ? this.faults.shift() : undefined;
    if (isWrite) this.writes++;
    if (fault?.cut === "before") return void incoming.socket.destroy();
    if (fault?.status !== undefined) return void response.writeHead(fault.status, fault.headers).end(fault.body ?? "");
    if (isWrite) this.lines.push(...gunzipSync(body).toString().split("\n"));
    const { url, method, headers } = incoming;
    const onward = request({ port: this.#target, host: "127.0.0.1", path: url, method, headers }, (answer) => {
      if (fault?.cut === "after") {
        answer.resume();
        incoming.socket.destroy();
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => incoming.socket.destroy());
    onward.end(body);
  }
}
