import { canonicalJson } from "../core/audit/canonical.ts";
import { type ChainBreak, type ChainLink, commitmentOf, type Sha256 } from "../core/audit/chain.ts";
import { exportFormat, type ProofRecord, ProofWalk } from "../core/audit/proof.ts";
import { readHead, type SignedHead } from "../core/audit/signed-head.ts";
import { auditColumns, csvText } from "./audit-text.ts";
import { csvRows, textLines } from "./text-rows.ts";

export type ExportVerdict =
  | { readonly ok: true; readonly rows: number; readonly head: SignedHead }
  | { readonly ok: false; readonly line: number; readonly broken: ChainBreak };

/**
 * Checks an export of the audit, as JSON lines or as CSV, by nothing but itself and the public key.
 * @param headFault what is wrong with the signed head, by the key that the reader trusts.
 */
export async function verifyAuditExport(
  text: AsyncIterable<string>,
  sha256: Sha256,
  headFault: (head: SignedHead) => string | undefined,
): Promise<ExportVerdict> {
  const walk = new ProofWalk(sha256, headFault);
  let line = 0;
  for await (const read of recordsOf(text, sha256)) {
    line = read.line;
    const broken = "why" in read ? { brokenAt: 0, why: read.why } : walk.take(read.record);
    if (broken) return { ok: false, line, broken };
  }
  const broken = walk.end();
  const { head, rows } = walk;
  if (broken || head === undefined) {
    return { ok: false, line: line + 1, broken: broken ?? { brokenAt: 0, why: "there is no signed head" } };
  }
  return { ok: true, rows, head };
}

type Read = { readonly line: number } & ({ readonly record: ProofRecord } | { readonly why: string });

async function* recordsOf(text: AsyncIterable<string>, sha256: Sha256): AsyncGenerator<Read> {
  const source = text[Symbol.asyncIterator]();
  const first = await source.next();
  const begin = first.done ? "" : first.value;
  const whole = rejoined(begin, source);
  let line = 0;
  if (begin.startsWith("{")) {
    for await (const one of textLines(whole)) yield { line: ++line, ...jsonRecord(one, sha256) };
    return;
  }
  for await (const cells of csvRows(whole)) {
    line++;
    const heading = cells.join(",") === auditColumns.join(",");
    if (line === 1 && !heading) yield { line, why: "this is no export of the audit" };
    else if (line > 1) yield { line, ...csvRecord(cells, sha256) };
  }
}

async function* rejoined(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

type Outcome = { readonly record: ProofRecord } | { readonly why: string };

function jsonRecord(line: string, sha256: Sha256): Outcome {
  const value = objectOf(line);
  if (value?.["record"] !== "row") return proofRecord(value);
  const { entry, time, at } = value;
  const body = entry === null || entry === undefined ? undefined : canonicalJson(entry);
  const link = linkOf({ ...value, body }, sha256);
  if (link === undefined || (typeof at === "number" && time !== new Date(at).toISOString()))
    return { why: "an entry is not as it was written" };
  return { record: { record: "row", link } };
}

function csvRecord(cells: readonly string[], sha256: Sha256): Outcome {
  const value = Object.fromEntries(auditColumns.map((name, index) => [name, cells[index] ?? ""]));
  if (value.record !== "row") {
    const proof = objectOf(value.proof);
    const alone = cells.slice(1, -1).every((cell) => cell === "") && proof?.["record"] === value.record;
    return alone ? proofRecord(proof) : { why: "a column is not as it was written" };
  }
  const { n, version, at, salt, commitment, body } = value;
  const numbers = { n: Number(n), version: Number(version), at: at === "" ? undefined : Number(at) };
  const texts = { salt: salt || undefined, commitment: commitment || undefined, body: body || undefined };
  const link = linkOf({ ...value, ...numbers, ...texts }, sha256);
  // What people read in the first columns must be what was digested.
  const sound = link !== undefined && (link.body === undefined || objectOf(link.body) !== undefined);
  const same = sound && csvText([{ record: "row", link }]) === csvLine(cells);
  return same ? { record: { record: "row", link } } : { why: "a column is not as it was written" };
}

function csvLine(cells: readonly string[]): string {
  const quoted = cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell));
  return `${quoted.join(",")}\r\n`;
}

function proofRecord(value: Readonly<Record<string, unknown>> | undefined): Outcome {
  const { record, format, before, first, digests } = value ?? {};
  if (record === "head") {
    const head = readHead(value?.["head"]);
    const { count, hash } = (before ?? {}) as { count?: unknown; hash?: unknown };
    if (format !== exportFormat || head === undefined || typeof count !== "number" || !isHash(hash))
      return { why: "the head is not of a format that is known here" };
    const filter = {};
    return { record: { record, format, head, before: { count, hash }, filter, by: "" } };
  }
  if (record === "links" && typeof first === "number" && Array.isArray(digests) && digests.every(isHash))
    return { record: { record, first, digests } };
  return { why: "this line is none of an export" };
}

function linkOf(value: Readonly<Record<string, unknown>>, sha256: Sha256): ChainLink | undefined {
  const { n, version, at, action, digest, hash, salt, body } = value;
  const texts = [value["class"], digest, hash].every((text) => typeof text === "string");
  if (typeof n !== "number" || typeof version !== "number" || !texts) return undefined;
  const given = typeof value["commitment"] === "string" ? value["commitment"] : undefined;
  const made = typeof salt === "string" && typeof body === "string" ? commitmentOf(sha256, salt, body) : given;
  return {
    ...{ n, version, class: value["class"] as string, digest: digest as string, hash: hash as string },
    at: typeof at === "number" ? at : undefined,
    action: typeof action === "string" ? action : undefined,
    body: typeof body === "string" ? body : undefined,
    salt: typeof salt === "string" ? salt : undefined,
    commitment: made,
  };
}

function objectOf(text: string | undefined): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // No JSON: said by the caller.
    return undefined;
  }
}

function isHash(value: unknown): value is string {
  return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
