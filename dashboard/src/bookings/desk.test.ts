import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NoAnswer, Refusal } from "../api/client.ts";
import type { BookingView } from "../api/wire.ts";
import { link } from "../live/link.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { BookingDesk } from "./desk.svelte.ts";

beforeEach(() => {
  link.phase = "live";
});
afterEach(() => {
  link.phase = "connecting";
  vi.restoreAllMocks();
});

const booking: BookingView = {
  id: "b1",
  equipment: "mill",
  machine: { en: "Mill", it: "Fresa" },
  userId: "u",
  user: "E. Greco",
  start: "2026-11-24T08:00:00.000Z",
  end: "2026-11-24T10:00:00.000Z",
  title: "",
  state: "CONFIRMED",
  version: 3,
  createdAt: "2026-11-20T00:00:00.000Z",
};
const request = { equipment: "mill", userId: "u", start: booking.start, end: booking.end, title: "" };
const overlap = new Refusal({ type: "x", title: "The time is taken", status: 409, code: "booking/overlap" });

test("a change names the version that was read and carries only what may change", async () => {
  const called = vi.spyOn(session, "call").mockResolvedValue(booking);
  await new BookingDesk().change(booking, { ...request, end: "2026-11-24T11:00:00.000Z" });
  expect(called).toHaveBeenCalledExactlyOnceWith("/bookings/b1", {
    method: "PATCH",
    body: { start: booking.start, end: "2026-11-24T11:00:00.000Z", title: "" },
    version: 3,
  });
});

test("an overlap names who is in the way, not what is cancelled and not itself", async () => {
  const others = [{ ...booking, id: "b2", user: "Politecnico" }, { ...booking, id: "b3", state: "CANCELLED" }, booking];
  vi.spyOn(session, "call").mockImplementation(async (_path, options) => {
    if (options?.method === "PATCH") throw overlap;
    return { items: others } as never;
  });
  const outcome = await new BookingDesk().change(booking, request);
  expect(outcome.booking).toBeUndefined();
  expect(outcome.reasons).toMatchObject([{ field: "start", rule: "booking/overlap" }]);
  expect(outcome.taken.map((one) => one.user)).toEqual(["Politecnico"]);
});

test("without a live connection nothing is sent", async () => {
  const called = vi.spyOn(session, "call");
  link.phase = "lost";
  const outcome = await new BookingDesk().create(request);
  expect(outcome.reasons).toEqual([{ field: undefined, rule: "no-link" }]);
  expect(called).not.toHaveBeenCalled();
});

test("no answer is said as what it is: it may have been done", async () => {
  vi.spyOn(session, "call").mockRejectedValue(new NoAnswer(new Error("gone")));
  const desk = new BookingDesk();
  expect((await desk.cancel(booking)).reasons).toEqual([{ field: undefined, rule: "no-answer" }]);
  expect(desk.busy).toBe(false);
});
