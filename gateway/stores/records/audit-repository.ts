import { hash, randomBytes } from "node:crypto";
import { sql } from "kysely";
import {
  type ChainBreak,
  type ChainHead,
  type ChainLink,
  ChainWalk,
  commitmentOf,
  coverDigest,
  entryBody,
  firstHash,
  linkHash,
  type Sha256,
} from "../../core/audit/chain.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { AuditEntry, AuditStore, StoredAuditEntry } from "../../core/records-port.ts";
import { linkOf, storedEntry } from "./audit-reading.ts";
import type { RecordsDatabase } from "./database.ts";
import { isDamage } from "./sqlite-errors.ts";

export const sha256: Sha256 = (content) => hash("sha256", content, "hex");

/** Rows read at a time while the chain is walked; other calls get their turn in between. */
const pageSize = 1_000;

/** One entry at most, bytes of canonical JSON. */
const largestBody = 64 * 1024;

/** Runs a piece of work while nothing else uses the database. */
export type Exclusive = <T>(work: (db: RecordsDatabase) => Promise<T>) => Promise<T>;

export type AuditVerdict = Awaited<ReturnType<AuditStore["verify"]>>;

export function appendAudit(db: RecordsDatabase, entry: AuditEntry): Promise<StoredAuditEntry> {
  return db.transaction().execute((transaction) => appendWithin(transaction, entry));
}

async function appendWithin(transaction: RecordsDatabase, entry: AuditEntry): Promise<StoredAuditEntry> {
  const body = bodyOf({ ...entry, at: Number.isFinite(entry.at) ? Math.trunc(entry.at) : 0 });
  const head = await headOf(transaction);
  const { at, class: group, action: kind } = JSON.parse(body) as AuditEntry;
  const salt = randomBytes(16).toString("hex");
  const commitment = commitmentOf(sha256, salt, body);
  const digest = coverDigest(sha256, { at, class: group, action: kind }, commitment);
  const next = { count: head.count + 1, hash: linkHash(sha256, head.hash, digest) };
  const row = { n: next.count, version: 2, at, class: group, kind, body, salt, commitment, digest, hash: next.hash };
  await transaction.insertInto("audit").values(row).execute();
  await transaction.updateTable("audit_head").set(next).where("id", "=", 1).execute();
  return storedEntry(row);
}

/** An entry that is too large keeps who did what and when: refusing it would let its maker go unrecorded. */
function bodyOf(entry: AuditEntry): string {
  const whole = entryBody(entry);
  const bytes = Buffer.byteLength(whole);
  return bytes <= largestBody ? whole : entryBody({ ...entry, ...shortened(entry), detail: { cut: true, bytes } });
}

function shortened({ action, who, address, target }: AuditEntry) {
  const short = (text: string | undefined) => text?.slice(0, 1000);
  return { action: action.slice(0, 1000), who: who.slice(0, 1000), address: short(address), target: short(target) };
}

export async function hashOfAudit(db: RecordsDatabase, n: number): Promise<string | undefined> {
  if (n === 0) return firstHash;
  return (await db.selectFrom("audit").select("hash").where("n", "=", n).executeTakeFirst())?.hash;
}

export async function eraseAudit(db: RecordsDatabase, what: Parameters<AuditStore["erase"]>[0]): Promise<number> {
  // What was erased is overwritten on the disk too, not only given back to the file.
  await sql`PRAGMA secure_delete = ON`.execute(db);
  try {
    return await db.transaction().execute((transaction) => eraseWithin(transaction, what));
  } finally {
    await sql`PRAGMA secure_delete = OFF`.execute(db);
    // The log beside the file holds pages from before.
    await sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db);
  }
}

async function eraseWithin(
  transaction: RecordsDatabase,
  { class: group, beforeMs, limit, nowMs }: Parameters<AuditStore["erase"]>[0],
): Promise<number> {
  const due = await transaction
    .selectFrom("audit")
    .select("n")
    .where("class", "=", group)
    .where("body", "is not", null)
    .where("at", "<", beforeMs)
    .orderBy("at")
    .limit(limit)
    .execute();
  if (due.length === 0) return 0;
  const numbers = due.map(({ n }) => n);
  await transaction.updateTable("audit").set({ body: null, salt: null }).where("n", "in", numbers).execute();
  await appendWithin(transaction, {
    at: nowMs,
    class: "administration",
    action: "audit.erased",
    who: "system:audit",
    address: undefined,
    equipment: undefined,
    target: undefined,
    result: "done",
    detail: {
      class: group,
      before: new Date(beforeMs).toISOString(),
      entries: numbers.length,
      first: Math.min(...numbers),
      last: Math.max(...numbers),
    },
  });
  return numbers.length;
}

/** Walks the whole chain page by page. Entries added meanwhile are walked too. */
export async function verifyAudit(exclusive: Exclusive): Promise<AuditVerdict> {
  const walk = new ChainWalk(sha256);
  for (;;) {
    const from = walk.head.count;
    const page = await exclusive((db) => readPage(db, from));
    const broken = page.broken ?? firstBreak(walk, page);
    if (broken) return { ok: false, count: walk.head.count, ...broken };
    if (page.links.length < pageSize) return { ok: true, count: walk.head.count, head: walk.head.hash };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Page {
  readonly links: readonly ChainLink[];
  readonly head: ChainHead;
  readonly broken?: ChainBreak;
}

async function readPage(db: RecordsDatabase, from: number): Promise<Page> {
  try {
    return await db
      .transaction()
      .setAccessMode("read only")
      .execute(async (transaction) => {
        const head = await headOf(transaction);
        const rows = await transaction
          .selectFrom("audit")
          .selectAll()
          .where("n", ">", from)
          .orderBy("n")
          .limit(pageSize)
          .execute();
        return { head, links: rows.map(linkOf) };
      });
  } catch (error) {
    if (!isDamage(error)) throw error;
    const broken = {
      brokenAt: from + 1,
      why: `the file is damaged at or after this entry (${(error as Error).message})`,
    };
    return { links: [], head: { count: 0, hash: "" }, broken };
  }
}

function firstBreak(walk: ChainWalk, page: Page): ChainBreak | undefined {
  for (const link of page.links) {
    const broken = walk.take(link);
    if (broken) return broken;
  }
  return page.links.length < pageSize ? walk.end(page.head) : undefined;
}

export async function headOf(db: RecordsDatabase): Promise<ChainHead> {
  const head = await db.selectFrom("audit_head").select(["count", "hash"]).executeTakeFirst();
  if (head === undefined)
    throw new PlanciaError("store/unavailable", "The audit has lost its head; see: plancia audit verify");
  return head;
}
