import { NoAnswer, Refusal } from "../api/client.ts";
import type { AccessView, GrantView } from "../api/wire.ts";
import { Fetched } from "../live/fetched.svelte.ts";
import { link } from "../live/link.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { type GrantReason, type GrantRequest, grantReasons } from "./form.ts";

/** One person's rights and what they come to. A change is sent once and never by itself again. */
export class AccessBook {
  readonly userId: string;
  /** The machine that is asked about; empty: none. */
  machine = $state("");
  readonly answer = new Fetched(() => session.call<AccessView>(`/access?${this.#question()}`));
  readonly grants = new Fetched(async () => {
    const { items } = await session.call<{ items: readonly GrantView[] }>(
      `/grants?user=${encodeURIComponent(this.userId)}`,
    );
    return items;
  });
  /** A change is on its way: no second one beside it. */
  busy = $state(false);

  constructor(userId: string) {
    this.userId = userId;
  }

  /** Asks about a machine, or about none. */
  ask(machine: string): void {
    this.machine = machine;
    this.answer.drop();
    void this.answer.load();
  }

  load(): void {
    void this.answer.load();
    void this.grants.load();
  }

  /** Now and then every so many ms. Returns what ends it. */
  keep(everyMs: number): () => void {
    const ends = [this.answer.keep(everyMs), this.grants.keep(everyMs)];
    return () => {
      for (const end of ends) end();
    };
  }

  /** Resolves with the reasons why it was not done; none: it was. */
  add(request: GrantRequest): Promise<readonly GrantReason[]> {
    return this.#send("/grants", "POST", request);
  }

  end(id: string): Promise<readonly GrantReason[]> {
    return this.#send(`/grants/${encodeURIComponent(id)}`, "DELETE", undefined);
  }

  #question(): string {
    const asked = { user: this.userId, ...(this.machine === "" ? {} : { equipment: this.machine }) };
    return new URLSearchParams(asked).toString();
  }

  async #send(path: string, method: "POST" | "DELETE", body: unknown): Promise<readonly GrantReason[]> {
    if (!link.live) return [{ field: undefined, rule: "no-link" }];
    this.busy = true;
    try {
      await session.call<unknown>(path, { method, body });
      return [];
    } catch (error) {
      if (error instanceof Refusal) return grantReasons(error.problem);
      if (error instanceof NoAnswer) return [{ field: undefined, rule: "no-answer" }];
      throw error;
    } finally {
      this.busy = false;
      this.load();
    }
  }
}
