import type { KioskLink, KioskRecord, SiteStore } from "../../core/site-port.ts";
import type { RecordsDatabase } from "./database.ts";
import type { KioskRow } from "./schema.ts";

export type KioskCalls = Pick<SiteStore, "addKiosk" | "enrolKiosk" | "removeKiosk">;

/** Devices at the machines. */
export function createKioskRepository(db: RecordsDatabase): KioskCalls {
  return {
    async addKiosk(kiosk: KioskRecord, link: KioskLink): Promise<void> {
      const { id, name, equipment, createdAt, enrolledAt, keyHash } = kiosk;
      await db
        .insertInto("kiosks")
        .values({
          ...{ id, name, equipment, created_at: createdAt },
          ...{ enrolled_at: enrolledAt ?? null, key_hash: keyHash ?? null },
          ...{ link_hash: link.hash, link_until: link.until },
        })
        .execute();
    },

    /** One statement, so that of two who open the same link one is first. */
    async enrolKiosk(linkHash: string, keyHash: string, nowMs: number): Promise<KioskRecord | undefined> {
      const row = await db
        .updateTable("kiosks")
        .set({ key_hash: keyHash, enrolled_at: nowMs, link_hash: null, link_until: null })
        .where("link_hash", "=", linkHash)
        .where("link_until", ">", nowMs)
        .returningAll()
        .executeTakeFirst();
      return row && kioskOf(row);
    },

    async removeKiosk(id: string): Promise<KioskRecord | undefined> {
      const row = await db.deleteFrom("kiosks").where("id", "=", id).returningAll().executeTakeFirst();
      return row && kioskOf(row);
    },
  };
}

export function kioskOf(row: KioskRow): KioskRecord {
  return {
    id: row.id,
    name: row.name,
    equipment: row.equipment,
    createdAt: row.created_at,
    enrolledAt: row.enrolled_at ?? undefined,
    keyHash: row.key_hash ?? undefined,
  };
}
