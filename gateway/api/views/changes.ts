import type { ControlChange } from "../../core/acceptance/widening.ts";
import type { AcceptedControl } from "../../core/acceptance-port.ts";
import { allows, type Caller } from "../../core/access/policy.ts";
import type { WaitingMachine } from "../../services/acceptance/acceptance.ts";
import type { Accepted, WaitingChanges, ControlChange as WireChange } from "../wire/changes.ts";
import { instant, instantIf } from "./times.ts";

export function waitingView(waiting: WaitingMachine, caller: Caller): WaitingChanges {
  const { equipment, digest, whole, targets, changes, accepted, confirmedBy, now } = waiting;
  return {
    ...{ equipment: equipment.id, name: equipment.name, digest, whole, targets: [...targets] },
    changes: changes.map(changeView),
    accepted: accepted && acceptedView(accepted),
    confirmedBy: confirmedBy && { name: confirmedBy.name, self: confirmedBy.userId === caller.userId },
    now: { allowed: now.allowed, say: now.say },
    mayAccept: allows(caller, "config:accept"),
  };
}

export function changeView({ target, key, label, from, to, whole }: ControlChange): WireChange {
  return { target, key, label, from, to, whole };
}

export function acceptedView({ acceptedAt, acceptedBy, address, narrowedAt }: AcceptedControl): Accepted {
  return { at: instant(acceptedAt), by: acceptedBy, address, narrowedAt: instantIf(narrowedAt) };
}
