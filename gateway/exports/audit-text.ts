import { stringify } from "csv-stringify/sync";
import type { ChainLink } from "../core/audit/chain.ts";
import type { ProofRecord } from "../core/audit/proof.ts";
import type { AuditEntry } from "../core/records-port.ts";

type Pages = AsyncIterable<readonly ProofRecord[]>;

/** One JSON object a line: the signed head, entries, and the digests of what lies between them. */
export async function* auditJsonLines(pages: Pages): AsyncGenerator<string> {
  for await (const page of pages) yield page.map((record) => `${jsonLine(record)}\n`).join("");
}

function jsonLine(record: ProofRecord): string {
  if (record.record !== "row") return JSON.stringify(record);
  const { n, version, at, class: group, action, salt, commitment, digest, hash, body } = record.link;
  const kept = body === undefined ? { commitment } : { salt };
  const head = { record: "row", n, version, time: timeOf(at), at, class: group, action, ...kept, digest, hash };
  // The entry letter by letter as it was digested.
  return `${JSON.stringify(head).slice(0, -1)},"entry":${body ?? "null"}}`;
}

export const auditColumns = [
  ...["record", "n", "time", "class", "action", "who", "address", "equipment", "target", "result", "detail"],
  ...["at", "version", "salt", "commitment", "digest", "hash", "body", "proof"],
] as const;

/**
 * The same as CSV (RFC 4180), UTF-8. Columns up to `detail` are for people, and what a spreadsheet would
 * take for a formula has an apostrophe before it there (S17); the others are the proof.
 */
export async function* auditCsv(pages: Pages): AsyncGenerator<string> {
  yield `${auditColumns.join(",")}\r\n`;
  for await (const page of pages) yield csvText(page);
}

export function csvText(records: readonly ProofRecord[]): string {
  return stringify(
    records.map((record) => (record.record === "row" ? rowCells(record.link) : proofCells(record))),
    { escape_formulas: true, record_delimiter: "windows" },
  );
}

function rowCells(link: ChainLink): readonly (string | number)[] {
  const { n, version, at, class: group, action = "", salt = "", commitment = "", digest, hash, body = "" } = link;
  const entry: Partial<AuditEntry> = body === "" ? {} : JSON.parse(body);
  const { who = "", address = "", equipment = "", target = "", result = "", detail } = entry;
  const told = detail === undefined ? "" : JSON.stringify(detail);
  const read = ["row", n, timeOf(at) ?? "", group, action, who, address, equipment, target, result, told];
  return [...read, at ?? "", version, salt, body === "" ? commitment : "", digest, hash, body, ""];
}

function proofCells(record: ProofRecord): readonly string[] {
  return [record.record, ...auditColumns.slice(2).map(() => ""), JSON.stringify(record)];
}

function timeOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString();
}
