import { WebSocket } from "ws";
import type { ApiOptions } from "../../gateway/api/api.ts";
import { type Api, createApi } from "../../gateway/api/api.ts";
import { ApiBench } from "../../gateway/api/testing/api-bench.ts";
import type { ServerMessage } from "../../gateway/api/wire/live.ts";
import { silentLog } from "../../gateway/core/log.ts";
import { systemClock, systemTimers } from "../../gateway/kit/clock.ts";

/** The API on a real port of loopback, over machines in memory. */
export class ApiServer {
  readonly bench: ApiBench;
  readonly #sockets = new Set<LiveClient>();
  api!: Api;
  port = 0;

  constructor() {
    this.bench = new ApiBench(systemClock, systemTimers);
    this.bench.populate();
  }

  async start(options: Partial<ApiOptions> = {}): Promise<this> {
    await this.bench.changes.startWaiting();
    const parts = { useCases: this.bench.useCases, log: silentLog, clock: systemClock, timers: systemTimers };
    this.api = await createApi({ ...parts, ...options });
    const { address } = await this.api.listen("127.0.0.1", 0);
    this.port = Number(new URL(address).port);
    return this;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.socket.terminate();
    await this.api.close();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  open(options: ClientOptions = {}): LiveClient {
    const client = new LiveClient(this.port, options);
    this.#sockets.add(client);
    return client;
  }

  /** A socket of this person that is subscribed and gets samples. */
  async watch(name: string, tags: string[]): Promise<LiveClient> {
    const client = this.open();
    const { accessToken: token } = await this.bench.people.enter(name);
    await client.opened;
    client.say({ type: "authenticate", token });
    client.say({ type: "subscribe", id: 1, tags, intervalMs: 50 });
    await client.next("samples");
    return client;
  }
}

interface ClientOptions {
  readonly headers?: Record<string, string>;
  readonly protocol?: string;
  /** The address it comes from. */
  readonly from?: string;
}

/** A WebSocket that remembers what came. */
export class LiveClient {
  readonly socket: WebSocket;
  readonly received: ServerMessage[] = [];
  readonly opened: Promise<number>;
  readonly closed: Promise<number>;
  #waiting: (() => void) | undefined;

  constructor(port: number, { protocol = "plancia.v1", headers, from: localAddress }: ClientOptions) {
    this.socket = new WebSocket(`ws://127.0.0.1:${port}/api/v1/live`, protocol, { headers, localAddress });
    this.socket.on("message", (data: Buffer) => {
      this.received.push(JSON.parse(data.toString()) as ServerMessage);
      this.#waiting?.();
    });
    this.closed = new Promise((resolve) => {
      this.socket.on("close", (code: number) => {
        resolve(code);
        this.#waiting?.();
      });
    });
    this.opened = new Promise((resolve, reject) => {
      this.socket.once("open", () => resolve(101));
      this.socket.once("unexpected-response", (_request, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      this.socket.once("error", reject);
    });
    this.opened.catch(() => undefined);
    this.socket.on("error", () => undefined);
  }

  say(message: object | string): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** The next message of this kind that was not taken yet. @throws Error when the socket closes first. */
  async next<Type extends ServerMessage["type"]>(type: Type): Promise<Extract<ServerMessage, { type: Type }>> {
    for (;;) {
      const at = this.received.findIndex((message) => message.type === type);
      if (at >= 0) return this.received.splice(0, at + 1).at(-1) as Extract<ServerMessage, { type: Type }>;
      if (this.socket.readyState >= 2) throw new Error(`closed while waiting for ${type}`);
      await new Promise<void>((resolve) => {
        this.#waiting = resolve;
      });
    }
  }
}
