import { call } from "../api/client.ts";
import type { Command } from "../api/wire.ts";
import { link } from "../live/link.svelte.ts";
import type { StopDeps } from "../live/stop-run.svelte.ts";
import { session } from "../session/session.svelte.ts";

/** The stop's own way out: plain HTTP with whatever credential is at hand, past socket, queue and renewal (R10). */
export function stopDeps(post: StopDeps["post"]): StopDeps {
  return {
    post,
    get: (id, signal) =>
      call<Command>(`/commands/${encodeURIComponent(id)}`, { token: session.stopToken, signal, timeoutMs: 2_000 }),
    now: () => performance.now(),
    wallMs: () => link.exactMs(),
    after(ms, action) {
      const timer = setTimeout(action, ms);
      return () => clearTimeout(timer);
    },
  };
}
