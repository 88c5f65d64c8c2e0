import { filterOf } from "./expansion.ts";
import { subscriptionOf } from "./topic-filter.ts";
import type { Topics } from "./topics.ts";

type Qos = 0 | 1;

/**
 * What is asked of the broker. Of the topics that a filter gives already none is asked for again: a broker may send
 * a message once for each subscription (MQTT-3.3.5-1). The filter then takes the highest QoS of them.
 */
export function subscriptionsOf(exact: ReadonlyMap<string, Qos>, topics: readonly Topics[]): ReadonlyMap<string, Qos> {
  const wanted = new Map<string, Qos>();
  for (const each of topics) {
    if (each.unmapped === "ignore") continue;
    const subscription = subscriptionOf(filterOf(each));
    wanted.set(subscription, higher(wanted.get(subscription), each.qos));
  }
  // Among the filters alone: a topic gives no other one, and there may be tens of thousands of them.
  const filters = [...wanted.keys()];
  for (const [topic, qos] of exact) {
    const giving = filters.find((each) => gives(each, topic)) ?? topic;
    wanted.set(giving, higher(wanted.get(giving), qos));
  }
  return wanted;
}

/** Whether a subscription gives a topic (MQTT 4.7.1): `#` is all below and the level itself. */
export function gives(subscription: string, topic: string): boolean {
  if (subscription === topic) return true;
  if (topic.startsWith("$") && /^[+#]/.test(subscription)) return false;
  const wanted = subscription.split("/");
  const levels = topic.split("/");
  const isDeep = wanted.at(-1) === "#";
  if (isDeep ? levels.length < wanted.length - 1 : levels.length !== wanted.length) return false;
  return wanted.every((each, i) => each === "+" || each === "#" || each === levels[i]);
}

function higher(a: Qos | undefined, b: Qos): Qos {
  return a === 1 ? 1 : b;
}
