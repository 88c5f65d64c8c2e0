import { NoAnswer, Refusal } from "../api/client.ts";
import type { SignInAlarm } from "../api/wire.ts";
import { session } from "../session/session.svelte.ts";

/** What the gateway takes for a stolen sign-in and no administrator has acknowledged: all of it for them, one's own for others. */
class SignInAlarmBook {
  entries = $state.raw<readonly SignInAlarm[]>([]);
  busy = $state(false);
  /** The last acknowledgement did not go through. */
  failed = $state(false);

  /** @throws Refusal, NoAnswer. */
  async load(): Promise<void> {
    const { items } = await session.call<{ items: readonly SignInAlarm[] }>("/sign-in-alarms");
    this.entries = items;
  }

  async acknowledge(id: string): Promise<void> {
    this.busy = true;
    this.failed = false;
    try {
      await session.call(`/sign-in-alarms/${encodeURIComponent(id)}/acknowledge`, { method: "POST" });
      this.entries = this.entries.filter((entry) => entry.id !== id);
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof NoAnswer)) throw error;
      // The dialog for the code says itself what is missing.
      this.failed = !(error instanceof Refusal && error.problem.code === "auth/step-up-required");
    } finally {
      this.busy = false;
    }
    await this.load().catch(() => undefined);
  }

  clear(): void {
    this.entries = [];
    this.failed = false;
  }
}

export const signInAlarms = new SignInAlarmBook();
