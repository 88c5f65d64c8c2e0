import type { Timers } from "../../core/clock.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import type { AuditEntry, CommandStore } from "../../core/records-port.ts";
import type { ManualTime } from "../../kit/testing/manual-time.ts";
import { MemoryCommands } from "./control-bench.ts";

/** What one gateway has of a world that goes on without it: killed, it does nothing any more, and hears nothing. */
export class OneLife {
  readonly #time: ManualTime;
  readonly #cancels = new Set<() => void>();
  #over = false;

  constructor(time: ManualTime) {
    this.#time = time;
  }

  get over(): boolean {
    return this.#over;
  }

  readonly timers: Timers = {
    after: (ms, run) => this.#keep(this.#time.after(ms, () => this.#run(run))),
    every: (ms, run) => this.#keep(this.#time.every(ms, () => this.#run(run))),
  };

  /** As kill -9: whatever it waits for never comes. */
  kill(): void {
    this.#over = true;
    for (const cancel of this.#cancels) cancel();
  }

  #keep(cancel: () => void): () => void {
    this.#cancels.add(cancel);
    return () => {
      this.#cancels.delete(cancel);
      cancel();
    };
  }

  #run(run: () => void): void {
    if (!this.#over) run();
  }
}

const never = new Promise<void>(() => undefined);

/** How a disk fails: not at all, with an error, or with an error for something that it has written all the same. */
export type Disk = "works" | "full" | "lies";

/** The records as they stand on the disk. They outlive the gateways. */
export class FrailRecords {
  readonly commands = new MemoryCommands();
  readonly audit: AuditEntry[] = [];
  disk: Disk = "works";
  auditDisk: Disk = "works";
  /** Until something is durable, ms. */
  takesMs = 0;

  /** The store as one gateway has it. */
  storeOf(life: OneLife): CommandStore {
    const { commands } = this;
    return {
      recordIntent: (record) => this.#write(life, () => commands.recordIntent(record)),
      record: (record) => this.#write(life, () => commands.record(record)),
      recordResult: (record) => this.#write(life, () => commands.recordResult(record)),
      find: (id) => commands.find(id),
      findByKey: (userId, key) => commands.findByKey(userId, key),
      list: (filter) => commands.list(filter),
      closeOpen: () => commands.closeOpen(),
    };
  }

  auditOf(life: OneLife) {
    const append = async (entry: AuditEntry): Promise<void> => {
      await this.#later(life);
      if (this.auditDisk === "full") throw new Error("audit full");
      this.audit.push(entry);
      if (this.auditDisk === "lies") throw new Error("audit timed out");
    };
    return {
      append,
      note: (entry: AuditEntry) => void append(entry).catch(() => undefined),
      available: () => this.auditDisk !== "full",
    };
  }

  durable(id: string): CommandRecord | undefined {
    return this.commands.records.get(id);
  }

  async #write<Result>(life: OneLife, write: () => Promise<Result>): Promise<Result> {
    await this.#later(life);
    if (this.disk === "full") throw new Error("disk full");
    const result = await write();
    if (this.disk === "lies") throw new Error("disk timed out");
    return result;
  }

  #later(life: OneLife): Promise<void> {
    if (life.over) return never;
    if (this.takesMs === 0) return Promise.resolve();
    return new Promise((resolve) => void life.timers.after(this.takesMs, resolve));
  }
}
