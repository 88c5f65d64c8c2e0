import { type Expression, type ExpressionBuilder, type SqlBool, sql } from "kysely";
import type {
  AuditClass,
  AuditEntry,
  AuditFilter,
  AuditProofRow,
  AuditStore,
  StoredAuditEntry,
} from "../../core/records-port.ts";
import type { RecordsDatabase } from "./database.ts";
import type { Schema } from "./schema.ts";

type Builder = ExpressionBuilder<Schema, "audit">;

export async function listAudit(
  db: RecordsDatabase,
  filter: Parameters<AuditStore["list"]>[0],
): Promise<readonly StoredAuditEntry[]> {
  const { beforeN, fromN, limit } = filter;
  const times = await numbersOf(db, filter);
  if (times === "none") return [];
  let query = db
    .selectFrom("audit")
    .select(["n", "at", "class", "kind", "body", "hash"])
    .where((eb) => eb.and(conditions(eb, filter)))
    .orderBy("n", "desc")
    .limit(limit);
  const lowest = Math.max(fromN ?? 0, times?.first ?? 0);
  const highest = Math.min((beforeN ?? Number.MAX_SAFE_INTEGER) - 1, times?.last ?? Number.MAX_SAFE_INTEGER);
  if (lowest > 0) query = query.where("n", ">=", lowest);
  if (highest < Number.MAX_SAFE_INTEGER - 1) query = query.where("n", "<=", highest);
  return (await query.execute()).map(storedEntry);
}

export async function firstSince(db: RecordsDatabase, fromMs: number): Promise<number> {
  const times = await numbersOf(db, { fromMs });
  if (times !== "none" && times !== undefined) return times.first;
  const { count } = await db.selectFrom("audit_head").select("count").executeTakeFirstOrThrow();
  return count + 1;
}

/** All of the chain from `afterN` on; what the filter leaves out as a bare link. */
export async function proofOfAudit(
  db: RecordsDatabase,
  filter: Parameters<AuditStore["proof"]>[0],
): Promise<readonly AuditProofRow[]> {
  const rows = await db
    .selectFrom("audit")
    .selectAll()
    .select((eb) => eb.and(conditions(eb, filter)).as("chosen"))
    .where("n", ">", filter.afterN)
    .where("n", "<=", filter.upToN)
    .orderBy("n")
    .limit(filter.limit)
    .execute();
  return rows.map((row) => {
    const chosen = Number(row.chosen) === 1;
    return { ...linkOf(chosen ? row : { ...row, body: null, salt: null }), chosen };
  });
}

/** The numbers between which all entries of a time lie, by the index of times alone. */
async function numbersOf(
  db: RecordsDatabase,
  { fromMs, toMs }: AuditFilter,
): Promise<{ first: number; last: number } | "none" | undefined> {
  if (fromMs === undefined && toMs === undefined) return undefined;
  const { first, last } = await db
    .selectFrom("audit")
    .select((eb) => [eb.fn.min("n").as("first"), eb.fn.max("n").as("last")])
    .where("at", ">=", fromMs ?? Number.MIN_SAFE_INTEGER)
    .where("at", "<", toMs ?? Number.MAX_SAFE_INTEGER)
    .executeTakeFirstOrThrow();
  return first === null || last === null ? "none" : { first: Number(first), last: Number(last) };
}

function conditions(eb: Builder, filter: AuditFilter): Expression<SqlBool>[] {
  const { action, equipment, who, text, visible, fromMs, toMs } = filter;
  const all: Expression<SqlBool>[] = [];
  // An erased body leaves these columns empty, and so matches nobody and nothing.
  if (equipment !== undefined) all.push(eb("equipment", "=", equipment));
  if (who !== undefined) all.push(eb("who", "=", who));
  if (action !== undefined) all.push(eb("kind", "=", action));
  if (filter.class !== undefined) all.push(eb("class", "=", filter.class));
  if (fromMs !== undefined) all.push(eb("at", ">=", fromMs));
  if (toMs !== undefined) all.push(eb("at", "<", toMs));
  if (text !== undefined) all.push(sql<SqlBool>`body LIKE ${likeOf(text)} ESCAPE '\\'`);
  if (visible !== undefined) all.push(eb.or(visible.map((pattern) => sql<SqlBool>`equipment GLOB ${globOf(pattern)}`)));
  return all;
}

/** As it stands in the JSON of a body. */
function likeOf(text: string): string {
  const inside = JSON.stringify(text.toWellFormed()).slice(1, -1);
  return `%${inside.replace(/[\\%_]/g, "\\$&")}%`;
}

/** Our patterns know `*` alone; GLOB also `?` and `[`, which are put in brackets to stand for themselves. */
function globOf(pattern: string): string {
  return pattern.replace(/[?[]/g, "[$&]");
}

interface LinkColumns {
  readonly n: number;
  readonly version: number;
  readonly at: number | null;
  readonly class: string;
  readonly kind: string | null;
  readonly body: string | null;
  readonly salt: string | null;
  readonly commitment: string | null;
  readonly digest: string;
  readonly hash: string;
}

export function linkOf(row: LinkColumns) {
  const { n, version, digest, hash } = row;
  return {
    ...{ n, version, digest, hash, class: row.class },
    at: row.at ?? undefined,
    action: row.kind ?? undefined,
    body: row.body ?? undefined,
    salt: row.salt ?? undefined,
    commitment: row.commitment ?? undefined,
  };
}

/** A body that was erased shows as an entry without words; its place, time, kind and hash stay. */
export function storedEntry(row: Pick<LinkColumns, "n" | "at" | "class" | "kind" | "body" | "hash">): StoredAuditEntry {
  const erased = { at: row.at ?? 0, action: row.kind ?? "erased", result: "erased" };
  const entry: Partial<AuditEntry> = row.body === null ? erased : JSON.parse(row.body);
  return {
    at: entry.at ?? 0,
    class: row.class as AuditClass,
    action: entry.action ?? "",
    who: entry.who ?? "",
    address: entry.address,
    equipment: entry.equipment,
    target: entry.target,
    result: entry.result,
    detail: entry.detail ?? {},
    n: row.n,
    hash: row.hash,
  };
}
