import { expect, test } from "vitest";
import type { HandOverNote } from "../api/wire.ts";
import { leftNote } from "./hand-over.ts";

const time = (minute: number) => new Date(Date.UTC(2026, 10, 24, 14, minute)).toISOString();
const note = (minute: number, more: Partial<HandOverNote>): HandOverNote => ({
  id: String(minute),
  equipment: "line",
  at: time(minute),
  change: "released",
  from: "M. Rossi",
  heldSince: time(0),
  linksDown: [],
  commands: [],
  unknown: [],
  ...more,
});

test("the words written while having control belong to its release", () => {
  const released = note(20, {});
  const words = note(19, { change: "note", text: "Tank is low" });
  expect(leftNote([released, words])).toEqual({ note: released, words: "Tank is low" });
});

test("what was said with the hand-over goes before what was written down earlier", () => {
  const given = note(20, { change: "handed-over", text: "All yours" });
  expect(leftNote([given, note(10, { change: "note", text: "Tank is low" })])?.words).toBe("All yours");
});

test("words of somebody before, or of somebody else, are not this one's", () => {
  const released = note(20, { heldSince: time(15) });
  expect(leftNote([released, note(10, { change: "note", text: "old" })])?.words).toBeUndefined();
  expect(leftNote([released, note(19, { change: "note", from: "L. Conti", text: "other" })])?.words).toBeUndefined();
});

test("a reason of whoever took it by force is no word of whoever had it", () => {
  const forced = note(20, { change: "forced", to: "G. Bianchi", text: "Nobody answers" });
  expect(leftNote([forced])?.words).toBeUndefined();
  expect(leftNote([forced, note(10, { change: "note", text: "Tank is low" })])?.words).toBe("Tank is low");
});

test("where nothing has passed yet, words alone are shown; without any, nothing", () => {
  expect(leftNote([note(5, { change: "note", text: "Mind the door" })])?.words).toBe("Mind the door");
  expect(leftNote([])).toBeUndefined();
});
