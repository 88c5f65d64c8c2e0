import { join } from "node:path";
import { root } from "./install.mjs";

/**
 * Node's own options of the gateway. Young objects live for one batch: a nursery of 4 MiB instead of 16 in each of
 * the three threads costs no CPU that can be measured and saves about 40 MiB (test/bench/opcua-load.bench.ts). One
 * as small is cleared by its own thread sooner than by helpers that a busy computer has to find time for: beside
 * other work on two cores, 1 of 100 pauses was longer than 6 ms instead of 19. One helper of V8's instead of four: each
 * clearing wakes them all, for 1,000 values a second a third of all CPU time. What the start alone needed is cleared
 * when asked for (`gateway/kit/start-garbage.ts`). The last: see `gateway/kit/thread.ts`.
 */
export const gatewayFlags = [
  "--max-semi-space-size=4",
  "--no-parallel-scavenge",
  "--v8-pool-size=1",
  "--expose-gc",
  `--wasm-wrapper-tiering-budget=${2 ** 31 - 1}`,
];

/**
 * What the gateway's environment has beside ours, where nobody has said otherwise. Few malloc arenas: a dozen threads
 * would leave free memory in each (about 20 MiB). The compile cache also keeps what TypeScript became, without which
 * each thread loads the stripper (about 20 MiB, and a second of the start).
 */
export function gatewayEnvironment(environment = process.env) {
  return {
    ...environment,
    MALLOC_ARENA_MAX: environment.MALLOC_ARENA_MAX ?? "2",
    NODE_COMPILE_CACHE: environment.NODE_COMPILE_CACHE ?? join(root, "node_modules", ".cache", "node"),
  };
}
