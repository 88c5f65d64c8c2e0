/** R14: the rules under which the gateway acts without a person, each a principal of its own. */
export const heartbeatRule = "heartbeat";
export const lossRule = "loss-of-control";

/** As it stands in the audit. */
export function principalOf(rule: string): string {
  return `system:${rule}`;
}
