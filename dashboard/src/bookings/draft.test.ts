import { expect, test } from "vitest";
import { checkedDraft, type Draft, draftFrom, draftOf, isTwice, reasonsOf } from "./draft.ts";

const rome = "Europe/Rome";
const draft: Draft = {
  equipment: "mill",
  userId: "u1",
  start: "2026-11-24T09:00",
  startWhich: "",
  end: "2026-11-24T17:00",
  endWhich: "",
  title: "  Lot 12 ",
};

test("a form becomes a request in UTC, read in the site's zone", () => {
  expect(checkedDraft(draft, rome)).toEqual({
    request: {
      equipment: "mill",
      userId: "u1",
      start: "2026-11-24T08:00:00.000Z",
      end: "2026-11-24T16:00:00.000Z",
      title: "Lot 12",
    },
  });
});

test("everything that is missing is said at once", () => {
  expect(checkedDraft({ ...draft, equipment: "", userId: "", start: "", end: "" }, rome).reasons).toEqual([
    { field: "equipment", rule: "missing" },
    { field: "userId", rule: "missing" },
    { field: "start", rule: "missing" },
    { field: "end", rule: "missing" },
  ]);
});

test("28 Mar 2027, 02:30 in Rome: there is no such time", () => {
  const checked = checkedDraft({ ...draft, start: "2027-03-28T02:30", end: "2027-03-28T05:00" }, rome);
  expect(checked.reasons).toEqual([{ field: "start", rule: "no-such-time" }]);
});

test.each([
  ["", undefined],
  ["first", "2026-10-25T00:30:00.000Z"],
  ["second", "2026-10-25T01:30:00.000Z"],
] as const)("25 Oct 2026, 02:30 in Rome happens twice: which = %s", (endWhich, end) => {
  const night = { ...draft, start: "2026-10-24T22:00", end: "2026-10-25T02:30", endWhich };
  const checked = checkedDraft(night, rome);
  if (end === undefined) expect(checked.reasons).toEqual([{ field: "end", rule: "twice" }]);
  else expect(checked.request?.end).toBe(end);
  expect(isTwice(night.end, rome)).toBe(true);
  expect(isTwice(night.start, rome)).toBe(false);
});

test("a refusal keeps every reason, each at its field", () => {
  const reasons = reasonsOf({
    code: "booking/refused",
    title: "The booking breaks a rule",
    errors: [
      { pointer: "/equipment", detail: "a machine that can be booked", rule: "not-bookable" },
      { pointer: "/end", detail: "at least one minute after the start", rule: "too-short" },
      { pointer: "/end", detail: "in the future", rule: "in-the-past" },
      { pointer: "/surprise", detail: "no such field here" },
    ],
  });
  expect(reasons.map(({ field, rule }) => [field, rule])).toEqual([
    ["equipment", "not-bookable"],
    ["end", "too-short"],
    ["end", "in-the-past"],
    [undefined, "booking/refused"],
  ]);
});

test("a taken time is said at the start", () => {
  const taken = { code: "booking/overlap", title: "The time is taken", detail: "The machine is booked in that time" };
  expect(reasonsOf(taken)).toEqual([{ field: "start", rule: "booking/overlap", detail: taken.detail }]);
});

test("what concerns no field concerns the whole", () => {
  expect(reasonsOf({ code: "request/conflict", title: "It was changed meanwhile" })).toEqual([
    { field: undefined, rule: "request/conflict", detail: "It was changed meanwhile" },
  ]);
});

test.each([
  ["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"],
  ["2026-11-24T08:00:00.000Z", "2026-11-26T07:15:00.000Z"],
  ["2027-03-28T00:30:00.000Z", "2027-03-28T01:00:00.000Z"],
])("a booking put into the form and sent again stays at %s to %s", (start, end) => {
  const request = { equipment: "mill", userId: "u1", start, end, title: "Lot 12" };
  expect(checkedDraft(draftOf(request, rome), rome).request).toEqual(request);
});

test("an empty form begins at the next full hour, or at eight of a week to come", () => {
  const week = { startMs: Date.parse("2026-11-23T00:00+01:00") };
  const now = Date.parse("2026-11-24T14:32+01:00");
  expect(draftFrom(week, now, [{ id: "mill" }], rome)).toMatchObject({
    equipment: "mill",
    start: "2026-11-24T15:00",
    end: "2026-11-24T16:00",
  });
  expect(
    draftFrom({ startMs: Date.parse("2026-11-30T00:00+01:00") }, now, [{ id: "a" }, { id: "b" }], rome),
  ).toMatchObject({
    equipment: "",
    start: "2026-11-30T08:00",
  });
});
