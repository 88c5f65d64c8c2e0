import { allowsOn, type Caller } from "../../core/access/policy.ts";
import { factorIsFresh } from "../../core/access/second-factor.ts";
import type { CommandFacts, TagFacts } from "../../core/control/facts.ts";
import type { DeviceLinkState } from "../../core/control/link-state.ts";
import { isSelected, type Order, type WriteOrder } from "../../core/control/order.ts";
import type { Truth } from "../../core/expression-port.ts";
import type { Condition } from "../../core/plant.ts";
import { textOf } from "../../core/text.ts";
import { periodOf, staleFactor } from "../acquisition/freshness.ts";
import type { Desk } from "./desk.ts";

/** What is known of this one command beside the plant. */
export interface OwnFacts {
  /** It is not in its own way. */
  readonly id?: string | undefined;
  readonly selected?: boolean | undefined;
  readonly approval?: CommandFacts["approval"] | undefined;
  /** The gateway itself acts (R14). */
  readonly bySystem?: boolean | undefined;
  /** The start permit as read for this command; undefined: as the image has it. */
  readonly permit?: Truth | undefined;
}

/** Gathers what the checks look at, now. */
export function gatherFacts(desk: Desk, caller: Caller, order: Order, own: OwnFacts = {}): CommandFacts {
  const { equipment } = order;
  const { leases, site, acceptance } = desk.circumstances;
  const now = desk.rights.nowMs();
  const writes = order.steps.filter((step): step is WriteOrder => step.kind === "write");
  const at = (condition: Condition) => desk.conditions.now(equipment.id, condition, desk.machines.lookup);
  return {
    order,
    locked: caller.locked === true,
    mayWrite: allowsOn(caller, "equipment:write", equipment.id, now, order.class) && !needsPerson(caller, order),
    outsideBooking: caller.role === "guest",
    slotLeftMs: slotLeft(caller, equipment.id, now),
    secondFactor: {
      required: desk.plant.security.secondFactor === "required",
      passed: caller.secondFactor,
      fresh: factorIsFresh(caller, desk.clock.monotonicMs()),
    },
    clockBehind: desk.rights.behind,
    standing: leases.standing(caller, equipment.id),
    lockedOut: site.lockOuts(equipment.id).map((each) => each.person),
    island: site.island(equipment.id),
    chain: site.chain(equipment.id),
    changeWaits: own.bySystem
      ? acceptance.actsOtherwise(equipment.id, actOf(order))
      : acceptance.waits(equipment.id, order.target),
    remote: desk.machines.remote(equipment),
    state: desk.machines.state(equipment)?.name,
    production: desk.machines.mode(equipment)?.production,
    tags: writes.map((write) => tagFacts(desk, write)),
    links: linksOf(desk, order),
    occupied: desk.activity.occupied(order, own.id),
    alreadySo: alreadySo(desk, order),
    interlocks: order.interlocks.map(at),
    permissives: order.permissives.map(at),
    permit: permitOf(desk, order, own.permit),
    approval: own.approval ?? (order.needsApproval ? "missing" : "not-needed"),
    selected: own.selected ?? false,
    auditAvailable: desk.audit.available(),
  };
}

/** What is selected is operated by whoever selected it, looking at the machine: no program does. */
function needsPerson({ token }: Caller, order: Order): boolean {
  return token !== undefined && isSelected(order);
}

function actOf({ target, steps }: Order) {
  const tags = steps.flatMap((step) => (step.kind === "write" ? step.tag.name : []));
  return { target, tags, devices: steps.map((step) => (step.kind === "write" ? step.tag.device : step.device)) };
}

function tagFacts(desk: Desk, { tag, wanted, constant }: WriteOrder): TagFacts {
  return {
    tag,
    wanted,
    constant,
    present: desk.values.sample(tag.handle),
    confirmedAgeMs: desk.values.confirmedAgeMs(tag.handle),
    staleAfterMs: staleFactor * periodOf(tag),
    lastWriteAgeMs: desk.activity.lastWriteAgeMs(tag.handle, desk.clock.monotonicMs()),
  };
}

function linksOf(desk: Desk, order: Order): ReadonlyMap<string, DeviceLinkState> {
  const devices = order.steps.map((step) => (step.kind === "write" ? step.tag.device : step.device));
  return new Map(devices.map((id) => [id, desk.devices.status(id)?.state ?? "off"]));
}

/** @param read as it was read for this command: what was clear then must be so still when its turn comes. */
function permitOf(desk: Desk, order: Order, read: Truth | undefined): Truth {
  return read === undefined || (read === true && order.permit?.kind === "signal") ? permitNow(desk, order) : read;
}

/** The start permit as it stands; an attendant's is good until it is used or too old. */
export function permitNow(desk: Desk, { permit, equipment }: Order): Truth {
  switch (permit?.kind) {
    case undefined:
    case "warning":
      return true;
    case "signal":
      return desk.conditions.now(equipment.id, permitCondition(permit.when), desk.machines.lookup).truth;
    case "attendant": {
      const given = desk.circumstances.site.permit(equipment.id, permit.withinMs);
      return given !== undefined && given.untilMs > desk.clock.monotonicMs();
    }
  }
}

export function permitCondition(when: string): Condition {
  return { id: "permit", name: textOf({ en: "Start permit", it: "Consenso all’avvio" }), when };
}

/** Only a declared effect can show already; a value that stands as wanted is written again without harm. */
function alreadySo(desk: Desk, order: Order): Truth {
  if (!order.command || order.asking || order.misfits.length > 0) return "unknown";
  return desk.conditions.effect(order)?.judge(desk.machines.lookup) ?? "unknown";
}

/** Milliseconds left of a guest's slot; undefined: staff, or no slot now. */
export function slotLeft(caller: Caller, equipment: string, nowMs: number): number | undefined {
  if (caller.role !== "guest") return undefined;
  const slot = caller.slots.find((each) => each.equipment === equipment && each.startMs <= nowMs && nowMs < each.endMs);
  return slot && slot.endMs - nowMs;
}
