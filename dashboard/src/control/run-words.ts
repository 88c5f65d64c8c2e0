import type { Command } from "../api/wire.ts";
import { say, type WordKey } from "../i18n/language.svelte.ts";
import type { ProgressStep } from "../parts/Progress.svelte";
import type { CommandRun, RunPhase } from "./command-run.svelte.ts";

const selectMs = 30_000;
const approveMs = 120_000;

export interface RingWords {
  readonly label: string;
  readonly leftMs: number;
  readonly allMs: number;
}

/** What runs out: the selection (R6), or the time for a second person (R42). */
export function ringOf(phase: RunPhase, nowMs: number): RingWords | undefined {
  const ring = (key: WordKey, until: string | undefined, allMs: number) =>
    until === undefined ? undefined : { label: say.t(key), leftMs: Date.parse(until) - nowMs, allMs };
  if (phase.kind === "selected") return ring("run.selection-ends", phase.command.operateBefore, selectMs);
  if (phase.kind === "pending") return ring("run.approval-ends", phase.command.approveBefore, approveMs);
  return undefined;
}

type Look = ProgressStep["look"];
/** Where a run stands: 0 select, 1 second person, 2 sent, 3 verified. */
function place(phase: RunPhase): { readonly at: number; readonly look: Look } {
  switch (phase.kind) {
    case "open":
    case "released":
      return { at: 0, look: "open" };
    case "selecting":
      return { at: 0, look: "now" };
    case "selected":
      return { at: phase.command.approval ? 1 : 0, look: phase.command.approval ? "done" : "now" };
    case "pending":
      return { at: 1, look: "now" };
    case "sending":
      return { at: 2, look: "now" };
    case "no-answer":
      return { at: 3, look: "doubt" };
    case "lost":
    case "refused":
      return { at: 0, look: "failed" };
    case "ended":
      return ended(phase.command);
  }
}

function ended(command: Command): { readonly at: number; readonly look: Look } {
  switch (command.state) {
    case "VERIFIED":
      return { at: 3, look: "done" };
    case "UNKNOWN":
      return { at: 3, look: "doubt" };
    case "FAILED":
      return { at: 3, look: "failed" };
    default:
      return { at: command.sentAt ? 2 : 0, look: "failed" };
  }
}

const endWords: Partial<Record<Command["state"], WordKey>> = {
  UNKNOWN: "command.unknown",
  FAILED: "command.failed",
  REFUSED: "command.refused",
  CANCELLED: "command.cancelled",
  EXPIRED: "command.expired",
};

/** The steps of the whole life; `second`: somebody else has to approve. */
export function stepsOf(
  phase: RunPhase,
  way: { readonly select: boolean; readonly second: boolean },
): readonly ProgressStep[] {
  const { at, look } = place(phase);
  const end =
    phase.kind === "ended" ? endWords[phase.command.state] : phase.kind === "no-answer" ? "command.unknown" : undefined;
  const all: readonly { readonly step: number; readonly word: WordKey; readonly there: boolean }[] = [
    { step: 0, word: "command.selected", there: way.select },
    { step: 1, word: "run.approved", there: way.second },
    { step: 2, word: "command.sent", there: true },
    { step: 3, word: "command.verified", there: true },
  ];
  const shown = all.filter(({ there }) => there);
  // What failed before a step that this way has not stands at its first one.
  const here = shown.find(({ step }) => step >= at)?.step;
  return shown.map(({ step, word }) => ({
    word: say.t(step === here && end ? end : word),
    look: step === here ? look : step < at ? "done" : "open",
  }));
}

/** One sentence of where it stands, and a figure for its right side. */
export function saidOf(
  run: Pick<CommandRun, "phase" | "settled">,
  nowMs: number,
): { readonly title: string; readonly detail: string; readonly figure: string } {
  const { phase } = run;
  switch (phase.kind) {
    case "open":
    case "released":
      return said(undefined, "run.said-open");
    case "selecting":
      return said(undefined, "run.said-selecting");
    case "selected":
      return said("command.selected", "run.said-selected");
    case "pending":
      return said("command.pending", "run.said-pending");
    case "lost":
      return said("command.cancelled", "run.said-lost");
    case "refused":
      return said("command.refused", "run.said-refused");
    case "sending":
      return said("command.sent", "run.said-sending", say.duration(Math.max(0, nowMs - phase.sinceMs)));
    case "no-answer":
      return said("command.unknown", run.settled ? "run.said-read" : "run.said-unknown", say.seconds(phase.sinceMs));
    case "ended":
      return endSaid(phase.command, run.settled);
  }
}

function endSaid(command: Command, settled: boolean) {
  const sentMs = Date.parse(command.sentAt ?? command.requestedAt);
  const endMs = Date.parse(command.finishedAt ?? command.requestedAt);
  switch (command.state) {
    case "VERIFIED":
      return said(
        "command.verified",
        command.evidence === "effect" ? "run.said-effect" : "run.said-readback",
        `+${say.delay(endMs - sentMs)}`,
      );
    case "UNKNOWN":
      return said(
        "command.unknown",
        settled ? "run.said-read" : "run.said-unknown",
        say.t("run.after", { age: say.duration(endMs - sentMs) }),
      );
    case "FAILED":
      return said("command.failed", "run.said-failed", say.t("run.after", { age: say.duration(endMs - sentMs) }));
    case "EXPIRED":
      return said("command.expired", "run.said-expired");
    case "CANCELLED":
      return said("command.cancelled", "run.said-cancelled");
    default: {
      const midway = command.steps?.some((step) => step.outcome === "written") ?? false;
      return said("command.refused", midway ? "run.said-refused-midway" : "run.said-refused");
    }
  }
}

function said(title: WordKey | undefined, detail: WordKey, figure = "") {
  return { title: title ? say.t(title) : "", detail: say.t(detail), figure };
}
