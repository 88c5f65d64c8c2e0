import type { Clock } from "../../core/clock.ts";
import type { CommandRecord } from "../../core/control/command.ts";
import type { Equipment } from "../../core/plant.ts";
import { everywhere } from "../../core/site/island.ts";
import { toJson } from "../../core/value.ts";
import type { KioskNow, PendingCommand, Slot } from "../../services/site/kiosks.ts";
import type { UseCases } from "../../services/use-cases.ts";
import type { KioskCommand, KioskView } from "../wire/kiosk.ts";
import { linkView } from "./device.ts";
import { chainView, localView, lockOutView, permittedView } from "./equipment.ts";
import { instant, instantIf } from "./times.ts";

export function kioskView({ plant, audit }: Pick<UseCases, "plant" | "audit">, clock: Clock, now: KioskNow): KioskView {
  const { state, confirmation } = now;
  const { equipment } = state;
  return {
    kiosk: { name: now.kiosk.name },
    site: plant.site.name,
    at: instant(clock.wallMs()),
    auditWritten: audit.state().available,
    machine: { id: equipment.id, name: equipment.name },
    state: state.state && { name: state.state.name, since: instantIf(state.state.since) },
    mode: state.mode && { production: state.mode.production, value: toJson(state.mode.value) },
    local: localView(equipment, state.remote),
    emergencyStop: chainView(equipment, state.chain),
    zone: equipment.commands.flatMap(({ id, name, permit }) =>
      permit?.kind === "signal" ? [{ command: name, given: state.commands.get(id)?.permit ?? "unknown" }] : [],
    ),
    confirmation: confirmation && {
      holdsMs: confirmation.holdsMs,
      given: confirmation.given && { ...confirmation.given, leftMs: Math.round(confirmation.given.leftMs) },
      obstacle: confirmation.obstacle,
    },
    control: { holder: now.control.holder ?? null, since: instantIf(now.control.since) },
    pending: now.pending.map((each) => pendingView(each, clock.wallMs())),
    island: islandView(now),
    lockOuts: now.lockOuts.map(lockOutView),
    links: state.links.map(linkView),
    stop: {
      ...permittedView(state.stop),
      declared: equipment.stop !== undefined,
      withinMs: equipment.stop?.feedback.withinMs,
    },
    record: now.record
      ? {
          commands: now.record.commands.map((record) => newestView(equipment, record)),
          booking: slotView(now.record.booking),
          next: slotView(now.record.next),
        }
      : null,
    attendants: [...now.attendants],
    phone: equipment.phone ?? plant.site.phone,
  };
}

function newestView({ id, tags, commands }: Equipment, record: CommandRecord): KioskCommand {
  const tag = tags.find(({ name }) => name === record.target);
  const command = commands.find((each) => `${id}:${each.id}` === record.target);
  return {
    id: record.id,
    kind: record.kind,
    name: tag?.label ?? command?.name,
    ...(tag ? { value: toJson(record.value), unit: tag.unit, decimals: tag.decimals } : {}),
    user: record.userName,
    at: instant(record.requestedAt),
    state: record.state,
  };
}

function pendingView({ until, ...pending }: PendingCommand, nowMs: number): KioskView["pending"][number] {
  return { ...pending, leftMs: until === undefined ? undefined : Math.max(0, Math.round(until - nowMs)) };
}

/** The switch of the site goes before the machine's own: it is the one that has to be lifted elsewhere. */
function islandView({ cut, islands }: KioskNow): KioskView["island"] {
  const site = islands.find(({ equipment }) => equipment === everywhere);
  const shown = site ?? islands[0];
  return { cut, site: site !== undefined, who: shown?.who, since: instantIf(shown?.since) };
}

function slotView(slot: Slot | undefined): { who: string; start: string; end: string } | undefined {
  return slot && { who: slot.who, start: instant(slot.startMs), end: instant(slot.endMs) };
}
