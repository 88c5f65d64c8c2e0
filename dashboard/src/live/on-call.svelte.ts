import type { OnCallEntry } from "../api/wire.ts";
import { session } from "../session/session.svelte.ts";

/** What on-call was told and nobody has acknowledged, oldest first (R17, R43). */
class OnCallBook {
  entries = $state.raw<readonly OnCallEntry[]>([]);
  /** Ids whose acknowledgement did not go through. */
  failed = $state.raw<ReadonlySet<string>>(new Set());

  /** @throws Refusal, NoAnswer. */
  async load(): Promise<void> {
    if (session.may("on-call:answer")) this.entries = await session.call<readonly OnCallEntry[]>("/on-call");
  }

  async acknowledge(id: string): Promise<void> {
    try {
      await session.call(`/on-call/${encodeURIComponent(id)}/acknowledge`, { method: "POST", body: {} });
      this.entries = this.entries.filter((entry) => entry.id !== id);
    } catch {
      // It stays in the list and says so; somebody else may have been faster, which the list then shows.
      this.failed = new Set([...this.failed, id]);
      await this.load().catch(() => undefined);
    }
  }

  clear(): void {
    this.entries = [];
    this.failed = new Set();
  }
}

export const onCall = new OnCallBook();
