import { PlanciaError } from "../../core/errors.ts";
import type { BookingRecord, BookingState, BookingStore } from "../../core/records-port.ts";
import type { RecordsDatabase } from "./database.ts";
import type { BookingRow } from "./schema.ts";

/** Rows of one answer. */
const mostBookings = 10_000;

export function createBookingRepository(db: RecordsDatabase): BookingStore {
  return {
    async addBooking(booking) {
      await db.insertInto("bookings").values(bookingRow(booking)).execute();
    },

    async changeBooking(id, version, change) {
      return db.transaction().execute(async (transaction) => {
        const found = await transaction
          .selectFrom("bookings")
          .select("version")
          .where("id", "=", id)
          .executeTakeFirst();
        if (found === undefined) return undefined;
        if (found.version !== version)
          throw new PlanciaError("request/conflict", `The booking is at version ${found.version} by now`);
        const row = await transaction
          .updateTable("bookings")
          .set({ ...changedColumns(change), version: version + 1 })
          .where("id", "=", id)
          .returningAll()
          .executeTakeFirstOrThrow();
        return bookingOf(row);
      });
    },

    async findBooking(id) {
      const row = await db.selectFrom("bookings").selectAll().where("id", "=", id).executeTakeFirst();
      return row && bookingOf(row);
    },

    async listBookings(filter) {
      let query = db
        .selectFrom("bookings")
        .selectAll()
        .where("start_ms", "<", filter.toMs)
        .where("end_ms", ">", filter.fromMs)
        .orderBy("start_ms")
        .limit(mostBookings);
      if (filter.userId !== undefined) query = query.where("user_id", "=", filter.userId);
      if (filter.equipment !== undefined) query = query.where("equipment", "=", filter.equipment);
      return (await query.execute()).map(bookingOf);
    },

    async slotsOf(userId) {
      const rows = await db
        .selectFrom("bookings")
        .select(["equipment", "start_ms", "end_ms"])
        .where("user_id", "=", userId)
        .where("state", "=", "CONFIRMED")
        .orderBy("start_ms")
        .execute();
      return rows.map((row) => ({ equipment: row.equipment, startMs: row.start_ms, endMs: row.end_ms }));
    },
  };
}

function changedColumns(
  change: Partial<Pick<BookingRecord, "startMs" | "endMs" | "state" | "title">>,
): Partial<BookingRow> {
  const columns: Partial<BookingRow> = {};
  if (change.startMs !== undefined) columns.start_ms = change.startMs;
  if (change.endMs !== undefined) columns.end_ms = change.endMs;
  if (change.state !== undefined) columns.state = change.state;
  if (change.title !== undefined) columns.title = change.title;
  return columns;
}

function bookingOf(row: BookingRow): BookingRecord {
  return {
    id: row.id,
    equipment: row.equipment,
    startMs: row.start_ms,
    endMs: row.end_ms,
    version: row.version,
    state: row.state as BookingState,
    userId: row.user_id,
    title: row.title,
    createdBy: row.created_by,
    createdAt: row.created_at,
  };
}

function bookingRow(booking: BookingRecord): BookingRow {
  return {
    id: booking.id,
    equipment: booking.equipment,
    start_ms: booking.startMs,
    end_ms: booking.endMs,
    version: booking.version,
    state: booking.state,
    user_id: booking.userId,
    title: booking.title,
    created_by: booking.createdBy,
    created_at: booking.createdAt,
  };
}
