import { allows, allowsOn, type Caller, matches } from "../core/access/policy.ts";
import { directChecks, refusals, selectChecks } from "../core/control/checks/checks.ts";
import type { Cause } from "../core/control/command.ts";
import { isSelected, type Order, orderOf } from "../core/control/order.ts";
import { rootsOf } from "../core/derived/roots.ts";
import { PlanciaError } from "../core/errors.ts";
import type { DeclaredCommand, Equipment, Tag } from "../core/plant.ts";
import type { Desk } from "./control/desk.ts";
import { gatherFacts, permitNow } from "./control/gather.ts";
import type { CommandStanding, EquipmentReading, EquipmentState, Permitted } from "./use-cases.ts";

const free: Permitted = { allowed: true, causes: [] };

/** What a caller may see of the plant, and what he may do with it right now. */
export class EquipmentDesk implements EquipmentReading {
  readonly #desk: Desk;
  readonly #byMachine: ReadonlyMap<string, readonly Tag[]>;
  readonly #byName: ReadonlyMap<string, Tag>;

  constructor(desk: Desk) {
    this.#desk = desk;
    const { tags } = desk.plant;
    this.#byMachine = Map.groupBy(tags, (tag) => tag.equipment);
    this.#byName = new Map(tags.map((tag) => [tag.name, tag]));
  }

  list(caller: Caller): readonly EquipmentState[] {
    return this.#desk.plant.equipment
      .filter((each) => this.#visible(caller, each.id))
      .map((each) => this.#state(caller, each));
  }

  get(caller: Caller, id: string): EquipmentState {
    const equipment = this.#desk.plant.equipment.find((each) => each.id === id);
    if (!equipment || !this.#visible(caller, id)) throw new PlanciaError("request/not-found", `no equipment ${id}`);
    return this.#state(caller, equipment);
  }

  tags(
    caller: Caller,
    patterns: readonly string[],
    visible = this.visible(caller),
  ): { readonly tags: readonly Tag[]; readonly refused: readonly string[] } {
    const found = new Set<Tag>();
    const refused: string[] = [];
    for (const pattern of patterns) {
      const hits = this.#matching(pattern, visible);
      if (hits.length === 0) refused.push(pattern);
      for (const tag of hits) found.add(tag);
    }
    return { tags: [...found], refused };
  }

  visible(caller: Caller): ReadonlySet<string> {
    const now = this.#desk.rights.nowMs();
    return new Set([...this.#byMachine.keys()].filter((id) => allowsOn(caller, "equipment:view", id, now)));
  }

  #matching(pattern: string, visible: ReadonlySet<string>): readonly Tag[] {
    if (!pattern.includes("*")) {
      const tag = this.#byName.get(pattern);
      return tag && visible.has(tag.equipment) ? [tag] : [];
    }
    const hits: Tag[] = [];
    for (const [machine, tags] of this.#byMachine) {
      if (!visible.has(machine)) continue;
      for (const tag of tags) if (matches(pattern, tag.name)) hits.push(tag);
    }
    return hits;
  }

  mayView(caller: Caller, tag: Tag): boolean {
    return this.#visible(caller, tag.equipment);
  }

  #visible(caller: Caller, equipment: string): boolean {
    return allowsOn(caller, "equipment:view", equipment, this.#desk.rights.nowMs());
  }

  #state(caller: Caller, equipment: Equipment): EquipmentState {
    const { machines, devices, plant, circumstances } = this.#desk;
    const roots = equipment.tags.flatMap((tag) => rootsOf(tag, this.#byName));
    const names = new Set(roots.filter((tag) => this.mayView(caller, tag)).map((tag) => tag.device));
    return {
      equipment,
      state: machines.state(equipment),
      mode: machines.mode(equipment),
      remote: machines.remote(equipment),
      stop: this.#stop(caller, equipment),
      commands: new Map(equipment.commands.map((command) => [command.id, this.#command(caller, equipment, command)])),
      writes: new Map(
        equipment.tags.filter((tag) => tag.writable).map((tag) => [tag.name, this.#write(caller, equipment, tag)]),
      ),
      links: plant.devices.flatMap((device) => (names.has(device.id) ? (devices.status(device.id) ?? []) : [])),
      lockOuts: circumstances.site.lockOuts(equipment.id),
      island: circumstances.site.island(equipment.id),
      chain: circumstances.site.chain(equipment.id),
      changeWaits: circumstances.acceptance.waits(equipment.id, equipment.id),
      bookingEnds: this.#bookingEnds(caller, equipment.id),
    };
  }

  #write(caller: Caller, equipment: Equipment, tag: Tag): Permitted {
    const order = orderOf(equipment, tag.name, undefined);
    return order ? this.#permitted(caller, order) : { allowed: false, causes: [] };
  }

  #permitted(caller: Caller, order: Order): Permitted {
    const checks = isSelected(order) ? selectChecks : directChecks;
    const causes = refusals(gatherFacts(this.#desk, caller, order), checks);
    return { allowed: causes.length === 0, causes };
  }

  #stop(caller: Caller, equipment: Equipment): Permitted {
    if (!equipment.stop) return { allowed: false, causes: [] };
    if (allowsOn(caller, "equipment:stop", equipment.id, this.#desk.rights.nowMs())) return free;
    return { allowed: false, causes: [noPermission] };
  }

  /** R35: legal says what state and mode allow; what else stands in the way is among the causes. */
  #command(caller: Caller, equipment: Equipment, command: DeclaredCommand): CommandStanding {
    const order = orderOf(equipment, `${equipment.id}:${command.id}`, undefined);
    if (!order) return { allowed: false, causes: [], legal: false, permit: "unknown" };
    const permitted = this.#permitted(caller, order);
    const illegal = permitted.causes.some(({ cause }) => cause === "illegal-state" || cause === "wrong-mode");
    return { ...permitted, legal: !illegal, permit: permitNow(this.#desk, order) };
  }

  #bookingEnds(caller: Caller, equipment: string): number | undefined {
    if (caller.role !== "guest" || !allows(caller, "equipment:view")) return undefined;
    const now = this.#desk.rights.nowMs();
    return caller.slots.find((slot) => slot.equipment === equipment && slot.startMs <= now && now < slot.endMs)?.endMs;
  }
}

const noPermission: Cause = {
  cause: "no-permission",
  text: { en: "Not in your role", it: "Non previsto dal tuo ruolo" },
};
