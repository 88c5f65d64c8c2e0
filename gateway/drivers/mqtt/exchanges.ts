import type { Clock } from "../../core/clock.ts";
import type { RoundTrips } from "../../kit/round-trips.ts";

/** What of a packet counts here; mqtt.js hands it over as it goes out or has come in. */
export interface Packet {
  readonly cmd: string;
  readonly messageId?: number | undefined;
  readonly subscriptions?: unknown;
  readonly granted?: unknown;
}

/** Of a packet identifier, which has 16 bits. */
const mostOpen = 1_000;

/**
 * What is asked of the broker itself, subscriptions and pings: without a write they alone tell how fast it answers.
 * Both are answered in MQTT 3.1.1 §3.9 and §3.13.
 */
export class Exchanges {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #roundTrips: RoundTrips;
  readonly #sentAtMs = new Map<number | "ping", number>();
  #counts = { requests: 0, failures: 0, bytesOut: 0 };

  constructor(clock: Pick<Clock, "monotonicMs">, roundTrips: RoundTrips) {
    this.#clock = clock;
    this.#roundTrips = roundTrips;
  }

  get counts(): Readonly<{ requests: number; failures: number; bytesOut: number }> {
    return this.#counts;
  }

  sent(packet: Packet): void {
    if (packet.cmd === "pingreq") this.#asked("ping", 2);
    else if (packet.cmd === "subscribe" && packet.messageId !== undefined)
      this.#asked(packet.messageId, lengthOf(packet.subscriptions));
  }

  received(packet: Packet): void {
    if (packet.cmd === "pingresp") this.#answered("ping");
    else if (packet.cmd === "suback" && packet.messageId !== undefined) {
      this.#answered(packet.messageId);
      if (isRefusal(packet.granted)) this.#counts.failures++;
    }
  }

  #asked(what: number | "ping", bytes: number): void {
    this.#counts.requests++;
    this.#counts.bytesOut += bytes;
    if (this.#sentAtMs.size < mostOpen) this.#sentAtMs.set(what, this.#clock.monotonicMs());
  }

  #answered(what: number | "ping"): void {
    const sentAtMs = this.#sentAtMs.get(what);
    if (sentAtMs === undefined) return;
    this.#sentAtMs.delete(what);
    this.#roundTrips.add(this.#clock.monotonicMs() - sentAtMs);
  }
}

/** Topics as they stand in a SUBSCRIBE, each with its length and QoS (§3.8.3). */
function lengthOf(subscriptions: unknown): number {
  if (!Array.isArray(subscriptions)) return 0;
  return subscriptions.reduce((sum: number, { topic }: { topic?: unknown }) => {
    return sum + 3 + (typeof topic === "string" ? Buffer.byteLength(topic) : 0);
  }, 0);
}

/** A return code from 128 on is a refusal (§3.9.3). */
function isRefusal(granted: unknown): boolean {
  return Array.isArray(granted) && granted.some((each) => (typeof each === "number" ? each : each?.qos) >= 128);
}
