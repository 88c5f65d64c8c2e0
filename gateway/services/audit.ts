import type { Caller, Permission } from "../core/access/policy.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import type { Clock, Timers } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Log } from "../core/log.ts";
import type { AuditEntry, AuditStore, StoredAuditEntry } from "../core/records-port.ts";
import { RecentTable } from "../kit/recent-table.ts";
import { boundedPage, searchAudit, visibleAudit } from "./audit-search.ts";
import type { AuditAnswer, AuditQuestion, AuditReading, AuditState } from "./use-cases.ts";

/** Entries that wait while the audit cannot be written; more are dropped and counted. */
export const mostWaitingEntries = 1_000;
/** Between two tries to write them, ms. */
export const retryEveryMs = 2_000;
/** Fills in what an entry does not say. */
export function auditEntry(
  entry: Pick<AuditEntry, "at" | "class" | "action" | "who"> & Partial<AuditEntry>,
): AuditEntry {
  return { address: undefined, equipment: undefined, target: undefined, result: undefined, detail: {}, ...entry };
}

export interface AuditSettings {
  readonly store: Pick<AuditStore, "append" | "list" | "head">;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/**
 * The audit as the services write and read it. `append` is for what must be on the record before it is
 * done: where it fails, the thing is not done and the entry is not written later. `note` is for what
 * has happened already (a failed sign-in, a stop request): it waits until the audit can be written.
 */
export class AuditDesk implements AuditWriter, Pick<AuditReading, "list" | "state" | "onChange"> {
  readonly #settings: AuditSettings;
  readonly #waiting: AuditEntry[] = [];
  readonly #listeners = new Set<() => void>();
  #available = true;
  #dropped = 0;
  #writing: Promise<void> | undefined;
  #cancelRetry: (() => void) | undefined;

  constructor(settings: AuditSettings) {
    this.#settings = settings;
  }

  /** Resolves when the entry is durable. @throws PlanciaError store/unavailable. */
  async append(entry: AuditEntry): Promise<StoredAuditEntry> {
    try {
      const stored = await this.#settings.store.append(entry);
      if (!this.#available) void this.#writeWaiting();
      return stored;
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Never throws, never waits. */
  note(entry: AuditEntry): void {
    if (this.#waiting.length > 0) {
      this.#keep(entry);
      return;
    }
    this.#settings.store.append(entry).catch((error: unknown) => {
      this.#failed(error);
      if (this.#available) this.#refused(entry, error);
      else this.#keep(entry);
    });
  }

  /** False from the first failure until everything that waited is written: every write but stop is refused then. */
  available(): boolean {
    return this.#available;
  }

  /** All of it for an administrator; for others who may read it, what concerns their machines. */
  async list(caller: Caller, { limit, next, ...filter }: AuditQuestion): Promise<AuditAnswer> {
    const { store, clock } = this.#settings;
    const visible = visibleAudit(caller);
    return searchAudit(store, clock, { ...filter, visible, beforeN: next, limit: boundedPage(limit) });
  }

  state(): AuditState {
    return { available: this.#available, waiting: this.#waiting.length, dropped: this.#dropped };
  }

  /** Called each time it cannot be written any more, and each time it can again. Returns what ends it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** One last try with what waits; what is left is lost and said. */
  async close(): Promise<void> {
    this.#cancelRetry?.();
    await this.#writeWaiting();
    this.#cancelRetry?.();
    if (this.#waiting.length > 0) this.#settings.log.error({ entries: this.#waiting.length }, "audit entries are lost");
  }

  #failed(error: unknown): unknown {
    if (error instanceof PlanciaError && error.code !== "store/unavailable") return error;
    if (this.#available) {
      this.#available = false;
      this.#settings.log.error({ err: error }, "the audit cannot be written; every write but stop is refused");
      const at = this.#settings.clock.wallMs();
      this.#waiting.unshift(auditEntry({ at, class: "system", action: "audit.interrupted", who: "system:audit" }));
      this.#retryLater();
      this.#tell();
    }
    if (error instanceof PlanciaError) return error;
    return new PlanciaError("store/unavailable", "The audit cannot be written", { cause: error });
  }

  /** The store works and will never take this one: kept, it would stand in the way of all that follow. */
  #refused(entry: AuditEntry, error: unknown): void {
    this.#dropped++;
    this.#settings.log.error({ err: error, action: entry.action, who: entry.who }, "the audit does not take an entry");
  }

  #keep(entry: AuditEntry): void {
    if (this.#waiting.length < mostWaitingEntries) this.#waiting.push(entry);
    else this.#dropped++;
  }

  #retryLater(): void {
    this.#cancelRetry?.();
    this.#cancelRetry = this.#settings.timers.after(retryEveryMs, () => this.#writeWaiting());
  }

  /** One at a time, so that no entry is written twice. */
  #writeWaiting(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    this.#cancelRetry?.();
    try {
      for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
        await this.#appendWaiting(entry);
        if (this.#waiting[0] === entry) this.#waiting.shift();
      }
      if (!this.#available) this.#resumed();
    } catch (error) {
      this.#settings.log.debug({ err: error }, "the audit still cannot be written");
      this.#retryLater();
    }
  }

  /** @throws PlanciaError store/unavailable, and whatever is not known. */
  async #appendWaiting(entry: AuditEntry): Promise<void> {
    try {
      await this.#settings.store.append(entry);
    } catch (error) {
      const never = error instanceof PlanciaError && error.code !== "store/unavailable";
      if (!never) throw error;
      this.#refused(entry, error);
    }
  }

  /** One listener's fault must not keep the record from being written. */
  #tell(): void {
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        this.#settings.log.error({ err: error }, "the state of the audit could not be told");
      }
    }
  }

  #resumed(): void {
    this.#available = true;
    this.#tell();
    this.#settings.log.info({ dropped: this.#dropped }, "the audit is written again");
    const detail = { dropped: this.#dropped };
    this.note(
      auditEntry({
        at: this.#settings.clock.wallMs(),
        class: "system",
        action: "audit.resumed",
        who: "system:audit",
        detail,
      }),
    );
  }
}

/** The same denial of the same person is noted once in this time, ms. */
const denialEveryMs = 60_000;

/** For `UseCases.denied`: notes who was turned away where, without letting a loop fill the disk. */
export function denialNotes(
  audit: Pick<AuditDesk, "note">,
  clock: Clock,
): (caller: Caller, permission: Permission | undefined, route: string) => void {
  const noted = new RecentTable<true>(1_000, denialEveryMs);
  return (caller, permission, route) => {
    const now = clock.monotonicMs();
    const key = `${caller.userId} ${caller.token?.id ?? ""} ${route}`;
    if (noted.get(key, now)) return;
    noted.set(key, true, now);
    const { name: who, address } = caller;
    const detail = { permission: permission ?? "a person's sign-in", role: caller.role };
    audit.note(
      auditEntry({
        at: clock.wallMs(),
        class: "sign-in",
        action: "access.denied",
        who,
        address,
        target: route,
        result: "denied",
        detail,
      }),
    );
  };
}
