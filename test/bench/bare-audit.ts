import { hash } from "node:crypto";
import { createWriteStream } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { AuditEntry } from "../../gateway/core/records-port.ts";

/**
 * A log of the same columns and indexes written and read by nothing but `node:sqlite`: one digest over each
 * row and the one before, no canonical form, no salt, no thread, nobody else who uses the file.
 */
export class BareAudit {
  readonly #db: DatabaseSync;
  #last = "";

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE audit (n INTEGER PRIMARY KEY, at INTEGER, class TEXT, kind TEXT, who TEXT, equipment TEXT, body TEXT, hash TEXT) STRICT;
      CREATE INDEX audit_who ON audit (who, n);
      CREATE INDEX audit_equipment ON audit (equipment, n);
      CREATE INDEX audit_kind ON audit (kind, n);
      CREATE INDEX audit_class ON audit (class, n);
      CREATE INDEX audit_at ON audit (at);`);
  }

  append(entries: readonly AuditEntry[]): void {
    const insert = this.#db.prepare(
      "INSERT INTO audit (at, class, kind, who, equipment, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#db.exec("BEGIN");
    for (const entry of entries) {
      const body = JSON.stringify(entry);
      this.#last = hash("sha256", this.#last + body, "hex");
      insert.run(entry.at, entry.class, entry.action, entry.who, entry.equipment ?? null, body, this.#last);
    }
    this.#db.exec("COMMIT");
  }

  verify(): boolean {
    let last = "";
    for (const { body, hash: kept } of this.#db.prepare("SELECT body, hash FROM audit ORDER BY n").iterate()) {
      last = hash("sha256", last + String(body), "hex");
      if (last !== kept) return false;
    }
    return true;
  }

  /** @param where a condition with one parameter. */
  page(where: string, value: string | number): number {
    const rows = this.#db.prepare(`SELECT * FROM audit WHERE ${where} ORDER BY n DESC LIMIT 100`).all(value);
    return rows.map(({ body }) => JSON.parse(String(body)) as AuditEntry).length;
  }

  async export(file: string): Promise<void> {
    const out = createWriteStream(file);
    for (const row of this.#db.prepare("SELECT * FROM audit ORDER BY n").iterate()) {
      if (!out.write(`${JSON.stringify(row)}\n`)) await new Promise<void>((resolve) => out.once("drain", resolve));
    }
    await new Promise<void>((resolve) => out.end(resolve));
  }

  close(): void {
    this.#db.close();
  }
}
