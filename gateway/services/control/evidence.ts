import type { CommandRecord } from "../../core/control/command.ts";
import type { AuditEntry } from "../../core/records-port.ts";
import { toJson, type Value } from "../../core/value.ts";
import type { Desk } from "./desk.ts";

/** One line of the audit for a command: who, from where, old → wanted → read back, reason, result. */
export function commandEntry(desk: Pick<Desk, "clock">, record: CommandRecord, action: string): AuditEntry {
  return {
    at: desk.clock.wallMs(),
    class: "intervention",
    action,
    who: record.userName,
    address: record.address,
    equipment: record.equipment,
    target: record.target,
    result: record.state,
    detail: {
      command: record.id,
      wanted: toJson(record.value),
      ...(record.oldValue === undefined ? {} : { old: toJson(record.oldValue) }),
      ...(record.readBack === undefined ? {} : { readBack: toJson(record.readBack) }),
      ...(record.class ? { class: record.class } : {}),
      ...(record.arguments ? { arguments: jsonOf(record.arguments) } : {}),
      ...(record.approval ? { approvedBy: record.approval.userName } : {}),
      ...(record.steps ? { steps: record.steps.map((step) => ({ ...step, value: toJson(step.value) })) } : {}),
      ...(record.evidence ? { evidence: record.evidence } : {}),
      ...(record.reason ? { reason: record.reason } : {}),
      ...(record.state === "CANCELLED" ? { why: record.events.at(-1)?.text } : {}),
      ...(record.causes.length > 0 ? { causes: record.causes.map((each) => each.cause) } : {}),
    },
  };
}

function jsonOf(values: Readonly<Record<string, Value>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).map(([id, value]) => [id, toJson(value)]));
}
