import type { AcceptanceStore, AcceptedControl } from "../../core/acceptance-port.ts";
import type { RecordsDatabase } from "./database.ts";
import type { AcceptedControlRow } from "./schema.ts";

export function createAcceptanceRepository(db: RecordsDatabase): AcceptanceStore {
  return {
    async listAccepted() {
      return (await db.selectFrom("accepted_control").selectAll().orderBy("equipment").execute()).map(acceptedOf);
    },

    async putAccepted(accepted) {
      await db.transaction().execute(async (transaction) => {
        for (const row of accepted.map(rowOf)) {
          await transaction
            .insertInto("accepted_control")
            .values(row)
            .onConflict((conflict) => conflict.column("equipment").doUpdateSet(row))
            .execute();
        }
      });
    },

    async removeAccepted(equipment) {
      await db.deleteFrom("accepted_control").where("equipment", "=", equipment).execute();
    },
  };
}

function acceptedOf(row: AcceptedControlRow): AcceptedControl {
  const { equipment, sheet, digest, address } = row;
  return {
    ...{ equipment, sheet, digest, address },
    acceptedAt: row.accepted_at,
    acceptedBy: row.accepted_by,
    narrowedAt: row.narrowed_at ?? undefined,
  };
}

function rowOf(accepted: AcceptedControl): AcceptedControlRow {
  const { equipment, sheet, digest, address } = accepted;
  return {
    ...{ equipment, sheet, digest, address },
    accepted_at: accepted.acceptedAt,
    accepted_by: accepted.acceptedBy,
    narrowed_at: accepted.narrowedAt ?? null,
  };
}
