import type { Timers } from "../../core/clock.ts";
import type { Job } from "./bus.ts";

/**
 * On a serial line answers carry no id: one that comes after its time-out looks like that to the same
 * question asked again. So a unit that was silent is not read again before as much time more has gone
 * by, and its first answer afterwards counts only when nothing follows it. Writes go out at once:
 * their echo carries address and value.
 */
export class LateGuard {
  readonly #timers: Timers;
  /** Units that may owe an answer, and while their reads wait, what calls the waiting off. */
  readonly #owing = new Map<number, (() => void) | undefined>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** @param over called when reads of this unit may leave again. */
  timedOut({ unitId, timeoutMs, lateMs = timeoutMs }: Job, over: () => void): void {
    this.#owing.get(unitId)?.();
    // The timer alone decides: it may fire a little before the clock says so, and nobody would look again.
    const cancel = this.#timers.after(lateMs, () => {
      this.#owing.set(unitId, undefined);
      over();
    });
    this.#owing.set(unitId, cancel);
  }

  mayLeave({ unitId, request }: Job): boolean {
    return request.kind !== "read" || this.#owing.get(unitId) === undefined;
  }

  /** Whether the unit may still owe the answer to an earlier question. */
  isOwed(unitId: number): boolean {
    return this.#owing.has(unitId);
  }

  settled(unitId: number): void {
    this.#owing.get(unitId)?.();
    this.#owing.delete(unitId);
  }

  end(): void {
    for (const cancel of this.#owing.values()) cancel?.();
    this.#owing.clear();
  }
}
