import { betweenChecks, lastChecks } from "../../core/control/checks/checks.ts";
import type { StepOutcome } from "../../core/control/command.ts";
import { told, toldPartly } from "../../core/control/event-words.ts";
import type { CallOrder, Order, OrderStep, WriteOrder } from "../../core/control/order.ts";
import type { Withdrawn, WriteResult } from "../../core/driver-port.ts";
import { isGood } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import type { Desk } from "./desk.ts";
import { cancelled, type Ending, notSent, type Place, rejected, withdrawnBy } from "./endings.ts";
import { type Attempt, hindrance, readPermit } from "./pipeline.ts";
import { ticketLifeMs } from "./tickets.ts";
import { writesOf } from "./verify.ts";

/**
 * Writes and calls in their order, each once (R5). What comes in the way between two of them ends the
 * command there, and the record says how far it came.
 */
export async function send(desk: Desk, attempt: Attempt): Promise<Ending | undefined> {
  const { steps } = attempt.order;
  const outcomes: StepOutcome[] = [];
  for (const [i, step] of steps.entries()) {
    const place = steps.length > 1 ? { at: String(i + 1), of: String(steps.length) } : undefined;
    const between = i > 0 ? await hindranceBetween(desk, attempt) : undefined;
    if (between) return partly(between, outcomes);
    const { result, hindered } = await sendOne(desk, attempt, step, i);
    outcomes.push(outcomeOf(step, result));
    note(desk, attempt, result, outcomes, place);
    const ending = await endingOf(desk, attempt, step, result, hindered, place);
    if (ending) return partly(ending, outcomes);
  }
  return undefined;
}

/** A signal that permits is read from the device before each write (R20); an attendant's confirmation is one for all. */
async function hindranceBetween(desk: Desk, attempt: Attempt): Promise<Ending | undefined> {
  const { permit, equipment } = attempt.order;
  if (permit?.kind === "signal") attempt.permit = await readPermit(desk, equipment.id, permit.when);
  return hindrance(desk, attempt, betweenChecks);
}

async function sendOne(desk: Desk, attempt: Attempt, step: OrderStep, i: number) {
  const { order } = attempt;
  const watch = watchWaiting(desk, attempt, i);
  const notAfterMs = i === 0 ? attempt.notAfterMs : Math.max(attempt.notAfterMs, attempt.sentAtMs + ticketLifeMs);
  const sending =
    step.kind === "write"
      ? writeOne(desk, step, notAfterMs, watch.withdrawn)
      : callOne(desk, step, notAfterMs, watch.withdrawn);
  const result = await desk.activity.during(order.equipment.id, sending).finally(watch.end);
  return { result, hindered: watch.hindered() };
}

function writeOne(desk: Desk, step: WriteOrder, notAfterMs: number, withdrawn: Withdrawn): Promise<WriteResult> {
  const raw = step.wanted?.raw;
  if (raw === undefined) throw new Error(`nothing fits ${step.tag.name}, and the checks let it pass`);
  desk.activity.wrote(step.tag.handle, desk.clock.monotonicMs());
  return desk.field.write(step.tag, raw, "normal", notAfterMs, withdrawn);
}

function callOne(desk: Desk, step: CallOrder, notAfterMs: number, withdrawn: Withdrawn): Promise<WriteResult> {
  const given = step.arguments.map(({ type, value }) => {
    if (value === undefined) throw new Error(`an argument of ${step.label} is missing, and the checks let it pass`);
    return { type, value };
  });
  return desk.field.call(step.device, step.method, given, "normal", notAfterMs, withdrawn);
}

/** What stands in the way when its turn comes keeps it from leaving, too. */
function watchWaiting(desk: Desk, attempt: Attempt, i: number) {
  let hindered: Ending | undefined;
  const look = (): void => {
    hindered ??= hindranceNow(desk, attempt, i);
  };
  const cancel = desk.activity.looks.add(desk.timers, look);
  attempt.signal.addEventListener("abort", look, { once: true });
  // Taken back since the last checks: a signal that was aborted before tells nobody any more.
  if (attempt.signal.aborted) look();
  const withdrawn: Withdrawn = {
    get aborted() {
      look();
      return hindered !== undefined;
    },
  };
  const end = (): void => {
    cancel();
    attempt.signal.removeEventListener("abort", look);
  };
  return { withdrawn, hindered: () => hindered, end };
}

/** What cannot be judged stands in the way. Never throws: it runs in a timer, and in the listener of a signal. */
function hindranceNow(desk: Desk, attempt: Attempt, i: number): Ending | undefined {
  try {
    return hindrance(desk, attempt, i === 0 ? lastChecks : betweenChecks);
  } catch (error) {
    desk.log.error({ err: error, command: attempt.id }, "a write that waits could not be looked at; it is taken back");
    return cancelled(told("gateway-failed"));
  }
}

function note(desk: Desk, attempt: Attempt, result: WriteResult, steps: readonly StepOutcome[], place: Place): void {
  const change = { steps: [...steps] };
  if (result.outcome === "not-sent") {
    desk.book.update(attempt.id, change, { state: "NOTE", ...told("not-sent", place) });
    return;
  }
  attempt.sentAtMs = result.sentAtMs;
  const sentAt = desk.clock.wallMs() - (desk.clock.monotonicMs() - result.sentAtMs);
  const first = steps.length === 1 ? { sentAt } : {};
  desk.book.update(attempt.id, { ...change, ...first }, { state: "SENT", ...told(left[result.outcome], place) });
}

/** Sent is not done (position 4). */
const left = { written: "written", rejected: "sent-refused", unknown: "sent-unanswered" } as const;

async function endingOf(
  desk: Desk,
  attempt: Attempt,
  step: OrderStep,
  result: WriteResult,
  hindered: Ending | undefined,
  place: Place,
): Promise<Ending | undefined> {
  const target = targetOf(step);
  switch (result.outcome) {
    case "written":
      return undefined;
    case "rejected":
      return rejected(result.detail, target, place);
    case "not-sent":
      if (result.reason === "withdrawn") return hindered ?? withdrawnBy(attempt.signal);
      return hindered ?? notSent(result.reason, result.detail, target);
    case "unknown":
      return unknown(desk, attempt.order, result.detail, place);
  }
}

/** The answer was lost: UNKNOWN, never done twice (F16). What the machine reads now is told beside it. */
async function unknown(desk: Desk, order: Order, detail: string, place: Place): Promise<Ending> {
  const tags = writesOf(order).map((step) => step.tag);
  const [now] = order.tag ? await desk.field.readNow(tags, desk.clock.monotonicMs()) : [];
  const readBack = now && isGood(now.status) ? { readBack: now.value } : {};
  return { state: "UNKNOWN", ...told("unanswered", { ...place, detail }), change: readBack };
}

/** A command that ended after a part of it was done says so: nobody must take it for not done. */
function partly(ending: Ending, outcomes: readonly StepOutcome[]): Ending {
  const done = outcomes.filter((each) => each.outcome !== "not-sent" && each.outcome !== "rejected").length;
  if (done === 0 || ending.state === "UNKNOWN") return ending;
  // Not REFUSED, EXPIRED or CANCELLED: those mean that nothing happened.
  return { ...ending, ...toldPartly(ending, done), state: "FAILED" };
}

function outcomeOf(step: OrderStep, result: WriteResult): StepOutcome {
  const detail = "detail" in result ? result.detail : undefined;
  return { target: targetOf(step), value: shownValue(step), outcome: result.outcome, detail };
}

export function targetOf(step: OrderStep): string {
  return step.kind === "write" ? step.tag.name : step.label;
}

export function shownValue(step: OrderStep): Value {
  if (step.kind === "write") return step.wanted?.value ?? null;
  return step.arguments.map(({ value }) => String(value)).join(", ");
}
