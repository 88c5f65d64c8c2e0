import type { AccessStore, InvitationRecord } from "../../core/access-port.ts";
import type { RecordsDatabase } from "./database.ts";
import type { InvitationRow } from "./schema.ts";

type Invitations = Pick<
  AccessStore,
  "listInvitations" | "putInvitation" | "findInvitation" | "takeInvitation" | "removeInvitation"
>;

/** Links by which people who were invited choose their password. */
export function createInvitationRepository(db: RecordsDatabase): Invitations {
  return {
    async listInvitations() {
      return (await db.selectFrom("invitations").selectAll().execute()).map(invitationOf);
    },
    async putInvitation({ userId, hash, expiresAt }: InvitationRecord) {
      const values = { hash, expires_at: expiresAt };
      await db
        .insertInto("invitations")
        .values({ ...values, user_id: userId })
        .onConflict((conflict) => conflict.column("user_id").doUpdateSet(values))
        .execute();
    },
    async findInvitation(hash: string, nowMs: number) {
      const held = db.selectFrom("invitations").selectAll().where("hash", "=", hash).where("expires_at", ">", nowMs);
      const row = await held.executeTakeFirst();
      return row && invitationOf(row);
    },
    async takeInvitation(hash: string, nowMs: number) {
      const held = db.deleteFrom("invitations").where("hash", "=", hash).where("expires_at", ">", nowMs);
      return (await held.returning("hash").executeTakeFirst()) !== undefined;
    },
    async removeInvitation(userId: string) {
      await db.deleteFrom("invitations").where("user_id", "=", userId).execute();
    },
  };
}

function invitationOf({ hash, user_id, expires_at }: InvitationRow): InvitationRecord {
  return { hash, userId: user_id, expiresAt: expires_at };
}
