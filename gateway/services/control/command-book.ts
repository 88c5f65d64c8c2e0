import type { Clock } from "../../core/clock.ts";
import type { CommandEvent, CommandRecord, CommandState } from "../../core/control/command.ts";
import { isFinal } from "../../core/control/command.ts";
import type { Told } from "../../core/control/event-words.ts";
import type { Log } from "../../core/log.ts";

/** Finished commands kept in memory so that a client that asks again at once is answered without the store. */
const remembered = 500;

/** The commands of this run: their present record, who waits for the end, who wants to hear. */
export class CommandBook {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #records = new Map<string, CommandRecord>();
  readonly #waiting = new Map<string, Set<(record: CommandRecord) => void>>();
  /** Still written to, though their state is final. */
  readonly #held = new Set<string>();
  readonly #listeners = new Set<(record: CommandRecord) => void>();

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  get(id: string): CommandRecord | undefined {
    return this.#records.get(id);
  }

  /** Keeps a record here while it may still be changed, however many others end meanwhile; returns what lets it go. */
  hold(id: string): () => void {
    this.#held.add(id);
    return () => void this.#held.delete(id);
  }

  /** Changes a record, adds the event, tells everyone. A final state never changes (R1): only notes are added then. */
  update(
    id: string,
    change: Partial<CommandRecord>,
    event: Told & { readonly state: CommandState | "NOTE" },
  ): CommandRecord {
    const before = this.#records.get(id);
    if (!before) throw new Error(`no command ${id} in the book`);
    const at = this.#clock.wallMs();
    const settled = isFinal(before.state);
    const line: CommandEvent = { ...event, at, state: settled ? "NOTE" : event.state };
    const allowed = settled ? {} : change;
    const finishedAt = !settled && change.state && isFinal(change.state) ? at : before.finishedAt;
    return this.put({ ...before, ...allowed, finishedAt, events: [...before.events, line] });
  }

  put(record: CommandRecord): CommandRecord {
    this.#records.delete(record.id);
    this.#records.set(record.id, record);
    this.#forgetOldest();
    for (const listener of this.#listeners) this.#tell(listener, record);
    if (isFinal(record.state)) {
      for (const resolve of this.#waiting.get(record.id) ?? []) resolve(record);
      this.#waiting.delete(record.id);
    }
    return record;
  }

  onEvent(listener: (record: CommandRecord) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The final record, or the present one when `waitMs` is over first. */
  async settled(
    id: string,
    waitMs: number,
    after: (ms: number, run: () => void) => () => void,
  ): Promise<CommandRecord> {
    const now = this.#records.get(id);
    if (!now) throw new Error(`no command ${id} in the book`);
    if (isFinal(now.state) || waitMs <= 0) return now;
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(id) ?? new Set();
      this.#waiting.set(id, waiting);
      const done = (record: CommandRecord): void => {
        cancel();
        waiting.delete(done);
        resolve(record);
      };
      const cancel = after(waitMs, () => done(this.#records.get(id) ?? now));
      waiting.add(done);
    });
  }

  #forgetOldest(): void {
    if (this.#records.size <= remembered) return;
    for (const [id, record] of this.#records) {
      if (!isFinal(record.state) || this.#held.has(id)) continue;
      this.#records.delete(id);
      return;
    }
  }

  #tell(listener: (record: CommandRecord) => void, record: CommandRecord): void {
    try {
      listener(record);
    } catch (error) {
      this.#log.error({ err: error }, "a listener to commands failed");
    }
  }
}
