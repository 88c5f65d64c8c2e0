import type { Command, ValueView } from "../api/wire.ts";
import { commands } from "../live/commands.svelte.ts";
import { link } from "../live/link.svelte.ts";
import { newKey } from "../live/new-key.ts";
import { session } from "../session/session.svelte.ts";
import type { RunDeps } from "./command-run.svelte.ts";

/** Longer than the gateway waits for the end by itself, so that its answer is the rule. */
const postMs = 9_000;

/** How a run reaches the gateway and the rest of the page. */
export const runDeps: RunDeps = {
  post: (path, body) => session.call<Command>(path, { method: "POST", body, timeoutMs: postMs }),
  read: (tags) => session.call<readonly ValueView[]>(`/values?${new URLSearchParams({ tags: tags.join(",") })}`),
  ticket: () => (link.live ? link.ticket : ""),
  nowMs: () => link.exactMs(),
  key: newKey,
  take: (command) => commands.take(command),
  settle: (id) => commands.settled.add(id),
};
