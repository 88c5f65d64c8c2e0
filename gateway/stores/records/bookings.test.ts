import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RecordsBench, recordsBench, testBooking } from "./testing/bench.ts";

let bench: RecordsBench;
beforeEach(async () => {
  bench = await recordsBench();
  await bench.records.bookings.addBooking(testBooking("b1", 100, 200));
});
afterEach(() => bench[Symbol.asyncDispose]());

const code = (wanted: string) => expect.objectContaining({ code: wanted });

describe("bookings in the records", () => {
  it.each([
    [50, 100, "free"],
    [50, 101, "taken"],
    [120, 150, "taken"],
    [100, 200, "taken"],
    [50, 300, "taken"],
    [199, 300, "taken"],
    [200, 300, "free"],
  ])("are half-open: from %d to %d beside one from 100 to 200 is %s", async (startMs, endMs, answer) => {
    const adding = bench.records.bookings.addBooking(testBooking("b2", startMs, endMs));
    if (answer === "free") await adding;
    else await expect(adding).rejects.toThrow(code("booking/overlap"));
  });

  it("may lie over one of another machine or a cancelled one", async () => {
    const { bookings } = bench.records;
    await bookings.addBooking(testBooking("other", 100, 200, { equipment: "lathe" }));
    await bookings.addBooking(testBooking("void", 100, 200, { state: "CANCELLED" }));
    await bookings.changeBooking("b1", 1, { state: "CANCELLED" });
    await bookings.addBooking(testBooking("b2", 100, 200));
    await expect(bookings.changeBooking("void", 1, { state: "CONFIRMED" })).rejects.toThrow(code("booking/overlap"));
  });

  it("are moved only from the version that was seen, and not onto another", async () => {
    const { bookings } = bench.records;
    await bookings.addBooking(testBooking("b2", 200, 300));
    expect(await bookings.changeBooking("b2", 1, { endMs: 400 })).toEqual(testBooking("b2", 200, 400, { version: 2 }));
    await expect(bookings.changeBooking("b2", 1, { endMs: 500 })).rejects.toThrow(code("request/conflict"));
    await expect(bookings.changeBooking("b2", 2, { startMs: 199 })).rejects.toThrow(code("booking/overlap"));
    expect(await bookings.findBooking("b2")).toEqual(testBooking("b2", 200, 400, { version: 2 }));
    expect(await bookings.changeBooking("none", 1, {})).toBeUndefined();
  });

  it("must end after they start", async () => {
    await expect(bench.records.bookings.addBooking(testBooking("b2", 300, 300))).rejects.toThrow(
      code("booking/refused"),
    );
  });

  it("are listed by what they touch, and give confirmed slots", async () => {
    const { bookings } = bench.records;
    await bookings.addBooking(testBooking("b2", 200, 300, { userId: "other" }));
    await bookings.addBooking(testBooking("b3", 300, 400, { state: "CANCELLED" }));
    const ids = async (filter: Parameters<typeof bookings.listBookings>[0]) =>
      (await bookings.listBookings(filter)).map((booking) => booking.id);
    expect(await ids({ fromMs: 0, toMs: 1_000 })).toEqual(["b1", "b2", "b3"]);
    expect(await ids({ fromMs: 200, toMs: 300 })).toEqual(["b2"]);
    expect(await ids({ fromMs: 0, toMs: 1_000, userId: "other" })).toEqual(["b2"]);
    expect(await ids({ fromMs: 0, toMs: 1_000, equipment: "lathe" })).toEqual([]);
    expect(await bookings.slotsOf("guest")).toEqual([{ equipment: "mill", startMs: 100, endMs: 200 }]);
  });
});
