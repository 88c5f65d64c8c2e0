import { type CommandRecord, isFinal } from "../../core/control/command.ts";
import { told } from "../../core/control/event-words.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { CommandStore } from "../../core/records-port.ts";
import { decodeCommand, encodeCommand } from "./command-body.ts";
import type { RecordsDatabase } from "./database.ts";

export function createCommandRepository(db: RecordsDatabase): CommandStore {
  return {
    async recordIntent(record) {
      return db.transaction().execute(async (transaction) => {
        const holder = record.key === undefined ? undefined : await findByKey(transaction, record.userId, record.key);
        if (holder !== undefined && holder.id !== record.id) return { existing: holder };
        await transaction
          .insertInto("commands")
          .values(newRow(record, record.key))
          .onConflict((conflict) => conflict.column("id").doUpdateSet(changedColumns(record)))
          .execute();
        return { existing: undefined };
      });
    },

    /** A key that another record holds already stays with that one; this record is kept beside it. */
    async record(record) {
      await db.transaction().execute(async (transaction) => {
        const holder = record.key === undefined ? undefined : await findByKey(transaction, record.userId, record.key);
        const key = holder !== undefined && holder.id !== record.id ? undefined : record.key;
        await transaction
          .insertInto("commands")
          .values(newRow(record, key))
          .onConflict((conflict) => conflict.column("id").doUpdateSet(changedColumns(record)))
          .execute();
      });
    },

    async recordResult(record) {
      const row = await db
        .updateTable("commands")
        .set(changedColumns(record))
        .where("id", "=", record.id)
        .returning("seq")
        .executeTakeFirst();
      if (row === undefined)
        throw new PlanciaError("request/not-found", `No intent is recorded for the command ${record.id}`);
    },

    async find(id) {
      const row = await db.selectFrom("commands").select("body").where("id", "=", id).executeTakeFirst();
      return row && decodeCommand(row.body);
    },

    findByKey: (userId, key) => findByKey(db, userId, key),

    async list(filter) {
      let query = db.selectFrom("commands").select("body").orderBy("seq", "desc").limit(filter.limit);
      const { equipment, userId, state, beforeId } = filter;
      if (state !== undefined) query = query.where("state", "=", state);
      if (userId !== undefined) query = query.where("user_id", "=", userId);
      if (equipment !== undefined) query = query.where("equipment", "in", [...equipment]);
      if (beforeId !== undefined) {
        query = query.where("seq", "<", (eb) =>
          eb.selectFrom("commands as before").select("before.seq").where("before.id", "=", beforeId),
        );
      }
      return (await query.execute()).map((row) => decodeCommand(row.body));
    },

    async closeOpen(nowMs) {
      return db.transaction().execute(async (transaction) => {
        const open = await transaction
          .selectFrom("commands")
          .select("body")
          .where("final", "=", 0)
          .orderBy("seq")
          .execute();
        const closed = open.map((row) => closedNow(decodeCommand(row.body), nowMs));
        for (const record of closed) {
          await transaction.updateTable("commands").set(changedColumns(record)).where("id", "=", record.id).execute();
        }
        return closed;
      });
    },
  };
}

async function findByKey(db: RecordsDatabase, userId: string, key: string): Promise<CommandRecord | undefined> {
  const row = await db
    .selectFrom("commands")
    .select("body")
    .where("user_id", "=", userId)
    .where("key", "=", key)
    .executeTakeFirst();
  return row && decodeCommand(row.body);
}

/** R5: an intent without a result is UNKNOWN and never sent again; what was only selected was never sent. */
function closedNow(record: CommandRecord, nowMs: number): CommandRecord {
  const onlySelected = record.state === "SELECTED" || record.state === "PENDING_APPROVAL";
  const state = onlySelected ? "CANCELLED" : "UNKNOWN";
  const said = told(onlySelected ? "gateway-ended-before" : "gateway-ended");
  return { ...record, state, finishedAt: nowMs, events: [...record.events, { at: nowMs, state, ...said }] };
}

function newRow(record: CommandRecord, key: string | undefined) {
  return {
    id: record.id,
    user_id: record.userId,
    key: key ?? null,
    equipment: record.equipment,
    requested_at: record.requestedAt,
    ...changedColumns(record),
  };
}

function changedColumns(record: CommandRecord) {
  return { state: record.state, final: isFinal(record.state) ? 1 : 0, body: encodeCommand(record) };
}
