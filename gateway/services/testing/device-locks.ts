import type { DeviceLocks, LockResult } from "../../core/driver-port.ts";

/** A device's lock that somebody else may hold, lose or never answer about. */
export class TestLocks implements DeviceLocks {
  readonly asked: string[] = [];
  /** undefined: free for us; `never`: the device does not answer before the waiting ends. */
  standing: LockResult | "never" | undefined;

  lock(_device: string, _address: unknown, signal: AbortSignal): Promise<LockResult> {
    return this.#answer("lock", signal);
  }

  renew(_device: string, _address: unknown, signal: AbortSignal): Promise<LockResult> {
    return this.#answer("renew", signal);
  }

  unlock(_device: string, _address: unknown, signal: AbortSignal): Promise<LockResult> {
    return this.#answer("unlock", signal);
  }

  async #answer(what: string, signal: AbortSignal): Promise<LockResult> {
    this.asked.push(what);
    if (this.standing !== "never") return this.standing ?? { outcome: "granted" };
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    return { outcome: "refused", detail: "no answer in time" };
  }
}
