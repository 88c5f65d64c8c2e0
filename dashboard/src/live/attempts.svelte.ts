import type { Command, ValueView } from "../api/wire.ts";
import { session } from "../session/session.svelte.ts";
import { Attempt } from "./attempt.svelte.ts";
import { commands } from "./commands.svelte.ts";
import { link } from "./link.svelte.ts";
import { newKey } from "./new-key.ts";

/** Longer than the gateway waits for the end by itself, so that its answer is the rule. */
const postMs = 9_000;

/** One attempt per tag, kept while somebody is signed in: an unknown end outlives the page that it began on. */
class Attempts {
  readonly #byTag = new Map<string, Attempt>();

  of(tag: string): Attempt {
    let attempt = this.#byTag.get(tag);
    if (!attempt) {
      attempt = new Attempt(tag, {
        post: (body) => session.call<Command>("/commands", { method: "POST", body, timeoutMs: postMs }),
        read: async (name) =>
          (await session.call<readonly ValueView[]>(`/values?${new URLSearchParams({ tags: name })}`))[0],
        ticket: () => (link.live ? link.ticket : ""),
        nowMs: () => link.exactMs(),
        key: newKey,
        take: (command) => commands.take(command),
        settle: (id) => commands.settled.add(id),
      });
      this.#byTag.set(tag, attempt);
    }
    return attempt;
  }

  clear(): void {
    this.#byTag.clear();
  }
}

export const attempts = new Attempts();
