import { WebSocket } from "ws";
import type { ServerMessage } from "../../gateway/api/wire/live.ts";

type MessageOf<Type extends ServerMessage["type"]> = Extract<ServerMessage, { type: Type }>;

export interface Seen {
  readonly value: unknown;
  readonly status: number;
  readonly sourceMs: number;
  /** The gateway's clock in the frame, UTC ms. */
  readonly at: number;
}

/** One live socket: keeps everything that came, and the newest sample of each tag. */
export class LiveView {
  readonly socket: WebSocket;
  readonly received: ServerMessage[] = [];
  readonly closed: Promise<number>;
  readonly #names = new Map<number, string>();
  readonly #newest = new Map<string, Seen>();
  readonly #waiting = new Set<() => void>();

  constructor(url: string) {
    this.socket = new WebSocket(`${url.replace(/^http/, "ws")}/api/v1/live`, "plancia.v1");
    this.socket.on("message", (data: Buffer) => this.#take(JSON.parse(data.toString()) as ServerMessage));
    // The close tells it, too.
    this.socket.on("error", () => undefined);
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code: number) => {
        resolve(code);
        this.#wake();
      });
    });
  }

  static async open(url: string, token: string, tags: readonly string[]): Promise<LiveView> {
    const view = new LiveView(url);
    await new Promise((resolve, reject) => view.socket.once("open", resolve).once("error", reject));
    view.say({ type: "authenticate", token });
    view.say({ type: "subscribe", id: 1, tags, intervalMs: 50 });
    await view.until(() => view.of("subscribed").length > 0);
    return view;
  }

  say(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  of<Type extends ServerMessage["type"]>(type: Type): readonly MessageOf<Type>[] {
    return this.received.filter((message): message is MessageOf<Type> => message.type === type);
  }

  sample(tag: string): Seen | undefined {
    return this.#newest.get(tag);
  }

  /** The newest ticket that came with a beat. */
  get ticket(): string | undefined {
    return this.of("beat").at(-1)?.ticket;
  }

  /** @throws Error when it does not come true in time, or the socket closes first. */
  async until(condition: () => boolean, withinMs = 10_000): Promise<void> {
    const end = performance.now() + withinMs;
    while (!condition()) {
      const left = end - performance.now();
      if (left <= 0 || this.socket.readyState >= WebSocket.CLOSING)
        throw new Error(`${left <= 0 ? "not in time" : "socket closed"}: ${condition}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  close(): void {
    this.socket.terminate();
  }

  #take(message: ServerMessage): void {
    this.received.push(message);
    if (message.type === "subscribed") for (const { handle, tag } of message.tags) this.#names.set(handle, tag);
    if (message.type === "samples")
      for (const [handle, value, status, sourceMs] of message.samples)
        this.#newest.set(this.#names.get(handle) ?? "", { value, status, sourceMs, at: message.at });
    this.#wake();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
