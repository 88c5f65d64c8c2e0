import { type Selectable, sql } from "kysely";
import type { PasskeyRecord, PasskeyStore } from "../../core/passkey-port.ts";
import type { RecordsDatabase } from "./database.ts";
import { replaceCodes } from "./factor-repository.ts";
import type { PasskeyRow } from "./schema.ts";

/** Passkeys of people. */
export function createPasskeyRepository(db: RecordsDatabase): PasskeyStore {
  return {
    async list(userId: string): Promise<readonly PasskeyRecord[]> {
      const rows = await db
        .selectFrom("passkeys")
        .selectAll()
        .where("user_id", "=", userId)
        .orderBy("created_at")
        .orderBy("id")
        .execute();
      return rows.map(passkeyOf);
    },

    async add(passkey: PasskeyRecord, hashes: readonly string[] | undefined): Promise<boolean> {
      return db.transaction().execute(async (transaction) => {
        const added = await transaction
          .insertInto("passkeys")
          .values({
            id: passkey.id,
            user_id: passkey.userId,
            name: passkey.name,
            public_key: passkey.publicKey,
            counter: passkey.counter,
            transports: JSON.stringify(passkey.transports),
            created_at: passkey.createdAt,
            used_at: passkey.usedAt ?? null,
          })
          .onConflict((conflict) => conflict.column("id").doNothing())
          .returning("id")
          .executeTakeFirst();
        if (added === undefined) return false;
        if (hashes !== undefined) await replaceCodes(transaction, passkey.userId, hashes);
        return true;
      });
    },

    async use(id: string, counter: number, atMs: number): Promise<boolean> {
      const row = await db
        .updateTable("passkeys")
        .set({ counter, used_at: atMs })
        .where("id", "=", id)
        .where((eb) =>
          eb.or([eb("counter", "<", counter), eb.and([eb("counter", "=", 0), sql<boolean>`${counter} = 0`])]),
        )
        .returning("id")
        .executeTakeFirst();
      return row !== undefined;
    },

    async remove(userId: string, id: string): Promise<boolean> {
      const row = await db
        .deleteFrom("passkeys")
        .where("id", "=", id)
        .where("user_id", "=", userId)
        .where(
          sql<boolean>`(EXISTS (SELECT 1 FROM second_factors f WHERE f.user_id = ${userId})
            OR EXISTS (SELECT 1 FROM passkeys o WHERE o.user_id = ${userId} AND o.id <> ${id}))`,
        )
        .returning("id")
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}

function passkeyOf(row: Selectable<PasskeyRow>): PasskeyRecord {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    publicKey: row.public_key,
    counter: row.counter,
    transports: JSON.parse(row.transports) as string[],
    createdAt: row.created_at,
    usedAt: row.used_at ?? undefined,
  };
}
