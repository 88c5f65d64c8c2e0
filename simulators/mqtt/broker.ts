import { timingSafeEqual } from "node:crypto";
import { duplexPair } from "node:stream";
import { Aedes, type AedesPublishPacket, type Client } from "aedes";
import type { Account } from "../line/account.ts";
import { TcpLine } from "../line/tcp-line.ts";
import { capInput } from "./capped-input.ts";
import type { Message } from "./publish-schedule.ts";

/** Something that a client has published. */
export interface ClientMessage {
  readonly clientId: string;
  readonly topic: string;
  readonly payload: Buffer;
  readonly retain: boolean;
  readonly qos: number;
}

/**
 * Messages of the plant that are not with every reader yet; more are let go, as QoS 0 allows. aedes itself
 * queues without end in an array that gets slower the longer it is, and does not recover.
 */
const mostUnderWay = 20_000;

/**
 * A stuck reader must not stop the others (aedes waits 60 s for it unless told, and sends 100 messages at a
 * time), and one that says nothing must not keep its place.
 */
const guards = {
  concurrency: mostUnderWay,
  connectTimeout: 5000,
  drainTimeout: 3000,
  maxClientsIdLength: 64,
  queueLimit: 1000,
};

/** MQTT 3.1.1 with one account, behind a line whose cable can be pulled. It keeps nothing over a restart. */
export class DemoBroker {
  readonly line: TcpLine;
  readonly #account: Account;
  readonly #onMessage: (message: ClientMessage) => void;
  #aedes: Aedes | undefined;
  /** Of the present aedes alone. */
  #underWay = { messages: 0 };
  #refusedLogIns = 0;
  #letGo = 0;

  constructor(
    address: { readonly host: string; readonly port: number },
    account: Account,
    onMessage: (message: ClientMessage) => void,
  ) {
    this.#account = account;
    this.#onMessage = onMessage;
    this.line = new TcpLine(address, () => {
      const [outer, inner] = duplexPair();
      const aedes = this.#aedes;
      if (aedes === undefined) inner.destroy();
      else aedes.handle(capInput(inner));
      return outer;
    });
  }

  get state() {
    return {
      port: this.line.port,
      ...this.line.state,
      clients: this.#aedes?.connectedClients ?? 0,
      refusedLogIns: this.#refusedLogIns,
      letGo: this.#letGo,
    };
  }

  /** Rejects with the system's error where the port is taken. */
  async open(): Promise<void> {
    this.#aedes = await this.#newAedes();
    try {
      await this.line.listen();
    } catch (error) {
      await this.#closeAedes();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.line.close();
    await this.#closeAedes();
  }

  /** As after a power cut: retained messages, sessions and connections are gone. The line stays as it is. */
  async restart(): Promise<void> {
    this.line.resetConnections();
    await this.#closeAedes();
    this.#aedes = await this.#newAedes();
  }

  /** Publishes with QoS 0, as the plant's own sensors do; while readers are far behind only what is retained. */
  publish(message: Message): void {
    const underWay = this.#underWay;
    if (underWay.messages >= mostUnderWay && !message.retain) {
      this.#letGo += 1;
      return;
    }
    underWay.messages += 1;
    this.#aedes?.publish({ cmd: "publish", qos: 0, dup: false, ...message }, () => {
      underWay.messages -= 1;
    });
  }

  async #newAedes(): Promise<Aedes> {
    const aedes = await Aedes.createBroker({
      ...guards,
      authenticate: (_client, user, password, done) => {
        const known = user === this.#account.user && same(password, this.#account.password);
        if (!known) this.#refusedLogIns += 1;
        done(null, known);
      },
      authorizePublish: (_client, packet, done) => {
        done(packet.topic.startsWith("$") ? new Error("topics with $ are the broker's own") : null);
      },
    });
    aedes.on("publish", (packet: AedesPublishPacket, client: Client | null) => {
      if (client !== null) this.#onMessage({ clientId: client.id, ...received(packet) });
    });
    // Clients that break the protocol are closed by aedes; here that is everyday life.
    aedes.on("clientError", () => undefined);
    aedes.on("connectionError", () => undefined);
    return aedes;
  }

  async #closeAedes(): Promise<void> {
    const aedes = this.#aedes;
    this.#aedes = undefined;
    this.#underWay = { messages: 0 };
    if (aedes !== undefined) await new Promise<void>((resolve) => aedes.close(() => resolve()));
  }
}

function received(packet: AedesPublishPacket): Omit<ClientMessage, "clientId"> {
  return { topic: packet.topic, payload: Buffer.from(packet.payload), retain: packet.retain, qos: packet.qos };
}

function same(password: Readonly<Buffer> | undefined, wanted: string): boolean {
  const expected = Buffer.from(wanted);
  return password !== undefined && password.length === expected.length && timingSafeEqual(password, expected);
}
