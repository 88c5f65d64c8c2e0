import { type Caller, withoutRights } from "../../core/access/policy.ts";
import type { Check } from "../../core/control/checks/check.ts";
import { lastChecks, refusals } from "../../core/control/checks/checks.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import { eventWords, told } from "../../core/control/event-words.ts";
import type { CommandFacts } from "../../core/control/facts.ts";
import { type Order, wantedOf } from "../../core/control/order.ts";
import type { Truth } from "../../core/expression-port.ts";
import { isGood } from "../../core/status.ts";
import type { Value } from "../../core/value.ts";
import { mayStillApprove } from "./approvals.ts";
import type { Desk } from "./desk.ts";
import { auditFailed, byStopRequest, cancelled, type Ending, expired, refused, withdrawnBy } from "./endings.ts";
import { commandEntry } from "./evidence.ts";
import { gatherFacts } from "./gather.ts";
import { send } from "./sending.ts";
import { ticketLifeMs } from "./tickets.ts";
import { judgeExpression, observeEffect, tagsOf, writesOf } from "./verify.ts";

/** One command on its way through the pipeline. */
export interface Attempt {
  readonly id: string;
  readonly caller: Caller;
  readonly order: Order;
  readonly ticket: string | undefined;
  /** What is asked first; `lastChecks` follow right before each write. */
  readonly checks: readonly Check[];
  /** `system`: the gateway itself, under a rule of the configuration (R14); nobody's rights are asked. */
  readonly by: "person" | "system";
  /** R6 and R42: it was selected, and approved where that is needed. */
  readonly selected: boolean;
  readonly approval: CommandFacts["approval"];
  /** Who gave the approval; it counts only as long as that person may give it. */
  readonly approver: Caller | undefined;
  /** Aborted with a `Withdrawal` as long as nothing was sent. */
  readonly signal: AbortSignal;
  /** Set by `permit`: the start permit as the device gave it for this command. */
  permit: Truth | undefined;
  /** Set by `age`: monotonic ms after which nothing may leave. */
  notAfterMs: number;
  /** Set by `send`: monotonic ms when the last bytes left. */
  sentAtMs: number;
}

export interface Step {
  readonly name: string;
  /** undefined: the next step's turn. */
  run(desk: Desk, attempt: Attempt): Promise<Ending | undefined>;
}

/** Whether a command has an intent in the store; records of earlier versions have only the words of it. */
export function wasIntended({ events }: CommandRecord): boolean {
  return events.some(({ step, text }) => (step ? step === "recorded" : text === eventWords.recorded));
}

/** All checks, all causes at once (R8). */
const check: Step = {
  name: "check",
  async run(desk, attempt) {
    const causes = refusals(factsOf(desk, attempt, attempt.caller), attempt.checks);
    return causes.length > 0 ? refused(causes) : undefined;
  },
};

/** Intent and key are durable before a byte leaves (R5); so is the audit of it. */
const recordIntent: Step = {
  name: "record intent",
  async run(desk, attempt) {
    const { order } = attempt;
    const oldValue = order.tag && presentOf(desk, order);
    const record = desk.book.update(
      attempt.id,
      { state: "SENT", value: wantedOf(order), oldValue },
      { state: "SENT", ...told("recorded") },
    );
    try {
      // Asked in one breath: they share a commit, and the write waits for one fsync instead of two.
      const [{ existing }] = await Promise.all([
        desk.store.recordIntent(record),
        desk.audit.append(commandEntry(desk, record, "command.intent")),
      ]);
      if (existing) return cancelled(told("key-used", { command: existing.id }));
    } catch (error) {
      desk.log.error({ err: error, command: attempt.id }, "the intent could not be recorded");
      return auditFailed;
    }
    return undefined;
  },
};

/** R2: the newest ticket counts, from the moment it was issued; without one there is no age, so no write. */
const age: Step = {
  name: "age",
  async run(desk, attempt) {
    const issuedAt = desk.tickets.issuedAt(attempt.ticket);
    if (issuedAt === undefined) return expired("no-ticket");
    attempt.notAfterMs = issuedAt + ticketLifeMs;
    return desk.clock.monotonicMs() > attempt.notAfterMs ? expired("too-old") : undefined;
  },
};

/** R20: the zone is read from the device now, not as it was when somebody looked; a confirmation is used up. */
const permit: Step = {
  name: "permit",
  async run(desk, attempt) {
    const { order } = attempt;
    switch (order.permit?.kind) {
      case undefined:
      case "warning":
        attempt.permit = true;
        break;
      case "attendant":
        attempt.permit = desk.circumstances.site.takePermit(order.equipment.id, order.permit.withinMs);
        break;
      case "signal":
        attempt.permit = await readPermit(desk, order.equipment.id, order.permit.when);
    }
    return undefined;
  },
};

/** R20: as the device has it now. */
export async function readPermit(desk: Desk, equipment: string, when: string): Promise<Truth> {
  const expression = desk.conditions.expression(equipment, when);
  const tags = tagsOf(desk, expression);
  const samples = await desk.field.readNow(tags, desk.clock.monotonicMs());
  return judgeExpression(desk, expression, tags, samples);
}

/** What may have changed while the intent was written: rights, control, key, link, state, a stop request. */
const checkAgain: Step = {
  name: "check again",
  async run(desk, attempt) {
    return hindrance(desk, attempt, lastChecks);
  },
};

/** Each write or call of the command once. Never a second time. */
const sendAll: Step = { name: "send", run: send };

/** R7: judged on device reads made after the write. */
const verify: Step = {
  name: "verify",
  async run(desk, attempt) {
    const seen = await observeEffect(desk, attempt.order, attempt.sentAtMs);
    const { step, text, data } = seen;
    const change = seen.readBack === undefined || !attempt.order.tag ? {} : { readBack: seen.readBack };
    switch (seen.judgement) {
      case "verified":
        return { state: "VERIFIED", step, text, data, change: { ...change, evidence: seen.evidence } };
      case "opposite":
        return { state: "FAILED", step, text, data, change };
      case "nothing":
        return { state: "UNKNOWN", step, text, data, change };
    }
  },
};

/**
 * The pipeline, in order. Select before operate (R6) is this one entered twice: `check` alone when
 * something is selected, all of it when it is operated.
 */
export const commandSteps: readonly Step[] = [check, recordIntent, age, permit, checkAgain, sendAll, verify];

/** What stands in the way at this moment; undefined: nothing. */
export function hindrance(desk: Desk, attempt: Attempt, checks: readonly Check[]): Ending | undefined {
  const { caller, signal } = attempt;
  if (signal.aborted && signal.reason === byStopRequest) return withdrawnBy(signal);
  // Rights as they are now, not as they were when the command came in (S3).
  const today = attempt.by === "system" ? caller : (desk.today(caller) ?? withoutRights(caller));
  const asked = attempt.by === "system" ? checks.filter((each) => attempt.checks.includes(each)) : checks;
  const causes = refusals(factsOf(desk, attempt, today), asked);
  if (causes.length > 0) return refused(causes, "refused-late");
  return signal.aborted ? withdrawnBy(signal) : undefined;
}

function factsOf(desk: Desk, attempt: Attempt, caller: Caller): CommandFacts {
  const { id, order, selected, approver } = attempt;
  const lost = approver && !mayStillApprove(desk, approver, order.equipment.id, order.class);
  const approval = lost ? "missing" : attempt.approval;
  const bySystem = attempt.by === "system";
  return gatherFacts(desk, caller, order, { id, selected, approval, permit: attempt.permit, bySystem });
}

function presentOf(desk: Desk, order: Order): Value | undefined {
  const [first] = writesOf(order);
  const present = first && desk.values.sample(first.tag.handle);
  return present && isGood(present.status) ? present.value : undefined;
}
