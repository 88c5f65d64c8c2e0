import { expect, test } from "vitest";
import { type Circumstance, isBelieved, qualityOf, type Seen } from "./value-state.ts";

const seen: Seen = { value: 5.8, status: 0, timeMs: 1000 };
const good: Seen = { value: 5.7, status: 0, timeMs: 900 };
const fine: Circumstance = { lostSinceMs: undefined, current: true, deviceAgeMs: 300, staleAfterMs: 1500 };

test.each([
  ["a good sample of this connection", seen, fine, "live"],
  ["nothing yet", undefined, fine, "waiting"],
  ["last usable value", { ...seen, status: 0x40900000 }, fine, "stale"],
  ["no communication, last usable value", { ...seen, status: 0x408f0000 }, fine, "stale"],
  ["info bits beside last usable value", { ...seen, status: 0x40900480 }, fine, "stale"],
  ["a good sample of the connection before", seen, { ...fine, current: false }, "stale"],
  ["a good sample of a device that is silent too long", seen, { ...fine, deviceAgeMs: 1600 }, "stale"],
  ["a good sample while the gateway is away", seen, { ...fine, lostSinceMs: 5000 }, "stale"],
  ["bad while the gateway is away", { ...seen, status: 0x80310000 }, { ...fine, lostSinceMs: 5000 }, "bad"],
  ["no communication", { value: null, status: 0x80310000, timeMs: 1 }, fine, "bad"],
  ["good without a value", { value: null, status: 0, timeMs: 1 }, fine, "bad"],
  ["a reserved severity", { ...seen, status: 0xc0000000 }, fine, "bad"],
  ["engineering units exceeded", { ...seen, status: 0x40940000 }, fine, "uncertain"],
  ["forced at the device", { ...seen, status: 0x00960000 }, fine, "overridden"],
] as const)("%s", (_name, sample, now, kind) => {
  const quality = qualityOf(sample, good, now);
  expect(quality.kind).toBe(kind);
  expect(isBelieved(quality)).toBe(kind === "live" || kind === "overridden");
});

test("dates a value by the moment the gateway was lost", () => {
  expect(qualityOf(seen, good, { ...fine, lostSinceMs: 5000 })).toEqual({ kind: "stale", value: 5.8, sinceMs: 5000 });
});

test("dates a last usable value by the moment it was marked, however long it had not changed", () => {
  const marked = { ...seen, status: 0x40900000, timeMs: 7000 };
  expect(qualityOf(marked, good, fine)).toEqual({ kind: "stale", value: 5.8, sinceMs: 7000 });
});

test("keeps the last good value beside a bad one, for display", () => {
  const bad = { value: null, status: 0x80310000, timeMs: 2000 };
  expect(qualityOf(bad, good, fine)).toEqual({ kind: "bad", sinceMs: 2000, letter: "F", last: good });
});

test.each([
  [0x808c0000, "F"],
  [0x808d0000, "M"],
  [0x80320000, "C"],
  [0x40940000, "S"],
  [0x40920000, "C"],
] as const)("gives status %i the NAMUR letter %s", (status, letter) => {
  expect(qualityOf({ ...seen, status }, good, fine)).toMatchObject({ letter });
});
