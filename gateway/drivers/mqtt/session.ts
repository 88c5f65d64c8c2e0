import { randomUUID } from "node:crypto";
import type { MqttSettings } from "./settings.ts";

/** A message that came before anybody listened to its topic. */
export interface Held {
  readonly topic: string;
  readonly bytes: Uint8Array;
  readonly retain: boolean;
}

/** What may wait for the subscriptions of a channel's devices. */
const mostHeld = 10_000;
const mostHeldBytes = 16 * 1024 * 1024;

/**
 * A session that the broker kept: what waited there comes right after the connection, unmarked, and looks like news.
 * A message of our own to ourselves tells where it ends, since a broker hands on in order (MQTT-4.6.0): until it
 * comes back everything is old. It never comes back where we may not publish or hear it; then nothing is believed.
 */
export class Session {
  /** The topic of the message to ourselves; undefined: the session is new with every connection. */
  readonly marker: string | undefined;
  readonly #token = randomUUID();
  readonly #devices: number;
  #subscribed = 0;
  #isMarked = false;
  #isOld: boolean;
  #held: Held[] = [];
  #heldBytes = 0;
  #counts = { old: 0, lost: 0 };

  /** @param devices how many will subscribe. */
  constructor({ session, clientId }: Pick<MqttSettings, "session" | "clientId">, devices: number) {
    this.marker = session && (session.marker ?? `plancia/${clientId?.replace(/[+#/$]/g, "_")}/session`);
    this.#isOld = session !== undefined;
    this.#devices = devices;
  }

  /** The broker took us in. @param present whether it had a session of ours. */
  opened(present: boolean): void {
    if (!present) this.#isOld = false;
  }

  /** Whether what comes now may have waited at the broker. */
  get isOld(): boolean {
    return this.#isOld;
  }

  /** What to say to ourselves once the marker's topic is subscribed; undefined: nothing, or it was said. */
  mark(): { readonly topic: string; readonly payload: string } | undefined {
    if (!this.#isOld || this.#isMarked || this.marker === undefined) return undefined;
    this.#isMarked = true;
    return { topic: this.marker, payload: this.#token };
  }

  /** @returns whether the message was one to ourselves, of this connection or of one before. */
  hears(topic: string, bytes: Uint8Array): boolean {
    if (topic !== this.marker) return false;
    if (Buffer.from(bytes).toString() === this.#token) this.#isOld = false;
    return true;
  }

  /** Keeps what nobody listens to yet. @returns false once all devices have subscribed: nobody ever will. */
  hold(message: Held): boolean {
    if (this.#subscribed >= this.#devices) return false;
    this.#heldBytes += message.bytes.length;
    if (this.#held.length >= mostHeld || this.#heldBytes > mostHeldBytes) this.#counts.lost++;
    else this.#held.push(message);
    return true;
  }

  /** One more device listens: everything held comes again, and may be held again. */
  release(): readonly Held[] {
    this.#subscribed++;
    const all = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    return all;
  }

  /** One that waited was handed on. */
  count(): void {
    this.#counts.old++;
  }

  get statistics(): Readonly<Record<string, number | string>> {
    if (this.marker === undefined) return {};
    const { old, lost } = this.#counts;
    const state = this.#isOld ? `kept messages until ${this.marker} is heard` : "live";
    return { session: state, keptMessages: old, keptMessagesLost: lost };
  }
}
