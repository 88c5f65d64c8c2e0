import { allowsOn, type Caller } from "../../core/access/policy.ts";
import type { Cause } from "../../core/control/command.ts";
import { leaseRefusals, machinesOf } from "../../core/control/lease-rules.ts";
import type { Equipment } from "../../core/plant.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { Leases } from "./leases.ts";

/** Who wants control, and how. */
export interface Wish {
  readonly caller: Caller;
  readonly equipment: Equipment;
  readonly phone: boolean;
  /** Whoever has it does not stand in the way: he is asked, or it is taken from him. */
  readonly over: "nobody" | "anybody";
  /** Who is being given it this very moment. */
  readonly passingTo: string | undefined;
}

/** Every cause why this wish cannot be granted now; empty: it can. */
export function causesAgainst(parts: LeaseParts, leases: Leases, wish: Wish): readonly Cause[] {
  const { caller, equipment, phone, over, passingTo } = wish;
  const { plant, machines, site, acceptance, rights, audit } = parts;
  const standing = leases.standing(caller, equipment.id);
  const others = machinesOf(held(leases), caller.userId).filter((id) => id !== equipment.id);
  const guest = caller.role === "guest";
  return leaseRefusals({
    equipment,
    mayTake: allowsOn(caller, "control:take", equipment.id, rights.nowMs()),
    guest,
    clockBehind: rights.behind,
    phone,
    heldBy: over === "nobody" && standing.holder === "other" ? standing.name : undefined,
    passingTo,
    remote: machines.remote(equipment),
    lockedOut: site.lockOuts(equipment.id).map((each) => each.person),
    island: site.island(equipment.id),
    lossWaits: acceptance.lossWaits(equipment.id),
    span: {
      others: others.flatMap((id) => plant.equipment.find((each) => each.id === id)?.name ?? []),
      limit: guest ? plant.security.span.guests : plant.security.span.staff,
    },
    auditAvailable: audit.available(),
  });
}

/** Those whose time is not over. */
function* held(leases: Leases) {
  for (const [equipment, lease] of leases.all()) if (leases.holder(equipment)) yield [equipment, lease] as const;
}
