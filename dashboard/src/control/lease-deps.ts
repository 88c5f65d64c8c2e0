import { plant } from "../live/plant.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { phone } from "../theme/viewport.ts";
import type { LeaseDeps } from "./lease-desk.svelte.ts";

/** How the desk for control reaches the gateway. */
export const leaseDeps: LeaseDeps = {
  send: (path, method, body) => session.call(path, { method, ...(body === undefined ? {} : { body }) }),
  phone: () => phone.current,
  changed: () => plant.changed(),
};
