import { beforeEach, describe, expect, test } from "vitest";
import type { Command } from "../api/wire.ts";
import { command, nowMs } from "../gallery/samples.ts";
import { say } from "../i18n/language.svelte.ts";
import type { RunPhase } from "./command-run.svelte.ts";
import { ringOf, saidOf, stepsOf } from "./run-words.ts";

const instant = (ms: number) => new Date(ms).toISOString();
const at = (ms: number): Partial<Command> => ({ sentAt: instant(nowMs - ms), finishedAt: instant(nowMs) });
const end = (state: Command["state"], more: Partial<Command> = {}): RunPhase => ({
  kind: "ended",
  command: command(state, { ...at(1_800), ...more }),
});
const selected: RunPhase = {
  kind: "selected",
  command: command("SELECTED", { operateBefore: instant(nowMs + 23_000) }),
};
const approved: RunPhase = {
  kind: "selected",
  command: command("SELECTED", { approval: { user: "G. Bianchi", at: instant(nowMs) } }),
};
const pending: RunPhase = {
  kind: "pending",
  command: command("PENDING_APPROVAL", { approveBefore: instant(nowMs + 100_000) }),
};
const steps = (phase: RunPhase, way = { select: true, second: false }) =>
  stepsOf(phase, way).map(({ word, look }) => `${word} ${look}`);
const said = (phase: RunPhase, settled = false) => saidOf({ phase, settled }, nowMs);

beforeEach(() => {
  say.choose("en");
  say.zone = "UTC";
});

describe("the life of a command in steps", () => {
  test.each<[string, RunPhase, readonly string[]]>([
    ["open", { kind: "open" }, ["Selected open", "Sent open", "Verified open"]],
    ["selected", selected, ["Selected now", "Sent open", "Verified open"]],
    ["sent", { kind: "sending", sinceMs: nowMs, command: undefined }, ["Selected done", "Sent now", "Verified open"]],
    ["verified", end("VERIFIED"), ["Selected done", "Sent done", "Verified done"]],
    ["unknown", end("UNKNOWN"), ["Selected done", "Sent done", "Unknown doubt"]],
    [
      "not answered",
      { kind: "no-answer", sinceMs: nowMs, command: undefined },
      ["Selected done", "Sent done", "Unknown doubt"],
    ],
    ["failed", end("FAILED"), ["Selected done", "Sent done", "Failed failed"]],
    [
      "expired before it was sent",
      end("EXPIRED", { sentAt: undefined }),
      ["Expired failed", "Sent open", "Verified open"],
    ],
    ["lost", { kind: "lost" }, ["Selected failed", "Sent open", "Verified open"]],
  ])("%s", (_, phase, expected) => {
    expect(steps(phase)).toEqual(expected);
  });

  test("with a second person there is a step more", () => {
    const way = { select: true, second: true };
    expect(steps(pending, way)).toEqual(["Selected done", "Approved now", "Sent open", "Verified open"]);
    expect(steps(approved, way)).toEqual(["Selected done", "Approved done", "Sent open", "Verified open"]);
  });

  test("what is not selected has a step less", () => {
    expect(steps({ kind: "refused", causes: [], title: "" }, { select: false, second: false })).toEqual([
      "Sent failed",
      "Verified open",
    ]);
  });
});

test("the ring shows what is left of the selection, and of the time for a second person", () => {
  expect(ringOf(selected, nowMs)).toMatchObject({ label: "Selection ends in", leftMs: 23_000, allMs: 30_000 });
  expect(ringOf(pending, nowMs)).toMatchObject({ label: "Approval ends in", leftMs: 100_000, allMs: 120_000 });
  expect(ringOf(end("VERIFIED"), nowMs)).toBeUndefined();
});

test("says what shows it, and how long that took", () => {
  expect(said(end("VERIFIED", { evidence: "effect" }))).toMatchObject({
    detail: "The machine shows the effect.",
    figure: "+1.8 s",
  });
  expect(said(end("VERIFIED", { evidence: "readback" })).detail).toBe("The machine reads the value back.");
});

test("R7: an unknown end asks for a look at the machine until there was one", () => {
  expect(said(end("UNKNOWN")).detail).toContain("Read the machine before repeating");
  expect(said(end("UNKNOWN"), true).detail).toContain("has been read");
});

test("claims that nothing was changed only where that is known", () => {
  expect(said(end("REFUSED")).detail).toContain("Nothing was changed");
  const step = { target: "line/speed", value: 1, outcome: "written" as const };
  expect(said(end("REFUSED", { steps: [step] })).detail).not.toContain("Nothing was changed");
  expect(said(end("FAILED")).detail).not.toContain("Nothing");
});
