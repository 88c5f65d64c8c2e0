import type { DerivedState, DerivedStore } from "../../core/derived-port.ts";
import type { RecordsDatabase } from "./database.ts";

export function createDerivedRepository(db: RecordsDatabase): DerivedStore {
  return {
    async list() {
      const rows = await db.selectFrom("derived_state").selectAll().execute();
      return rows.map(({ tag, definition, body, saved_at }): DerivedState => {
        return { tag, definition, body, savedAt: saved_at };
      });
    },
    async put(states) {
      await db.transaction().execute(async (transaction) => {
        for (const { tag, definition, body, savedAt } of states) {
          const row = { tag, definition, body, saved_at: savedAt };
          await transaction
            .insertInto("derived_state")
            .values(row)
            .onConflict((conflict) => conflict.column("tag").doUpdateSet(row))
            .execute();
        }
      });
    },
    async forget(tags, beforeMs) {
      await db.transaction().execute(async (transaction) => {
        for (const tag of tags) {
          await transaction
            .deleteFrom("derived_state")
            .where("tag", "=", tag)
            .where("saved_at", "<", beforeMs)
            .execute();
        }
      });
    },
  };
}
