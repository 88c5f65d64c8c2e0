import { describe, expect, it } from "vitest";
import { testPress } from "../testing/plant.ts";
import { type BookingDraft, bookingProblems } from "./rules.ts";

const now = Date.UTC(2026, 0, 1);
const hour = 3_600_000;

function draft(more: Partial<BookingDraft> = {}): BookingDraft {
  return {
    equipment: testPress({ bookable: true }),
    person: { exists: true, disabled: false, role: "guest" },
    startMs: now + hour,
    endMs: now + 2 * hour,
    title: "",
    ...more,
  };
}

describe("a booking made by staff", () => {
  it("passes when nothing stands in its way, also one that has begun", () => {
    expect(bookingProblems(draft(), now)).toEqual([]);
    expect(bookingProblems(draft({ startMs: now - hour }), now)).toEqual([]);
  });

  it.each<[string, Partial<BookingDraft>, string]>([
    ["a machine that does not exist", { equipment: undefined }, "/equipment"],
    ["a machine that cannot be booked", { equipment: testPress() }, "/equipment"],
    ["nobody", { person: undefined }, "/userId"],
    ["a disabled person", { person: { exists: true, disabled: true, role: "guest" } }, "/userId"],
    ["staff", { person: { exists: true, disabled: false, role: "operator" } }, "/userId"],
    ["a reversed time", { startMs: now + 2 * hour, endMs: now + hour }, "/end"],
    ["less than a minute", { endMs: now + hour + 59_999 }, "/end"],
    ["more than 14 days", { endMs: now + hour + 14 * 24 * hour + 1 }, "/end"],
    ["a time that is over", { startMs: now - 2 * hour, endMs: now }, "/end"],
    ["more than a year ahead", { startMs: now + 400 * 24 * hour, endMs: now + 401 * 24 * hour }, "/start"],
    ["NaN", { startMs: Number.NaN }, "/end"],
    ["a long title", { title: "x".repeat(201) }, "/title"],
  ])("is refused for %s", (_name, change, pointer) => {
    expect(bookingProblems(draft(change), now).map((each) => each.pointer)).toContain(pointer);
  });
});
