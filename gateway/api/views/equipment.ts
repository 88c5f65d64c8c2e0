import type { Caller } from "../../core/access/policy.ts";
import type { Equipment } from "../../core/plant.ts";
import { toJson } from "../../core/value.ts";
import type { ChainState, LockOut } from "../../services/control/circumstances.ts";
import type { EquipmentState, Permitted, UseCases } from "../../services/use-cases.ts";
import type { EquipmentView, LockOutView } from "../wire/equipment.ts";
import { causeView } from "./command.ts";
import { controlView } from "./control.ts";
import { linkView } from "./device.ts";
import { offerView } from "./offer.ts";
import { fullName, tagView } from "./tag.ts";
import { instant, instantIf } from "./times.ts";

/** One machine as the caller may see it now: his tags only, and what he may do with it. */
export function equipmentView(useCases: UseCases, caller: Caller, now: EquipmentState): EquipmentView {
  const { equipment } = now;
  const { site, security } = useCases.plant;
  const tags = equipment.tags.filter((tag) => useCases.equipment.mayView(caller, tag));
  const visible = new Set(tags.map((tag) => tag.name));
  return {
    id: equipment.id,
    name: equipment.name,
    area: equipment.area,
    description: equipment.description,
    state: now.state && {
      name: now.state.name,
      since: instantIf(now.state.since),
      tag: tags.find((tag) => tag.name === stateTag(equipment))?.name,
    },
    mode: now.mode && { production: now.mode.production, value: toJson(now.mode.value) },
    local: localView(equipment, now.remote),
    control: controlView(useCases, caller, equipment),
    lockOuts: now.lockOuts.map(lockOutView),
    island: now.island,
    emergencyStop: chainView(equipment, now.chain),
    unattended: equipment.unattended,
    changeWaits: now.changeWaits,
    secondFactor: security.secondFactor,
    stop: { ...permittedView(now.stop), declared: equipment.stop !== undefined, withinMs: stopWithinMs(equipment) },
    commands: equipment.commands.map((command) => offerView(command, now.commands.get(command.id))),
    links: now.links.map(linkView),
    highlights: equipment.highlights.map((tag) => fullName(equipment.id, tag)).filter((name) => visible.has(name)),
    phone: equipment.phone ?? site.phone,
    bookable: equipment.bookable,
    madeOf: equipment.madeOf,
    bookingEnds: instantIf(now.bookingEnds),
    tags: tags.map((tag) =>
      tagView(tag, now.writes.get(tag.name), {
        offered: useCases.offers.offered(tag),
        derived: useCases.derived.of(caller, tag),
      }),
    ),
  };
}

function stateTag(equipment: Equipment): string | undefined {
  return equipment.state && "tag" in equipment.state ? fullName(equipment.id, equipment.state.tag) : undefined;
}

/** Nothing said means: not allowed (R9). */
export function permittedView(permitted: Permitted | undefined): {
  allowed: boolean;
  causes: ReturnType<typeof causeView>[];
} {
  return { allowed: permitted?.allowed ?? false, causes: (permitted?.causes ?? []).map(causeView) };
}

export function localView(equipment: Equipment, remote: boolean | null | undefined): EquipmentView["local"] {
  if (equipment.local === undefined) return undefined;
  if (equipment.local === "none") return { declared: "none", remote: remote ?? null };
  return { declared: "key", tag: fullName(equipment.id, equipment.local.tag), remote: remote ?? null };
}

function stopWithinMs(equipment: Equipment): number | undefined {
  return equipment.stop?.feedback.withinMs;
}

export function lockOutView({ id, person, since, reason }: LockOut): LockOutView {
  return { id, person, since: instant(since), reason };
}

export function chainView(equipment: Equipment, chain: ChainState | undefined): EquipmentView["emergencyStop"] {
  const { emergencyStop, id } = equipment;
  if (!emergencyStop || !chain) return undefined;
  return { tag: fullName(id, emergencyStop.tag), closed: chain.closed, ready: chain.ready, why: chain.why };
}
