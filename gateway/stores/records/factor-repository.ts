import type { FactorRecord, FactorStore } from "../../core/second-factor-port.ts";
import type { RecordsDatabase } from "./database.ts";

/** Second factors and their recovery codes. */
export function createFactorRepository(db: RecordsDatabase): FactorStore {
  return {
    async find(userId: string): Promise<FactorRecord | undefined> {
      const row = await db.selectFrom("second_factors").selectAll().where("user_id", "=", userId).executeTakeFirst();
      return row && { userId, sealed: row.sealed, confirmedAt: row.confirmed_at, lastStep: row.last_step };
    },

    async put({ userId, sealed, confirmedAt, lastStep }: FactorRecord, hashes: readonly string[]): Promise<void> {
      await db.transaction().execute(async (transaction) => {
        const columns = { sealed, confirmed_at: confirmedAt, last_step: lastStep };
        await transaction
          .insertInto("second_factors")
          .values({ user_id: userId, ...columns })
          .onConflict((conflict) => conflict.column("user_id").doUpdateSet(columns))
          .execute();
        await replaceCodes(transaction, userId, hashes);
      });
    },

    /** One statement, so that of two who show the same code one is first. */
    async useStep(userId: string, step: number): Promise<boolean> {
      const row = await db
        .updateTable("second_factors")
        .set({ last_step: step })
        .where("user_id", "=", userId)
        .where("last_step", "<", step)
        .returning("user_id")
        .executeTakeFirst();
      return row !== undefined;
    },

    async useRecoveryCode(userId: string, hash: string): Promise<number | undefined> {
      return db.transaction().execute(async (transaction) => {
        const gone = await transaction
          .deleteFrom("recovery_codes")
          .where("user_id", "=", userId)
          .where("hash", "=", hash)
          .returning("hash")
          .executeTakeFirst();
        return gone && countCodes(transaction, userId);
      });
    },

    async putRecoveryCodes(userId: string, hashes: readonly string[]): Promise<void> {
      await db.transaction().execute((transaction) => replaceCodes(transaction, userId, hashes));
    },

    recoveryCodesLeft: (userId) => countCodes(db, userId),

    async remove(userId: string): Promise<boolean> {
      return db.transaction().execute(async (transaction) => {
        await transaction.deleteFrom("recovery_codes").where("user_id", "=", userId).execute();
        const passkeys = await transaction
          .deleteFrom("passkeys")
          .where("user_id", "=", userId)
          .returning("id")
          .execute();
        const gone = await transaction
          .deleteFrom("second_factors")
          .where("user_id", "=", userId)
          .returning("user_id")
          .executeTakeFirst();
        return gone !== undefined || passkeys.length > 0;
      });
    },
  };
}

export async function replaceCodes(db: RecordsDatabase, userId: string, hashes: readonly string[]): Promise<void> {
  await db.deleteFrom("recovery_codes").where("user_id", "=", userId).execute();
  if (hashes.length === 0) return;
  await db
    .insertInto("recovery_codes")
    .values(hashes.map((hash) => ({ user_id: userId, hash })))
    .execute();
}

async function countCodes(db: RecordsDatabase, userId: string): Promise<number> {
  const row = await db
    .selectFrom("recovery_codes")
    .select((eb) => eb.fn.countAll<number>().as("left"))
    .where("user_id", "=", userId)
    .executeTakeFirstOrThrow();
  return Number(row.left);
}
