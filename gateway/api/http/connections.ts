import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock, Timers } from "../../core/clock.ts";
import { RecentTable } from "../../kit/recent-table.ts";
import { addressGroup } from "./address-group.ts";

export interface ConnectionLimits {
  /** Open TCP connections in all, and from one address. */
  readonly connections: number;
  readonly connectionsPerAddress: number;
  /** Of all of them, kept for addresses from which somebody has proven who he is. */
  readonly connectionsReserved: number;
  /** From one address at which nobody has proven who he is. */
  readonly strangersPerAddress: number;
  /** A stranger's connection on which nothing is asked for so long is over, ms. */
  readonly strangerIdleMs: number;
}

export interface ConnectionCounts {
  readonly open: number;
  readonly strangers: number;
  /** Turned away since the process began. */
  readonly refused: number;
  /** Strangers' that made room for somebody else, or asked for nothing. */
  readonly ended: number;
}

interface Connection {
  readonly key: string;
  readonly socket: Socket;
  readonly from: string;
  /** Requests on their way. */
  asking: number;
  /** Monotonic ms of the opening, or of the last answer. */
  lastMs: number;
}

/** So long an address stays known after somebody proved there who he is, ms; and how many are. */
const knownForMs = 12 * 3_600_000;
const mostKnown = 10_000;
const lookEveryMs = 1_000;

/**
 * Bounds open TCP connections, so that strangers hold up no stop request (R10): where there is no room
 * the stranger's connection that was opened first makes some, and a part is kept for the addresses from
 * which people work. What somebody has proven who he is on is never taken for another.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #open = new Map<string, Connection>();
  /** In the order in which they were opened. */
  readonly #strangers = new Set<Connection>();
  readonly #byAddress = new Map<string, { open: number; strangers: Set<Connection> }>();
  readonly #known = new RecentTable<true>(mostKnown, knownForMs);
  readonly #cancel: () => void;
  #refused = 0;
  #ended = 0;

  constructor(server: Server, limits: ConnectionLimits, clock: Pick<Clock, "monotonicMs">, timers: Timers) {
    this.#limits = limits;
    this.#clock = clock;
    server.on("connection", (socket: Socket) => this.#opened(socket));
    server.on("request", (request: IncomingMessage, response: ServerResponse) => this.#asked(request, response));
    this.#cancel = timers.every(lookEveryMs, () => this.#endIdle());
  }

  get counts(): ConnectionCounts {
    return {
      open: this.#open.size,
      strangers: this.#strangers.size,
      refused: this.#refused,
      ended: this.#ended,
    };
  }

  /** Somebody has proven who he is on this connection. @param socket TLS or plain. */
  prove(socket: Pick<Socket, "remoteAddress" | "remotePort">): void {
    const connection = this.#open.get(endpoint(socket));
    if (!connection) return;
    this.#known.set(connection.from, true, this.#clock.monotonicMs());
    this.#noStranger(connection);
  }

  close(): void {
    this.#cancel();
  }

  #opened(socket: Socket): void {
    const from = addressGroup(socket.remoteAddress ?? "");
    const key = endpoint(socket);
    if (!this.#makeRoom(from)) {
      this.#refused++;
      socket.destroy();
      return;
    }
    const connection = { key, socket, from, asking: 0, lastMs: this.#clock.monotonicMs() };
    const mine = this.#byAddress.get(from) ?? { open: 0, strangers: new Set() };
    this.#byAddress.set(from, mine);
    this.#open.set(key, connection);
    this.#strangers.add(connection);
    mine.open++;
    mine.strangers.add(connection);
    socket.once("close", () => this.#closed(connection));
  }

  #closed(connection: Connection): void {
    if (this.#open.get(connection.key) !== connection) return;
    this.#open.delete(connection.key);
    this.#noStranger(connection);
    const mine = this.#byAddress.get(connection.from);
    if (mine && --mine.open === 0) this.#byAddress.delete(connection.from);
  }

  #noStranger(connection: Connection): void {
    this.#strangers.delete(connection);
    this.#byAddress.get(connection.from)?.strangers.delete(connection);
  }

  /** False: nobody can make room. */
  #makeRoom(from: string): boolean {
    const { connections, connectionsReserved, connectionsPerAddress, strangersPerAddress } = this.#limits;
    const mine = this.#byAddress.get(from);
    const known = this.#isKnown(from);
    // An office or a proxy is one address; whoever works there opens many before the first has asked.
    const mostStrangers = known ? connectionsPerAddress : strangersPerAddress;
    if (mine && (mine.open >= connectionsPerAddress || mine.strangers.size >= mostStrangers)) {
      const [oldest] = mine.strangers;
      return this.#end(oldest);
    }
    const room = known ? connections : connections - connectionsReserved;
    return this.#open.size < room || this.#end(this.#first());
  }

  /** The stranger's connection that was opened first; of a place where nobody works before others. */
  #first(): Connection | undefined {
    for (const each of this.#strangers) if (!this.#isKnown(each.from)) return each;
    const [oldest] = this.#strangers;
    return oldest;
  }

  #isKnown(from: string): boolean {
    return this.#known.get(from, this.#clock.monotonicMs()) ?? false;
  }

  #end(connection: Connection | undefined): boolean {
    if (!connection) return false;
    this.#ended++;
    connection.socket.destroy();
    // Its event comes later, and the room is wanted now.
    this.#closed(connection);
    return true;
  }

  #asked({ socket }: IncomingMessage, response: ServerResponse): void {
    const connection = this.#open.get(endpoint(socket));
    if (!connection) return;
    connection.asking++;
    response.once("close", () => {
      connection.asking--;
      connection.lastMs = this.#clock.monotonicMs();
    });
  }

  #endIdle(): void {
    const now = this.#clock.monotonicMs();
    for (const each of [...this.#strangers]) {
      if (each.asking === 0 && now - each.lastMs >= this.#limits.strangerIdleMs) this.#end(each);
    }
  }
}

/** The same for a TLS socket and the one below it. */
function endpoint({ remoteAddress, remotePort }: Pick<Socket, "remoteAddress" | "remotePort">): string {
  return `${remoteAddress} ${remotePort}`;
}
