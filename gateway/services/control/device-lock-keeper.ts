import { cause, none } from "../../core/control/checks/check.ts";
import type { Cause } from "../../core/control/command.ts";
import { leaseLimits } from "../../core/control/lease.ts";
import type { DeviceLocks, LockResult } from "../../core/driver-port.ts";
import type { Equipment } from "../../core/plant.ts";
import { unawaited } from "../../kit/guarded-timers.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { Leases } from "./leases.ts";

/** `other`: the device gave it to nobody of ours. */
export type DeviceLockState = "held" | "free" | "other" | "unknown";

/** So long a device may take to answer about its lock, ms; less than control lives without an answer. */
const answerWithinMs = 5_000;

/**
 * R40: the device's own lock goes with control of its machine: taken before, renewed with the prompts,
 * given back at the end. Where the device does not say any more that it is ours, control ends.
 */
export class DeviceLockKeeper {
  readonly #parts: Pick<LeaseParts, "plant" | "timers" | "log">;
  readonly #locks: DeviceLocks;
  readonly #leases: Leases;
  readonly #states = new Map<string, DeviceLockState>();
  readonly #renewedMs = new Map<string, number>();
  /** One question to one device's lock at a time. */
  readonly #asking = new Map<string, Promise<unknown>>();
  /** Machines that are just being given to somebody: their locks stay meanwhile. */
  readonly #taking = new Set<string>();
  readonly #stop: (() => void)[];

  constructor(parts: Pick<LeaseParts, "plant" | "timers" | "log">, locks: DeviceLocks, leases: Leases) {
    this.#parts = parts;
    this.#locks = locks;
    this.#leases = leases;
    this.#stop = [
      leases.onLook((nowMs) => this.#renewAll(nowMs)),
      leases.onNews(({ equipment, to }) => {
        if (!to) this.#release(equipment);
      }),
    ];
  }

  /** undefined: the machine's device has no lock that is declared. */
  state({ id, deviceLock }: Equipment): DeviceLockState | undefined {
    return deviceLock && (this.#states.get(id) ?? "unknown");
  }

  /**
   * For somebody who is about to get control; what it finds in the way are causes of a refusal. The lock
   * stays until `settle`, whatever becomes of it.
   */
  async take(equipment: Equipment): Promise<readonly Cause[]> {
    const { id, deviceLock } = equipment;
    if (!deviceLock) return none;
    this.#taking.add(id);
    await this.#asking.get(id);
    if (this.#states.get(id) === "held") return none;
    const result = await this.#ask(equipment, "lock");
    if (result.outcome === "granted") return none;
    if (result.outcome === "unsupported") {
      return cause(
        "device-unhealthy",
        `The device has no lock where the configuration names one: ${result.detail}`,
        `Il dispositivo non ha il blocco che la configurazione indica: ${result.detail}`,
        { lifts: { en: "Call the site", it: "Chiama il sito" } },
      );
    }
    return cause(
      "held-by-other",
      `The device does not give its own lock: ${result.detail}`,
      `Il dispositivo non concede il proprio blocco: ${result.detail}`,
      {
        lifts: {
          en: "Whoever holds the device's lock gives it back",
          it: "Chi tiene il blocco del dispositivo lo rende",
        },
      },
    );
  }

  /** It is decided who has control: without anybody the lock is given back. */
  settle(id: string): void {
    this.#taking.delete(id);
    this.#release(id);
  }

  async close(): Promise<void> {
    for (const stop of this.#stop) stop();
    await Promise.all(
      this.#parts.plant.equipment.map((each) => this.#states.has(each.id) && this.#ask(each, "unlock")),
    );
  }

  #release(id: string): void {
    const equipment = this.#parts.plant.equipment.find((each) => each.id === id);
    if (!equipment?.deviceLock || this.#taking.has(id) || this.#leases.holder(id)) return;
    if (this.#states.get(id) === "held")
      unawaited(this.#ask(equipment, "unlock"), this.#parts.log, "a lock could not be given back");
  }

  #renewAll(nowMs: number): void {
    for (const equipment of this.#parts.plant.equipment) {
      const { id } = equipment;
      if (!equipment.deviceLock || !this.#leases.holder(id) || this.#asking.has(id)) continue;
      const lastMs = this.#renewedMs.get(id);
      if (lastMs === undefined) this.#renewedMs.set(id, nowMs);
      else if (nowMs - lastMs >= leaseLimits.promptEveryMs) {
        this.#renewedMs.set(id, nowMs);
        unawaited(this.#renew(equipment), this.#parts.log, "a lock could not be renewed");
      }
    }
  }

  async #renew(equipment: Equipment): Promise<void> {
    const { outcome } = await this.#ask(equipment, "renew");
    if (outcome === "granted" || !this.#leases.holder(equipment.id)) return;
    this.#leases.step(equipment.id, { type: "end", why: "device-lock-lost" });
  }

  async #ask(equipment: Equipment, what: "lock" | "renew" | "unlock"): Promise<LockResult> {
    const { id } = equipment;
    const before = this.#asking.get(id);
    const asked = (async () => {
      await before;
      const result = await this.#answer(equipment, what);
      this.#states.set(id, stateAfter(what, result));
      return result;
    })();
    this.#asking.set(id, asked);
    try {
      return await asked;
    } finally {
      if (this.#asking.get(id) === asked) this.#asking.delete(id);
    }
  }

  /** Never throws: a driver's fault is a lock that is not ours. */
  async #answer({ id, deviceLock }: Equipment, what: "lock" | "renew" | "unlock"): Promise<LockResult> {
    if (!deviceLock) return { outcome: "unsupported", detail: "no lock is declared" };
    const waiting = new AbortController();
    const cancel = this.#parts.timers.after(answerWithinMs, () => waiting.abort());
    try {
      return await this.#locks[what](deviceLock.device, deviceLock.address, waiting.signal);
    } catch (error) {
      this.#parts.log.error({ err: error, equipment: id, what }, "the lock of a device failed");
      return { outcome: "refused", detail: "no answer" };
    } finally {
      cancel();
    }
  }
}

function stateAfter(what: "lock" | "renew" | "unlock", { outcome }: LockResult): DeviceLockState {
  if (what === "unlock") return outcome === "granted" ? "free" : "unknown";
  if (outcome === "granted") return "held";
  return outcome === "refused" ? "other" : "unknown";
}
