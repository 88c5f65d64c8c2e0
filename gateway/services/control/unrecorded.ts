import type { Timers } from "../../core/clock.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import type { Log } from "../../core/log.ts";
import type { CommandStore } from "../../core/records-port.ts";

/** Results that wait while the store cannot be written; the oldest goes when more come. */
export const mostUnrecorded = 500;
/** Between two tries, ms. */
export const recordAgainMs = 2_000;

/**
 * Results that were told but could not be recorded (another process held the file, the disk was full).
 * Without them a restart would call UNKNOWN what was VERIFIED.
 */
export class Unrecorded {
  readonly #store: Pick<CommandStore, "record">;
  readonly #timers: Timers;
  readonly #log: Log;
  readonly #records = new Map<string, CommandRecord>();
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(store: Pick<CommandStore, "record">, timers: Timers, log: Log) {
    this.#store = store;
    this.#timers = timers;
    this.#log = log;
  }

  get waiting(): number {
    return this.#records.size;
  }

  keep(record: CommandRecord): void {
    this.#records.delete(record.id);
    this.#records.set(record.id, record);
    const [oldest] = this.#records.keys();
    if (this.#records.size > mostUnrecorded && oldest !== undefined) this.#records.delete(oldest);
    this.#later();
  }

  /** One last try; what is left is UNKNOWN at the next start. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#recordAll();
  }

  #later(): void {
    if (this.#closed) return;
    this.#cancel ??= this.#timers.after(recordAgainMs, () => {
      this.#cancel = undefined;
      return this.#recordAll();
    });
  }

  async #recordAll(): Promise<void> {
    try {
      for (const [id, record] of this.#records) {
        await this.#store.record(record);
        if (this.#records.get(id) === record) this.#records.delete(id);
      }
    } catch (error) {
      this.#log.debug({ err: error }, "results of commands still cannot be recorded");
      this.#later();
    }
  }
}
