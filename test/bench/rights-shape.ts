/** Of the measurement of how soon a change of rights is everywhere. */
export const shape = {
  sockets: 500,
  people: 1_000,
  organisations: 100,
  machines: 100,
  tagsOfMachine: 50,
  rounds: 4,
} as const;

export type Order = { readonly do: "watch"; readonly for: "revoked" | "subscribed" };

export type Report =
  | { readonly kind: "connected" }
  | { readonly kind: "watching" }
  /** When each socket was told, ms of Unix time. */
  | { readonly kind: "reached"; readonly atMs: readonly number[] };
