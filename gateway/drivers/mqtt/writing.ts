import type { ChannelContext, Point, WriteRequest, WriteResult } from "../../core/driver-port.ts";
import { Status } from "../../core/status.ts";
import { coerce, sameValue, type Value } from "../../core/value.ts";
import { RoundTrips } from "../../kit/round-trips.ts";
import { WriteLane } from "../../kit/write-lane.ts";
import { type Acknowledged, Acknowledgements } from "./acknowledgements.ts";
import { type Payload, writePayload } from "./payload.ts";
import type { MqttAddress } from "./settings.ts";

/** R4: QoS 0, never retained, so that nothing keeps it for later. */
interface PublishOnce {
  readonly qos: 0;
  readonly retain: false;
  /** Version 5: a broker that queues even QoS 0 for somebody who is away lets it go after so many seconds. */
  readonly properties: { readonly messageExpiryInterval: number };
}

/** What of a client writes need. */
interface Publishes {
  publish(topic: string, payload: string, options: PublishOnce): unknown;
  readonly stream?: { readonly writableCorked: number; uncork(): void };
}

const mostLeftSeconds = 60;

/** Writes of one channel: one at a time until its acknowledgement, a stop at once. */
export class Writing {
  readonly #context: Pick<ChannelContext, "clock" | "timers">;
  /** The client while it is connected. */
  readonly #connected: () => Publishes | undefined;
  readonly #acknowledgements: Acknowledgements;
  readonly #lane = new WriteLane();
  readonly #roundTrips: RoundTrips;
  #counts = { requests: 0, failures: 0, bytesOut: 0 };

  constructor(
    context: Pick<ChannelContext, "clock" | "timers">,
    connected: () => Publishes | undefined,
    roundTrips = new RoundTrips(),
  ) {
    this.#context = context;
    this.#roundTrips = roundTrips;
    this.#connected = connected;
    this.#acknowledgements = new Acknowledgements(context.timers);
  }

  get counts(): Readonly<{ requests: number; failures: number; bytesOut: number }> {
    return this.#counts;
  }

  /** Whether a write waits for an answer of its device. */
  get isAwaiting(): boolean {
    return this.#acknowledgements.size > 0;
  }

  get waiting() {
    return { waitingWrites: this.#lane.waiting, refusedWrites: this.#lane.refused };
  }

  async write(request: WriteRequest): Promise<WriteResult> {
    if (!this.#connected()) return notConnected();
    if (request.lane === "stop") return this.#send(request);
    const result = await this.#lane.run(() => this.#send(request));
    return result ?? { outcome: "not-sent", reason: "not-connected", detail: "too many writes wait for this device" };
  }

  /** What a live message says of writes under way. */
  message(topic: string, payload: Payload | undefined): void {
    this.#acknowledgements.message(topic, payload);
  }

  /** The connection is gone: what is under way is unknown, what waits its turn is not sent. */
  end(): void {
    this.#acknowledgements.close();
  }

  /** Everything up to the socket happens in one go, so that the age is looked at right before the bytes leave (DESIGN 11). */
  async #send(request: WriteRequest): Promise<WriteResult> {
    const point = request.point as Point<MqttAddress>;
    const payload = payloadOf(point, request.value);
    if (payload === undefined) return { outcome: "not-sent", reason: "not-supported", detail: whyNot(point) };
    const client = this.#connected();
    if (!client) return notConnected();
    if (request.withdrawn?.aborted) return { outcome: "not-sent", reason: "withdrawn", detail: "taken back" };
    const sentAtMs = this.#context.clock.monotonicMs();
    if (sentAtMs > request.notAfterMs) return { outcome: "not-sent", reason: "expired", detail: "too late" };
    this.#counts.requests++;
    this.#counts.bytesOut += Buffer.byteLength(payload);
    const acknowledged = this.#acknowledgements.expect(point, request.value);
    const leftSeconds = Math.ceil((request.notAfterMs - sentAtMs) / 1000);
    const properties = { messageExpiryInterval: Math.min(Math.max(leftSeconds, 1), mostLeftSeconds) };
    client.publish(point.address.write?.topic ?? "", payload, { qos: 0, retain: false, properties });
    // The library holds the bytes back until the next tick, and a thread that waits for the gateway has none.
    if (client.stream && client.stream.writableCorked > 0) client.stream.uncork();
    const outcome = await acknowledged;
    if (outcome === "same" && point.address.acknowledge) {
      this.#roundTrips.add(this.#context.clock.monotonicMs() - sentAtMs);
    }
    if (outcome !== "same") this.#counts.failures++;
    return resultOf(outcome, sentAtMs);
  }
}

/** undefined: nothing that this point could be written with. */
function payloadOf({ type, address }: Point<MqttAddress>, value: Value): string | undefined {
  const fitted = coerce(type, typeof value === "bigint" ? value.toString() : value);
  if (!address.write || !fitted.ok || !sameValue(fitted.value, value)) return undefined;
  return writePayload(value, address.write.path, address.decimal);
}

function whyNot({ type, address }: Point<MqttAddress>): string {
  return address.write ? `this value does not fit type ${type}` : "no write topic is configured";
}

function resultOf(outcome: Acknowledged, sentAtMs: number): WriteResult {
  switch (outcome) {
    case "same":
      return { outcome: "written", sentAtMs };
    case "other": {
      const detail = "the device acknowledged another value";
      return { outcome: "rejected", sentAtMs, status: Status.Bad_OutOfRange, detail };
    }
    case "none":
      return { outcome: "unknown", sentAtMs, detail: "no acknowledgement in time" };
  }
}

function notConnected(): WriteResult {
  return { outcome: "not-sent", reason: "not-connected", detail: "the broker is not connected" };
}
