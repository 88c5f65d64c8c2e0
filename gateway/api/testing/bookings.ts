import { PlanciaError } from "../../core/errors.ts";
import type { BookingRecord, BookingStore } from "../../core/records-port.ts";

/** Bookings in memory, with the rules of the database: no overlap of confirmed ones, changes guarded by the version. */
export class MemoryBookings implements BookingStore {
  readonly records = new Map<string, BookingRecord>();

  async addBooking(booking: BookingRecord): Promise<void> {
    this.#mustBeFree(booking);
    this.records.set(booking.id, booking);
  }

  async changeBooking(
    id: string,
    version: number,
    change: Parameters<BookingStore["changeBooking"]>[2],
  ): Promise<BookingRecord | undefined> {
    const before = this.records.get(id);
    if (!before) return undefined;
    if (before.version !== version) throw new PlanciaError("request/conflict", "it was changed meanwhile");
    const after = { ...before, ...change, version: version + 1 };
    this.#mustBeFree(after);
    this.records.set(id, after);
    return after;
  }

  async findBooking(id: string): Promise<BookingRecord | undefined> {
    return this.records.get(id);
  }

  async listBookings(filter: Parameters<BookingStore["listBookings"]>[0]): Promise<readonly BookingRecord[]> {
    return [...this.records.values()].filter(
      (booking) =>
        (filter.userId === undefined || booking.userId === filter.userId) &&
        (filter.equipment === undefined || booking.equipment === filter.equipment) &&
        booking.startMs < filter.toMs &&
        filter.fromMs < booking.endMs,
    );
  }

  async slotsOf(userId: string): Promise<readonly BookingRecord[]> {
    return [...this.records.values()].filter((each) => each.userId === userId && each.state === "CONFIRMED");
  }

  #mustBeFree(wanted: BookingRecord): void {
    if (wanted.state !== "CONFIRMED") return;
    for (const other of this.records.values()) {
      const apart = other.endMs <= wanted.startMs || wanted.endMs <= other.startMs;
      if (other.id !== wanted.id && other.state === "CONFIRMED" && other.equipment === wanted.equipment && !apart) {
        throw new PlanciaError("booking/overlap", "the time is taken");
      }
    }
  }
}
