import { call } from "../api/client.ts";
import type { Command, KioskView } from "../api/wire.ts";
import type { StopDeps } from "../live/stop-run.svelte.ts";
import type { KioskDeps } from "./kiosk-link.svelte.ts";

/** Shorter than what makes a picture the past. */
const askMs = 3_000;
/** A PIN takes its time to be checked. */
const postMs = 10_000;

function after(ms: number, action: () => void): () => void {
  const timer = setTimeout(action, ms);
  return () => clearTimeout(timer);
}

/** The device's key is a cookie that only the browser sees. */
export const kioskDeps: KioskDeps = {
  ask: () => call<KioskView>("/kiosk", { timeoutMs: askMs }),
  post: (path, body) => call<KioskView>(`/kiosk${path}`, { method: "POST", body, timeoutMs: postMs }),
  now: () => performance.now(),
  wallMs: () => Date.now(),
  after,
};

/** @param wallMs the gateway's clock as far as it is known. */
export function kioskStop(wallMs: () => number): StopDeps {
  return {
    post: async (signal) => [await call<Command>("/kiosk/stop", { method: "POST", body: { wait: 0 }, signal })],
    get: (id, signal) => call<Command>(`/kiosk/stop/${encodeURIComponent(id)}`, { signal, timeoutMs: 2_000 }),
    now: () => performance.now(),
    wallMs,
    after,
  };
}
