import { PlanciaError } from "../../core/errors.ts";
import type { LeftBehind, LeftSubscription } from "./left-behind.ts";
import {
  type NotificationMessage,
  RepublishRequest,
  type RepublishResponse,
  TransferSubscriptionsRequest,
  type TransferSubscriptionsResponse,
} from "./node-opcua.ts";
import type { WireSecurity } from "./secure-layer.ts";
import { readServerFacts, type ServerFacts } from "./server-facts.ts";
import { type Asks, Session } from "./session.ts";
import type { OpcuaSettings } from "./settings.ts";
import type { Wire } from "./wire.ts";
import { statusText } from "./words.ts";

/** Messages asked for again in a row: more than any server keeps. */
const mostRepublished = 10_000;

/** A session, and the subscriptions of an earlier connection that are its own now. */
export interface OpenSession {
  readonly session: Session;
  readonly facts: ServerFacts;
  readonly subscriptions: readonly LeftSubscription[];
}

/**
 * A session on a new wire in the order of Part 4 §6.7: the one that was left, with its subscriptions; a new
 * one, to which they are transferred; a new one without them.
 * @throws PlanciaError device/connection-lost, device/untrusted, device/settings.
 */
export async function takeUpSession(
  left: LeftBehind | undefined,
  wire: Wire,
  security: WireSecurity,
  settings: OpcuaSettings,
): Promise<OpenSession> {
  const resumed = left && (await Session.resume(left.session, wire, security, settings));
  if (left && resumed) return { session: resumed, facts: left.facts, subscriptions: left.subscriptions };
  const session = await Session.open(wire, security, settings);
  const facts = await readServerFacts(session, settings.timeout);
  const subscriptions = left ? await transfer(session, facts, left, settings.timeout) : [];
  return { session, facts, subscriptions };
}

/** Part 4 §5.14.7. A server that was started anew has given its numbers to others. */
async function transfer(session: Asks, facts: ServerFacts, left: LeftBehind, timeoutMs: number) {
  const { subscriptions } = left;
  if (subscriptions.length === 0 || facts.startedAt === undefined || facts.startedAt !== left.facts.startedAt)
    return [];
  const subscriptionIds = subscriptions.map(({ id }) => id);
  const request = new TransferSubscriptionsRequest({ subscriptionIds, sendInitialValues: false });
  const reply = await session.request<TransferSubscriptionsResponse>(request, timeoutMs);
  if (reply.kind === "refused") return [];
  if (reply.kind !== "answer") {
    throw new PlanciaError("device/connection-lost", reply.kind === "lost" ? reply.why : "the server does not answer");
  }
  return subscriptions.filter((_, i) => (reply.response.results?.[i]?.statusCode.value ?? 0x80000000) >>> 30 === 0);
}

export type Republished = { readonly kind: "all" | "gone" } | { readonly kind: "lost"; readonly why: string };

/** What the server sent and nobody received, message by message in order (Part 4 §5.14.6). */
export async function republish(
  session: Asks,
  left: Pick<LeftSubscription, "id" | "lastSequence">,
  timeoutMs: number,
  tell: (message: NotificationMessage) => void,
): Promise<Republished> {
  let sequence = after(left.lastSequence);
  for (let n = 0; n < mostRepublished; n++) {
    const request = new RepublishRequest({ subscriptionId: left.id, retransmitSequenceNumber: sequence });
    const reply = await session.request<RepublishResponse>(request, timeoutMs);
    if (reply.kind === "silent") return { kind: "lost", why: "no answer to what was missed" };
    if (reply.kind === "lost") return { kind: "lost", why: reply.why };
    if (reply.kind === "refused") {
      return { kind: /BadSubscriptionIdInvalid|BadNoSubscription/.test(statusText(reply.name)) ? "gone" : "all" };
    }
    tell(reply.response.notificationMessage);
    sequence = after(sequence);
  }
  return { kind: "all" };
}

/** Part 4 §7.26: 0 is left out when the numbers start anew. */
export function after(sequence: number | undefined): number {
  return sequence === undefined || sequence === 0xffff_ffff ? 1 : sequence + 1;
}
