/** What is measured, and what the processes say to each other. */
export const shape = {
  sockets: 500,
  changesPerSecond: 1000,
  tags: 1000,
  intervalMs: 100,
  /** Of one window; a pair is one window of each. */
  windowMs: 4000,
  pairs: 5,
} as const;

export type Order = { readonly do: "begin" } | { readonly do: "end" };

export type Report =
  | { readonly kind: "ready"; readonly port: number; readonly token: string }
  | { readonly kind: "connected" }
  | { readonly kind: "cpu"; readonly cpuMs: number; readonly rssMiB: number }
  | {
      readonly kind: "received";
      readonly frames: number;
      readonly bytes: number;
      readonly medianMs: number;
      readonly p99Ms: number;
    };
