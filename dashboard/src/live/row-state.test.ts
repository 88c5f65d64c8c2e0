import { expect, test } from "vitest";
import type { Command } from "../api/wire.ts";
import { command } from "../gallery/samples.ts";
import { type RowInput, rowState } from "./row-state.ts";

const endMs = Date.UTC(2026, 10, 24, 14, 0, 0);
const record = (state: Command["state"], more: Partial<Command> = {}) =>
  command(state, {
    id: "c1",
    sentAt: new Date(endMs - 400).toISOString(),
    finishedAt: new Date(endMs).toISOString(),
    ...more,
  });
const input = (more: Partial<RowInput> = {}): RowInput => ({
  attempt: { kind: "idle" },
  latest: undefined,
  ownId: "c1",
  settled: new Set(),
  me: "M. Rossi",
  nowMs: endMs + 1_000,
  ...more,
});

test("as set while nothing was asked", () => {
  expect(rowState(input()).kind).toBe("as-set");
});

test("counts the seconds from the press", () => {
  const attempt = { kind: "posting", wanted: 6, sinceMs: endMs } as const;
  expect(rowState(input({ attempt }))).toEqual({ kind: "sent", wanted: 6, sentMs: 1_000, by: undefined });
});

test("names who sent it where it was somebody else", () => {
  const latest = record("SENT", { user: "L. Conti" });
  expect(rowState(input({ latest }))).toMatchObject({ kind: "sent", by: "L. Conti", sentMs: 1_400 });
});

test.each(["SELECTED", "PENDING_APPROVAL"] as const)("%s is not yet sent, and says so", (state) => {
  const latest = record(state, { user: "L. Conti" });
  expect(rowState(input({ latest }))).toEqual({ kind: "selected", wanted: 6, stage: state, by: "L. Conti" });
});

test("shows verified with its delay for ten seconds, then as set", () => {
  const latest = record("VERIFIED", { evidence: "readback" });
  expect(rowState(input({ latest }))).toEqual({ kind: "verified", wanted: 6, delayMs: 400, effect: false });
  expect(rowState(input({ latest, nowMs: endMs + 10_001 })).kind).toBe("as-set");
});

test("a verified end brings what was read back, until the live value follows", () => {
  const latest = record("VERIFIED", { evidence: "readback", readBack: 6 });
  expect(rowState(input({ latest }))).toMatchObject({ kind: "verified", readBack: { value: 6, atMs: endMs } });
});

test("an unknown end never goes by itself, and it is nobody's own", () => {
  const latest = record("UNKNOWN", { user: "L. Conti" });
  const later = { latest, ownId: undefined, nowMs: endMs + 86_400_000 };
  expect(rowState(input(later))).toMatchObject({ kind: "unknown", sinceMs: endMs });
  expect(rowState(input({ ...later, settled: new Set(["c1"]) })).kind).toBe("as-set");
});

test.each(["REFUSED", "FAILED", "EXPIRED", "CANCELLED"] as const)(
  "%s is shown to who asked, until put away",
  (state) => {
    const latest = record(state);
    expect(rowState(input({ latest })).kind).toBe(state === "REFUSED" ? "refused" : "failed");
    expect(rowState(input({ latest, ownId: undefined })).kind).toBe("as-set");
  },
);

test("without an answer it is unknown, whatever the log says of earlier ones", () => {
  const attempt = { kind: "no-answer", wanted: 7, sinceMs: endMs } as const;
  expect(rowState(input({ attempt, latest: record("VERIFIED") }))).toEqual({
    kind: "unknown",
    wanted: 7,
    sinceMs: endMs,
  });
});
