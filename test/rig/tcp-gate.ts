import { connect, createServer, type Server, type Socket } from "node:net";

/** What is lost on the way: nothing, what runs over WebSockets, or all of it. */
export type Loss = "nothing" | "sockets" | "everything";

interface Crossing {
  readonly ends: readonly [Socket, Socket];
  isSocket: boolean;
  hasLost: boolean;
}

/**
 * A way to the gateway that can go dead without a word: bytes vanish, connections stay open, as
 * behind a phone that left the room. New connections are taken and die likewise.
 */
export class TcpGate {
  readonly #server: Server;
  readonly #crossings = new Set<Crossing>();
  #loss: Loss = "nothing";

  private constructor(port: number) {
    this.#server = createServer((near) => this.#cross(near, connect(port, "127.0.0.1")));
  }

  static async open(port: number): Promise<TcpGate> {
    const gate = new TcpGate(port);
    await new Promise<void>((resolve) => gate.#server.listen(0, "127.0.0.1", resolve));
    return gate;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${address !== null && typeof address === "object" ? address.port : 0}`;
  }

  lose(loss: Loss): void {
    this.#loss = loss;
    // Where bytes are missing nothing more can be understood.
    for (const crossing of this.#crossings)
      if (crossing.hasLost && !this.#isLost(crossing)) for (const end of crossing.ends) end.destroy();
  }

  async close(): Promise<void> {
    for (const { ends } of this.#crossings) for (const end of ends) end.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #cross(near: Socket, far: Socket): void {
    const crossing: Crossing = { ends: [near, far], isSocket: false, hasLost: false };
    this.#crossings.add(crossing);
    near.once("data", (first: Buffer) => {
      crossing.isSocket = /^GET \/api\/v1\/live/.test(first.toString("latin1"));
    });
    this.#carry(near, far, crossing);
    this.#carry(far, near, crossing);
  }

  #carry(from: Socket, to: Socket, crossing: Crossing): void {
    from.on("data", (chunk: Buffer) => {
      if (this.#isLost(crossing)) crossing.hasLost = true;
      else to.write(chunk);
    });
    // A reset on one side is the end of the other.
    from.on("error", () => to.destroy());
    from.on("close", () => {
      to.destroy();
      this.#crossings.delete(crossing);
    });
  }

  #isLost({ isSocket }: Crossing): boolean {
    return this.#loss === "everything" || (this.#loss === "sockets" && isSocket);
  }
}
