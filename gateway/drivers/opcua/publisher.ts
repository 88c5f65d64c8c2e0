import { PublishRequest, type PublishResponse } from "./node-opcua.ts";
import type { Asks } from "./session.ts";
import type { Subscription } from "./subscription.ts";
import { statusText } from "./words.ts";

const tooManyPublishRequests = 0x80780000;
const timeout = 0x800a0000;
const mostInFlight = 10;
const mostEarly = 1_000;
/** The server holds publish requests until it has something to say; silence is the watchdogs' business, not this one's. */
const shortestHoldMs = 300_000;

/**
 * Keeps publish requests at the server (Part 4 §5.14.5): one more than subscriptions, so that the
 * server never waits for one, each acknowledging what came before.
 */
export class Publisher {
  readonly #session: Asks;
  readonly #onLost: (why: string) => void;
  readonly #subscriptions = new Map<number, Subscription>();
  /** What came for subscriptions of an earlier connection that are not taken up yet, by their id. */
  readonly #early = new Map<number, PublishResponse[]>();
  #acknowledgements: { subscriptionId: number; sequenceNumber: number }[] = [];
  #inFlight = 0;
  #most = mostInFlight;
  #stopped = false;
  #responses = 0;

  /** @param expected ids of subscriptions that will be added, and may be heard before. */
  constructor(session: Asks, onLost: (why: string) => void, expected: readonly number[] = []) {
    for (const id of expected) this.#early.set(id, []);
    this.#session = session;
    this.#onLost = onLost;
  }

  get responses(): number {
    return this.#responses;
  }

  get subscriptions(): readonly Subscription[] {
    return [...this.#subscriptions.values()];
  }

  add(subscription: Subscription): void {
    this.#subscriptions.set(subscription.id, subscription);
    const early = this.#early.get(subscription.id) ?? [];
    this.#early.delete(subscription.id);
    for (const response of early) this.#give(response);
    this.#pump();
  }

  /** One of an earlier connection will not be taken up. */
  forget(id: number): void {
    this.#early.delete(id);
  }

  /** Says with the next request that it came (Part 4 §5.14.5). */
  acknowledge(subscriptionId: number, sequenceNumber: number): void {
    this.#acknowledgements.push({ subscriptionId, sequenceNumber });
  }

  stop(): void {
    this.#stopped = true;
    for (const subscription of this.#subscriptions.values()) subscription.stop();
  }

  #pump(): void {
    const wanted = Math.min(this.#subscriptions.size + 1, this.#most);
    while (!this.#stopped && this.#inFlight < wanted) {
      this.#inFlight++;
      this.#publish().catch((error) => this.#onLost(String(error)));
    }
  }

  async #publish(): Promise<void> {
    const subscriptionAcknowledgements = this.#acknowledgements;
    this.#acknowledgements = [];
    const longest = Math.max(0, ...this.subscriptions.map(({ keepAliveMs }) => keepAliveMs));
    const holdMs = Math.max(shortestHoldMs, (mostInFlight + 2) * longest);
    const request = new PublishRequest({ subscriptionAcknowledgements });
    const reply = await this.#session.request<PublishResponse>(request, holdMs, "held");
    this.#inFlight--;
    if (this.#stopped) return;
    if (reply.kind === "answer") this.#take(reply.response);
    else if (reply.kind === "refused" && reply.status === tooManyPublishRequests)
      this.#most = Math.max(1, this.#inFlight);
    else if (reply.kind === "refused" && reply.status !== timeout) this.#onLost(statusText(reply.name));
    else if (reply.kind === "silent") this.#onLost("the server holds publish requests and says nothing");
    else if (reply.kind === "lost") return;
    this.#pump();
  }

  #take(response: PublishResponse): void {
    this.#responses++;
    const early = this.#early.get(response.subscriptionId);
    // Not acknowledged either: until it is taken up, the server may be asked for it again.
    if (!early) this.#give(response);
    else if (early.length < mostEarly) early.push(response);
  }

  #give(response: PublishResponse): void {
    const { subscriptionId, notificationMessage } = response;
    // A keep-alive carries the number of the next message, which must not be acknowledged before it came.
    if ((notificationMessage.notificationData ?? []).length > 0) {
      this.acknowledge(subscriptionId, notificationMessage.sequenceNumber);
    }
    this.#subscriptions.get(subscriptionId)?.take(response);
  }
}
