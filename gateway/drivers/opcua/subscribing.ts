import type { LeftSubscription } from "./left-behind.ts";
import { DeleteSubscriptionsRequest } from "./node-opcua.ts";
import type { Polling } from "./polling.ts";
import type { Publisher } from "./publisher.ts";
import { type NotCreated, Subscription, type SubscriptionSettings } from "./subscription.ts";

/** A server that had no subscription for us is asked again this often: another client may have given one back. */
const retrySubscriptionMs = 60_000;

type StartSettings = SubscriptionSettings & { readonly polling: Polling };

/**
 * A subscription that is heard from now on: the one that an earlier connection left, if it is the same, or a new one.
 * Where the server has none for us, all points are read instead, until it has.
 * @returns why the channel is gone; undefined: it stands.
 */
export async function startSubscription(
  settings: StartSettings,
  publisher: Publisher,
  left: LeftSubscription | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const begin = () => {
    const subscription = new Subscription(settings);
    signal.addEventListener("abort", () => subscription.stop(), { once: true });
    if (signal.aborted) subscription.stop();
    return subscription;
  };
  if (left && isSame(left, settings)) {
    const subscription = begin();
    const taken = await subscription.takeUp(left, (sequence) => publisher.acknowledge(left.id, sequence));
    if (taken.kind === "all") {
      publisher.add(subscription);
      return subscription.retryFailed();
    }
    subscription.stop();
    if (taken.kind === "lost") return taken.why;
  }
  if (left) await dropLeft(settings, publisher, left);
  const create = async (): Promise<NotCreated | undefined> => {
    const subscription = begin();
    const not = await subscription.create();
    if (not) {
      subscription.stop();
      return not;
    }
    publisher.add(subscription);
    const why = await subscription.addItems();
    return why === undefined ? undefined : { why, mayPoll: false };
  };
  const not = await create();
  if (!not?.mayPoll) return not?.why;
  pollUntil(create, settings, not.why, signal);
  return undefined;
}

/** Reads all points until the server has a subscription: its items then take them over one by one. */
function pollUntil(
  create: () => Promise<NotCreated | undefined>,
  { device, points, polling, timers, log, onLost }: StartSettings,
  why: string,
  signal: AbortSignal,
): void {
  if (signal.aborted) return;
  log.warn({ device, why }, "the device is read instead of subscribed to; a subscription is tried again later");
  polling.add(points, why);
  let isTrying = false;
  const again = async () => {
    if (isTrying) return;
    isTrying = true;
    const not = await create().finally(() => {
      isTrying = false;
    });
    if (not?.mayPoll || signal.aborted) return;
    cancel();
    if (not) onLost(not.why);
    else log.info({ device }, "the server has a subscription now");
  };
  const cancel = timers.every(retrySubscriptionMs, again);
  signal.addEventListener("abort", cancel, { once: true });
}

function isSame(left: LeftSubscription, { points }: SubscriptionSettings): boolean {
  return left.points.length === points.length && left.points.every((point, i) => point === points[i]);
}

/** It would be told for ever, to nobody. One that the server has dropped itself is refused, which is as good. */
async function dropLeft({ session, settings }: SubscriptionSettings, publisher: Publisher, { id }: LeftSubscription) {
  publisher.forget(id);
  await session.request(new DeleteSubscriptionsRequest({ subscriptionIds: [id] }), settings.timeout);
}
