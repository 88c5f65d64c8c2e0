import type { HandOverNote, HandOverStore, OnCallEntry } from "../../core/hand-over-port.ts";
import type { RecordsDatabase } from "./database.ts";

/** Notes of one machine, and acknowledged calls, that are kept. */
const kept = 1_000;
/** Rows of one answer. */
const mostCalls = 1_000;

export function createHandOverRepository(db: RecordsDatabase): HandOverStore {
  return {
    async addNote(note) {
      const { id, equipment, at } = note;
      await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto("hand_over_notes")
          .values({ id, equipment, at, body: JSON.stringify(note) })
          .onConflict((conflict) => conflict.column("id").doNothing())
          .execute();
        await transaction
          .deleteFrom("hand_over_notes")
          .where("equipment", "=", equipment)
          .where("seq", "<=", (eb) =>
            eb
              .selectFrom("hand_over_notes as newer")
              .select("newer.seq")
              .where("newer.equipment", "=", equipment)
              .orderBy("newer.seq", "desc")
              .offset(kept)
              .limit(1),
          )
          .execute();
      });
    },

    async notes({ equipment, beforeId, limit }) {
      let query = db
        .selectFrom("hand_over_notes")
        .select("body")
        .where("equipment", "=", equipment)
        .orderBy("seq", "desc")
        .limit(limit);
      if (beforeId !== undefined) {
        query = query.where("seq", "<", (eb) =>
          eb.selectFrom("hand_over_notes as before").select("before.seq").where("before.id", "=", beforeId),
        );
      }
      return (await query.execute()).map((row) => noteOf(row.body));
    },

    async putCall(entry) {
      const open = entry.acknowledgedAt === undefined ? 1 : 0;
      const { id, equipment, at } = entry;
      const body = JSON.stringify(entry);
      await db.transaction().execute(async (transaction) => {
        await transaction
          .insertInto("on_call")
          .values({ id, equipment, at, open, body })
          .onConflict((conflict) => conflict.column("id").doUpdateSet({ open, body }))
          .execute();
        await transaction
          .deleteFrom("on_call")
          .where("open", "=", 0)
          .where("seq", "<=", (eb) =>
            eb
              .selectFrom("on_call as newer")
              .select("newer.seq")
              .where("newer.open", "=", 0)
              .orderBy("newer.seq", "desc")
              .offset(kept)
              .limit(1),
          )
          .execute();
      });
    },

    async openCalls() {
      const rows = await db
        .selectFrom("on_call")
        .select("body")
        .where("open", "=", 1)
        .orderBy("seq")
        .limit(mostCalls)
        .execute();
      return rows.map((row) => callOf(row.body));
    },
  };
}

/** JSON leaves out what is undefined; a field that is missing reads as undefined again. */
function noteOf(body: string): HandOverNote {
  return JSON.parse(body);
}

function callOf(body: string): OnCallEntry {
  return { acknowledgedBy: undefined, acknowledgedAt: undefined, ...JSON.parse(body) };
}
