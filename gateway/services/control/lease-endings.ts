import { allowsOn } from "../../core/access/policy.ts";
import { leaseEndOf } from "../../core/control/lease-end.ts";
import type { Equipment } from "../../core/plant.ts";
import { eachGuarded } from "../../kit/guarded-timers.ts";
import { onKeys } from "./key-watch.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { Leases } from "./leases.ts";

/**
 * Ends control at once when the people at the machine or a right say so: key, lock, island, end of a
 * sign-in, of a right, of a guest's slot. `look` does so before somebody is told of one machine.
 */
export function watchEndings(
  parts: LeaseParts,
  leases: Leases,
): { readonly look: (equipment: Equipment) => void; readonly end: () => void } {
  const unreadableSince = new Map<string, number>();
  const look = (equipment: Equipment): void => endIfOver(parts, leases, equipment, unreadableSince);
  const all = (): void =>
    eachGuarded(parts.plant.equipment, parts.log, "whether control of a machine is over could not be asked", look);
  const byId = new Map(parts.plant.equipment.map((each) => [each.id, each]));
  const stop = [
    onKeys(parts, (equipment, { local }) => {
      if (local) leases.step(equipment.id, { type: "end", why: "local-control" });
      else look(equipment);
    }),
    parts.site.onChange((id) => {
      const equipment = byId.get(id);
      if (equipment) look(equipment);
      else all();
    }),
    parts.onRights(all),
    leases.onLook(all),
  ];
  const end = (): void => {
    for (const each of stop) each();
  };
  return { look, end };
}

function endIfOver(
  { machines, clock, site, rights, today }: LeaseParts,
  leases: Leases,
  equipment: Equipment,
  unreadableSince: Map<string, number>,
): void {
  const holding = leases.holder(equipment.id);
  if (!holding) {
    unreadableSince.delete(equipment.id);
    return;
  }
  const nowMs = clock.monotonicMs();
  const remote = machines.remote(equipment);
  if (remote !== null) unreadableSince.delete(equipment.id);
  else if (!unreadableSince.has(equipment.id)) unreadableSince.set(equipment.id, nowMs);
  const caller = today(holding.party.caller);
  const why = leaseEndOf({
    signedIn: caller !== undefined,
    mayTake: caller !== undefined && allowsOn(caller, "control:take", equipment.id, rights.nowMs()),
    guest: caller?.role === "guest",
    remote,
    keyUnreadableForMs: nowMs - (unreadableSince.get(equipment.id) ?? nowMs),
    lockedOut: site.lockOuts(equipment.id).length > 0,
    island: site.island(equipment.id),
    chainWasUnseen: (site.chainSeenAgainMs(equipment.id) ?? Number.NEGATIVE_INFINITY) > holding.sinceMs,
  });
  if (why) leases.step(equipment.id, { type: "end", why });
}
