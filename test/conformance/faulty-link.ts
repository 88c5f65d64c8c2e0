import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

type Fault = "none" | "silence" | "late" | "garbage";

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What the server said and the client has not got. */
  held: Buffer[];
  /** On its way with a delay, in order. */
  readonly delayed: { readonly chunk: Buffer; readonly dueMs: number }[];
}

/** A TCP connection through which a test can spoil any protocol, encrypted ones too: it looks at no byte. */
export class FaultyLink {
  readonly #pairs = new Set<Pair>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #target: number;
  #listener: Server | undefined;
  #fault: Fault = "none";
  #delayMs = 0;
  port = 0;

  private constructor(target: number) {
    this.#target = target;
  }

  static async open(target: number): Promise<FaultyLink> {
    const link = new FaultyLink(target);
    await link.#listen();
    return link;
  }

  /** Nothing comes back any more, until `clear`: then what was held back does. */
  silence(): void {
    this.#fault = "silence";
  }

  /** What comes back next does so only when the client says something more. */
  late(): void {
    this.#fault = "late";
  }

  /** What comes back next is rubbish. */
  garbage(): void {
    this.#fault = "garbage";
  }

  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** All connections go and nobody listens. */
  async cut(): Promise<void> {
    const listener = this.#listener;
    this.#listener = undefined;
    for (const pair of this.#pairs) for (const socket of [pair.client, pair.server]) socket.destroy();
    for (const timer of this.#timers) clearTimeout(timer);
    if (!listener) return;
    listener.close();
    await once(listener, "close");
  }

  async clear(): Promise<void> {
    this.#fault = "none";
    this.#delayMs = 0;
    for (const pair of this.#pairs) this.#release(pair);
    if (!this.#listener) await this.#listen();
  }

  async #listen(): Promise<void> {
    this.#listener = createServer({ noDelay: true }, (client) => this.#join(client)).listen(this.port, "127.0.0.1");
    await once(this.#listener, "listening");
    this.port = (this.#listener.address() as { port: number }).port;
  }

  #join(client: Socket): void {
    const server = connect({ port: this.#target, host: "127.0.0.1", noDelay: true });
    const pair: Pair = { client, server, held: [], delayed: [] };
    this.#pairs.add(pair);
    client.on("data", (chunk) => {
      server.write(chunk);
      if (this.#fault === "late" && pair.held.length > 0) {
        this.#fault = "none";
        this.#release(pair);
      }
    });
    server.on("data", (chunk) => this.#back(pair, chunk));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on("error", () => one.destroy());
      one.on("close", () => {
        this.#pairs.delete(pair);
        other.destroy();
      });
    }
  }

  #back(pair: Pair, chunk: Buffer): void {
    switch (this.#fault) {
      case "silence":
      case "late":
        pair.held.push(chunk);
        return;
      case "garbage":
        this.#fault = "none";
        pair.client.write(Buffer.alloc(64, 0x5a));
        return;
      case "none":
        this.#forward(pair, chunk);
    }
  }

  /** TCP keeps its order: what comes after a delayed chunk waits behind it, also when the delay is over by then. */
  #forward(pair: Pair, chunk: Buffer): void {
    if (this.#delayMs === 0 && pair.delayed.length === 0) {
      pair.client.write(chunk);
      return;
    }
    pair.delayed.push({ chunk, dueMs: performance.now() + this.#delayMs });
    if (pair.delayed.length === 1) this.#deliver(pair, this.#delayMs);
  }

  #deliver(pair: Pair, afterMs: number): void {
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        const first = pair.delayed.shift();
        if (first && !pair.client.destroyed) pair.client.write(first.chunk);
        const next = pair.delayed[0];
        if (next) this.#deliver(pair, next.dueMs - performance.now());
      },
      Math.max(0, afterMs),
    );
    this.#timers.add(timer);
  }

  #release(pair: Pair): void {
    for (const chunk of pair.held.splice(0)) pair.client.write(chunk);
  }
}
