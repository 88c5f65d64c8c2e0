import { type Selectable, sql } from "kysely";
import type { Role, Slot } from "../../core/access/policy.ts";
import type { AccessSnapshot, IdentityKey, UserRecord } from "../../core/records-port.ts";
import { accessRows } from "./access-repository.ts";
import type { RecordsDatabase } from "./database.ts";
import type { UserRow } from "./schema.ts";
import { signInOf } from "./sign-in-repository.ts";

export type UserChange = Partial<
  Pick<UserRecord, "role" | "equipment" | "organisation" | "passwordHash" | "language" | "disabled" | "leads">
>;

/** What makes two names the same: compatibility forms folded, letter case ignored in every script. */
export function nameKey(name: string): string {
  return name.normalize("NFKC").toLowerCase();
}

/** Users, and the one-time link of the first administrator. */
export function createPeopleRepository(db: RecordsDatabase) {
  return {
    async listUsers(): Promise<readonly UserRecord[]> {
      const rows = await usersOf(db).orderBy("name_key").execute();
      return rows.map(userOf);
    },

    async findUserByName(name: string): Promise<UserRecord | undefined> {
      const row = await usersOf(db).where("name_key", "=", nameKey(name)).executeTakeFirst();
      return row && userOf(row);
    },

    async findUser(id: string): Promise<UserRecord | undefined> {
      return findUser(db, id);
    },

    async addUser(user: UserRecord, identity?: IdentityKey): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        await transaction.insertInto("users").values(userRow(user)).execute();
        if (identity === undefined) return;
        const { issuer, subject } = identity;
        await transaction.insertInto("identities").values({ issuer, subject, user_id: user.id }).execute();
      });
    },

    async findUserByIdentity({ issuer, subject }: IdentityKey): Promise<UserRecord | undefined> {
      const row = await usersOf(db)
        .innerJoin("identities", "identities.user_id", "users.id")
        .where("identities.issuer", "=", issuer)
        .where("identities.subject", "=", subject)
        .executeTakeFirst();
      return row && userOf(row);
    },

    async updateUser(id: string, change: UserChange): Promise<UserRecord | undefined> {
      await db.updateTable("users").set(changedColumns(change)).where("id", "=", id).execute();
      return findUser(db, id);
    },

    async putFirstLink(hash: string, expiresAt: number): Promise<void> {
      await db
        .insertInto("first_link")
        .values({ id: 1, hash, expires_at: expiresAt })
        .onConflict((conflict) => conflict.column("id").doUpdateSet({ hash, expires_at: expiresAt }))
        .execute();
    },

    async hasFirstLink(hash: string, nowMs: number): Promise<boolean> {
      const row = await db
        .selectFrom("first_link")
        .select("id")
        .where("hash", "=", hash)
        .where("expires_at", ">", nowMs)
        .executeTakeFirst();
      return row !== undefined;
    },

    async takeFirstLink(hash: string, nowMs: number): Promise<boolean> {
      const gone = await db
        .deleteFrom("first_link")
        .where("hash", "=", hash)
        .where("expires_at", ">", nowMs)
        .returning("id")
        .executeTakeFirst();
      return gone !== undefined;
    },

    async revision(): Promise<number> {
      return revisionOf(db);
    },

    async access(nowMs: number): Promise<AccessSnapshot> {
      return db
        .transaction()
        .setAccessMode("read only")
        .execute(async (transaction) => ({
          revision: await revisionOf(transaction),
          users: (await usersOf(transaction).execute()).map(userOf),
          signIns: (await transaction.selectFrom("sign_ins").selectAll().where("expires_at", ">", nowMs).execute()).map(
            signInOf,
          ),
          slots: await guestSlots(transaction),
          ...(await accessRows(transaction, nowMs)),
        }));
    },
  };
}

/** With the time since which each has a second factor, and nothing else of it. */
function usersOf(db: RecordsDatabase) {
  return db
    .selectFrom("users")
    .selectAll("users")
    .select(
      sql<number | null>`(SELECT min(since) FROM (
        SELECT confirmed_at AS since FROM second_factors WHERE user_id = users.id
        UNION ALL SELECT created_at FROM passkeys WHERE user_id = users.id))`.as("factor_since"),
    );
}

async function findUser(db: RecordsDatabase, id: string): Promise<UserRecord | undefined> {
  const row = await usersOf(db).where("users.id", "=", id).executeTakeFirst();
  return row && userOf(row);
}

async function revisionOf(db: RecordsDatabase): Promise<number> {
  return (await db.selectFrom("revision").select("n").executeTakeFirstOrThrow()).n;
}

async function guestSlots(db: RecordsDatabase): Promise<ReadonlyMap<string, readonly Slot[]>> {
  const rows = await db
    .selectFrom("bookings")
    .innerJoin("users", "users.id", "bookings.user_id")
    .select(["bookings.user_id", "bookings.equipment", "bookings.start_ms", "bookings.end_ms"])
    .where("users.role", "=", "guest")
    .where("bookings.state", "=", "CONFIRMED")
    .orderBy("bookings.start_ms")
    .execute();
  const byUser = Map.groupBy(rows, (row) => row.user_id);
  return new Map(
    [...byUser].map(([id, own]) => [
      id,
      own.map((row) => ({ equipment: row.equipment, startMs: row.start_ms, endMs: row.end_ms })),
    ]),
  );
}

function userOf(row: Selectable<UserRow> & { readonly factor_since: number | null }): UserRecord {
  return {
    id: row.id,
    name: row.name,
    role: row.role as Role,
    equipment: JSON.parse(row.equipment) as string[],
    organisation: row.organisation ?? undefined,
    passwordHash: row.password_hash ?? undefined,
    language: row.language as "it" | "en",
    disabled: row.disabled === 1,
    createdAt: row.created_at,
    ...(row.leads === 1 ? { leads: true } : {}),
    ...(row.factor_since === null ? {} : { factorSince: row.factor_since }),
  };
}

function userRow(user: UserRecord): Selectable<UserRow> {
  return {
    id: user.id,
    name: user.name,
    name_key: nameKey(user.name),
    role: user.role,
    equipment: JSON.stringify(user.equipment),
    organisation: user.organisation ?? null,
    password_hash: user.passwordHash ?? null,
    language: user.language,
    disabled: user.disabled ? 1 : 0,
    created_at: user.createdAt,
    leads: user.leads ? 1 : 0,
  };
}

/** `id` is set to itself where nothing else changes: an UPDATE needs a column. */
function changedColumns(change: UserChange) {
  const columns: Partial<Selectable<UserRow>> = {};
  if (change.role !== undefined) columns.role = change.role;
  if (change.equipment !== undefined) columns.equipment = JSON.stringify(change.equipment);
  if ("organisation" in change) columns.organisation = change.organisation ?? null;
  if (change.passwordHash !== undefined) columns.password_hash = change.passwordHash;
  if (change.language !== undefined) columns.language = change.language;
  if (change.leads !== undefined) columns.leads = change.leads ? 1 : 0;
  if (change.disabled !== undefined) columns.disabled = change.disabled ? 1 : 0;
  return Object.keys(columns).length > 0
    ? columns
    : (eb: { ref(column: "id"): unknown }) => ({ id: eb.ref("id") as never });
}
