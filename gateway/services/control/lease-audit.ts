import type { Caller } from "../../core/access/policy.ts";
import type { Cause } from "../../core/control/command.ts";
import type { Holding, LeaseEvent, LeaseParty } from "../../core/control/lease.ts";
import { principalOf } from "../../core/control/system-rules.ts";
import type { Equipment } from "../../core/plant.ts";
import type { AuditEntry } from "../../core/records-port.ts";
import { auditEntry } from "../audit.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { LeaseNews, Leases } from "./leases.ts";

/** Who acts when control ends by itself. */
const leasePrincipal = principalOf("lease");

/** Control that is about to be given: on the record before it happens. */
export function takenEntry(
  { clock }: Pick<LeaseParts, "clock">,
  from: Holding | undefined,
  passing: {
    readonly equipment: Equipment;
    readonly by: Caller;
    readonly to: LeaseParty;
    readonly event: Pick<LeaseEvent, "type">;
    readonly reason: string | undefined;
  },
): AuditEntry {
  const { equipment, by, to, event, reason } = passing;
  return auditEntry({
    at: clock.wallMs(),
    class: "intervention",
    action: event.type === "accept" ? "lease.handed-over" : from ? "lease.forced" : "lease.taken",
    who: by.name,
    address: by.address,
    equipment: equipment.id,
    result: "done",
    detail: {
      to: to.caller.name,
      ...(from ? { from: from.party.caller.name } : {}),
      ...(to.phone ? { phone: true } : {}),
      ...(reason === undefined ? {} : { reason }),
    },
  });
}

/**
 * Everything else that happens to control is noted after it happened: an end waits for no audit.
 * Returns what ends it.
 */
export function noteLeases(parts: Pick<LeaseParts, "audit" | "clock">, leases: Leases): () => void {
  return leases.onNews((news) => {
    if (news.change === "taken" || news.change === "forced" || news.change === "handed-over") return;
    parts.audit.note(endedEntry(parts, news));
  });
}

function endedEntry({ clock }: Pick<LeaseParts, "clock">, news: LeaseNews): AuditEntry {
  const { change, by, from, asker, why, reason, equipment } = news;
  const said = reason ?? why;
  return auditEntry({
    at: clock.wallMs(),
    class: "intervention",
    action: `lease.${change}`,
    who: by?.name ?? leasePrincipal,
    address: by?.address,
    equipment,
    result: "done",
    detail: {
      ...(from ? { holder: from.party.caller.name } : {}),
      ...(asker ? { asker: asker.caller.name } : {}),
      ...(said === undefined ? {} : { reason: said }),
    },
  });
}

/** Somebody did not get what he wanted. */
export function refusedEntry(
  { clock }: Pick<LeaseParts, "clock">,
  by: Caller,
  equipment: string,
  wanted: string,
  causes: readonly Cause[],
): AuditEntry {
  return auditEntry({
    at: clock.wallMs(),
    class: "intervention",
    action: "lease.refused",
    who: by.name,
    address: by.address,
    equipment,
    result: "refused",
    detail: { wanted, causes: causes.map((each) => each.cause) },
  });
}
