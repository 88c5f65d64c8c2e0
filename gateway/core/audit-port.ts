import type { AuditEntry } from "./records-port.ts";

/** What services append to; the chain behind it is the store's business. */
export interface AuditWriter {
  /** Resolves when the entry is durable. @throws PlanciaError store/unavailable. */
  append(entry: AuditEntry): Promise<unknown>;
  /** For what has happened already: waits, bounded, until the audit can be written. Never throws. */
  note(entry: AuditEntry): void;
  /** False while the audit cannot be written: every write but stop is refused then. */
  available(): boolean;
}
