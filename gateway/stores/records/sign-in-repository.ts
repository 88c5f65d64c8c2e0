import type { SignInChange, SignInRecord } from "../../core/records-port.ts";
import type { RecordsDatabase } from "./database.ts";
import type { SignInRow } from "./schema.ts";

export function createSignInRepository(db: RecordsDatabase) {
  return {
    /** Sweeps out what is past its absolute end on the way. */
    async addSignIn(signIn: SignInRecord, most: number): Promise<readonly string[]> {
      return db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom("sign_ins").where("expires_at", "<=", signIn.createdAt).execute();
        const ended = await endSurplus(transaction, signIn.userId, most);
        await transaction.insertInto("sign_ins").values(signInRow(signIn)).execute();
        return ended;
      });
    },

    /** Newest first. */
    async listSignIns(userId: string, nowMs: number): Promise<readonly SignInRecord[]> {
      const rows = await db
        .selectFrom("sign_ins")
        .selectAll()
        .where("user_id", "=", userId)
        .where("expires_at", ">", nowMs)
        .orderBy("created_at", "desc")
        .execute();
      return rows.map(signInOf);
    },

    async findSignIn(id: string): Promise<SignInRecord | undefined> {
      const row = await db.selectFrom("sign_ins").selectAll().where("id", "=", id).executeTakeFirst();
      return row && signInOf(row);
    },

    async findSignInBySecret(hash: string, nowMs: number): Promise<SignInRecord | undefined> {
      const row = await db
        .selectFrom("sign_ins")
        .selectAll()
        .where((eb) =>
          eb.or([
            eb("secret_hash", "=", hash),
            eb.and([eb("previous_hash", "=", hash), eb("previous_until", ">", nowMs)]),
          ]),
        )
        .executeTakeFirst();
      return row && signInOf(row);
    },

    async findSignInByStop(hash: string): Promise<SignInRecord | undefined> {
      const row = await db.selectFrom("sign_ins").selectAll().where("stop_hash", "=", hash).executeTakeFirst();
      return row && signInOf(row);
    },

    async updateSignIn(id: string, change: SignInChange): Promise<void> {
      const columns: Partial<SignInRow> = {};
      if (change.secretHash !== undefined) columns.secret_hash = change.secretHash;
      if ("previousHash" in change) columns.previous_hash = change.previousHash ?? null;
      if ("previousUntil" in change) columns.previous_until = change.previousUntil ?? null;
      if (change.lastSeenAt !== undefined) columns.last_seen_at = change.lastSeenAt;
      if (change.secondFactor !== undefined) columns.second_factor = change.secondFactor ? 1 : 0;
      if (change.activeAt !== undefined) columns.active_at = change.activeAt;
      if ("lockedAt" in change) columns.locked_at = change.lockedAt ?? null;
      if (Object.keys(columns).length === 0) return;
      await db.updateTable("sign_ins").set(columns).where("id", "=", id).execute();
    },

    async endSignIn(id: string): Promise<void> {
      await db.deleteFrom("sign_ins").where("id", "=", id).execute();
    },

    async endSignInsOf(userId: string, exceptId?: string): Promise<void> {
      await db
        .deleteFrom("sign_ins")
        .where("user_id", "=", userId)
        .where("id", "<>", exceptId ?? "")
        .execute();
    },

    async endSignInsThrough(provider: string, session: string): Promise<readonly string[]> {
      const ended = await db
        .deleteFrom("sign_ins")
        .where("provider", "=", provider)
        .where("provider_session", "=", session)
        .returning((eb) => eb.selectFrom("users").select("name").whereRef("users.id", "=", "user_id").as("name"))
        .execute();
      return ended.flatMap(({ name }) => name ?? []);
    },
  };
}

async function endSurplus(db: RecordsDatabase, userId: string, most: number): Promise<readonly string[]> {
  const rows = await db
    .deleteFrom("sign_ins")
    .where("id", "in", (eb) =>
      eb
        .selectFrom("sign_ins")
        .select("id")
        .where("user_id", "=", userId)
        .orderBy("last_seen_at", "desc")
        .limit(-1)
        .offset(most - 1),
    )
    .returning("id")
    .execute();
  return rows.map(({ id }) => id);
}

export function signInOf(row: SignInRow): SignInRecord {
  return {
    id: row.id,
    userId: row.user_id,
    secretHash: row.secret_hash,
    previousHash: row.previous_hash ?? undefined,
    previousUntil: row.previous_until ?? undefined,
    stopHash: row.stop_hash,
    createdAt: row.created_at,
    lastSeenAt: row.last_seen_at,
    expiresAt: row.expires_at,
    secondFactor: row.second_factor === 1,
    activeAt: row.active_at,
    lockedAt: row.locked_at ?? undefined,
    address: row.address,
    userAgent: row.user_agent,
    ...(row.provider === null ? {} : { provider: row.provider }),
    ...(row.provider_session === null ? {} : { providerSession: row.provider_session }),
  };
}

function signInRow(signIn: SignInRecord): SignInRow {
  return {
    id: signIn.id,
    user_id: signIn.userId,
    secret_hash: signIn.secretHash,
    previous_hash: signIn.previousHash ?? null,
    previous_until: signIn.previousUntil ?? null,
    stop_hash: signIn.stopHash,
    created_at: signIn.createdAt,
    last_seen_at: signIn.lastSeenAt,
    expires_at: signIn.expiresAt,
    second_factor: signIn.secondFactor ? 1 : 0,
    active_at: signIn.activeAt,
    locked_at: signIn.lockedAt ?? null,
    address: signIn.address,
    user_agent: signIn.userAgent,
    provider: signIn.provider ?? null,
    provider_session: signIn.providerSession ?? null,
  };
}
