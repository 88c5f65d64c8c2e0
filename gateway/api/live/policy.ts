import type { Permission } from "../../core/access/policy.ts";
import type { ClientMessage } from "../wire/live.ts";

/**
 * S1 for the socket: what each message asks of its sender. `anybody` may only say who he is;
 * everything else waits for that. What he may see of it is asked tag by tag.
 */
export const messagePolicies: Readonly<
  Record<ClientMessage["type"], "anybody" | "signed-in" | { readonly permission: Permission }>
> = {
  authenticate: "anybody",
  subscribe: { permission: "equipment:view" },
  unsubscribe: "signed-in",
  events: { permission: "equipment:view" },
  // Of the sender alone: it tells the gateway that a person is there.
  active: "signed-in",
  // Asked of nobody but who has control; of anybody else it counts for nothing.
  "lease-alive": "signed-in",
};

/** What a program's token may send, within its scope: it is no person, and has no page that could show that one is there. */
export const programMessages: ReadonlySet<ClientMessage["type"]> = new Set([
  "authenticate",
  "subscribe",
  "unsubscribe",
  "events",
]);
