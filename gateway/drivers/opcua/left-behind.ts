import type { DeviceSpec, Point } from "../../core/driver-port.ts";
import type { Publisher } from "./publisher.ts";
import type { ServerFacts } from "./server-facts.ts";
import type { Session } from "./session.ts";

/** A subscription that stands at the server with nobody on its wire. */
export interface LeftSubscription {
  readonly device: string;
  readonly id: number;
  readonly intervalMs: number;
  readonly keepAliveMs: number;
  /** Number of the last message that came; undefined: none. */
  readonly lastSequence: number | undefined;
  readonly points: readonly Point[];
  readonly failed: readonly Point[];
  /** Times in a row that it was taken up and not heard of. */
  readonly tries: number;
}

/** What a lost connection left at the server, for the next one (Part 4 §6.7). */
export interface LeftBehind {
  readonly session: Session;
  readonly facts: ServerFacts;
  readonly subscriptions: readonly LeftSubscription[];
  readonly tries: number;
}

/** What is taken up and stays silent so often is not taken up again: it may be what is broken. */
export const mostTries = 1;

const kept = new WeakMap<DeviceSpec, LeftBehind & { readonly untilMs: number }>();

/** @param key the first device of the channel: the same object for each connection of one link. */
export function keepLeft(key: DeviceSpec, left: LeftBehind, nowMs: number): void {
  if (left.tries > mostTries) kept.delete(key);
  else kept.set(key, { ...left, untilMs: nowMs + left.session.timeoutMs });
}

/** Undefined where nothing was left, or the server has given it up since. */
export function leftBehind(key: DeviceSpec, nowMs: number): LeftBehind | undefined {
  const left = kept.get(key);
  return left && nowMs < left.untilMs ? left : undefined;
}

export function forgetLeft(key: DeviceSpec): void {
  kept.delete(key);
}

/** What stands at the server now that its wire is gone. `waiting`: left by the connection before and not taken up yet. */
export function leaving(
  link: {
    readonly session: Session;
    readonly facts: ServerFacts;
    readonly publisher: Publisher;
    readonly tries: number;
  },
  waiting: Iterable<LeftSubscription>,
): LeftBehind {
  const { session, facts, publisher, tries } = link;
  const isProven = publisher.responses > 0 || publisher.subscriptions.length === 0;
  // Of two of one device the latter counts: the one that is heard here.
  const own = publisher.subscriptions.flatMap((subscription) => subscription.left ?? []);
  return { session, facts, subscriptions: [...waiting, ...own], tries: isProven ? 0 : tries + 1 };
}
