import type { Caller } from "../../core/access/policy.ts";
import type { Cause, CommandRecord } from "../../core/control/command.ts";
import { toJson, type Value } from "../../core/value.ts";
import type { Cause as CauseView, Command } from "../wire/command.ts";
import type { JsonValue } from "../wire/scalars.ts";
import { instant, instantIf } from "./times.ts";

export function causeView(cause: Cause): CauseView {
  return { cause: cause.cause, tag: cause.tag, text: cause.text, lifts: cause.lifts };
}

/** @param caller whose own commands are marked; undefined: for many readers at once. */
export function commandView(record: CommandRecord, caller?: Caller): Command {
  return {
    id: record.id,
    kind: record.kind,
    class: record.class,
    state: record.state,
    equipment: record.equipment,
    target: record.target,
    value: toJson(record.value),
    arguments: record.arguments && jsonOf(record.arguments),
    operateBefore: record.state === "SELECTED" ? instantIf(record.operateBefore) : undefined,
    approveBefore: record.state === "PENDING_APPROVAL" ? instantIf(record.approveBefore) : undefined,
    approval: record.approval && { user: record.approval.userName, at: instant(record.approval.at) },
    steps: record.steps?.map((step) => ({ ...step, value: toJson(step.value) })),
    mine: caller && record.userId === caller.userId,
    oldValue: record.oldValue === undefined ? undefined : toJson(record.oldValue),
    readBack: record.readBack === undefined ? undefined : toJson(record.readBack),
    evidence: record.evidence,
    causes: record.causes.length > 0 ? record.causes.map(causeView) : undefined,
    user: record.userName,
    reason: record.reason,
    requestedAt: instant(record.requestedAt),
    sentAt: instantIf(record.sentAt),
    finishedAt: instantIf(record.finishedAt),
    events: record.events.map(({ at, state, text, step, data }) => ({ at: instant(at), state, text, step, data })),
  };
}

function jsonOf(values: Readonly<Record<string, Value>>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [id, toJson(value)]));
}
