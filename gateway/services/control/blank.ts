import { randomUUID } from "node:crypto";
import type { Caller } from "../../core/access/policy.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import { told } from "../../core/control/event-words.ts";
import { type Order, wantedOf } from "../../core/control/order.ts";
import { sameValue, type Value } from "../../core/value.ts";
import type { CommandInput } from "../use-cases.ts";

/** The record of a command or stop request as it begins. */
export function newRecord(
  caller: Caller,
  place: { readonly equipment: string; readonly target: string; readonly reason: string | undefined },
  nowMs: number,
): Omit<CommandRecord, "kind" | "value" | "events"> {
  return {
    id: randomUUID(),
    state: "SENT",
    ...place,
    key: undefined,
    userId: caller.userId,
    userName: caller.name,
    address: caller.address,
    oldValue: undefined,
    readBack: undefined,
    evidence: undefined,
    causes: [],
    requestedAt: nowMs,
    sentAt: undefined,
    finishedAt: undefined,
  };
}

export function commandRecord(
  caller: Caller,
  order: Order,
  asked: Pick<CommandInput, "key" | "reason" | "value">,
  state: "SENT" | "SELECTED",
  nowMs: number,
): CommandRecord {
  const { equipment, target } = order;
  return {
    ...newRecord(caller, { equipment: equipment.id, target, reason: asked.reason }, nowMs),
    kind: order.tag ? "write" : "command",
    class: order.class,
    state,
    // A value that does not fit is recorded as it came: the audit shows what was asked for.
    value: askedValue(order, asked.value),
    ...(order.command ? { arguments: Object.fromEntries(order.arguments) } : {}),
    key: asked.key,
    events: [{ at: nowMs, state, ...told("received") }],
  };
}

/** R5, R6: whether the same is asked again. */
export function isSame(record: CommandRecord, order: Order, value: unknown): boolean {
  if (record.target !== order.target) return false;
  if (order.tag) return sameValue(record.value, askedValue(order, value));
  const before = new Map(Object.entries(record.arguments ?? {}));
  if (before.size !== order.arguments.size) return false;
  return [...order.arguments].every(([id, each]) => before.has(id) && sameValue(before.get(id) ?? null, each));
}

/** As the tag takes it where it does, else as it came. */
function askedValue(order: Order, raw: unknown): Value {
  return (
    wantedOf(order) ?? (typeof raw === "number" || typeof raw === "boolean" || typeof raw === "string" ? raw : null)
  );
}
