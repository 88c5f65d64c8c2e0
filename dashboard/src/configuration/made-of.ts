import type { EquipmentView } from "../api/wire.ts";

type Machine = Pick<EquipmentView, "id" | "name" | "madeOf">;

export interface MachinesOfTemplate<One extends Machine = Machine> {
  readonly template: string;
  readonly table: string | undefined;
  readonly machines: readonly One[];
}

/** The machines that were made of templates, by template and table; by name. */
export function byTemplate<One extends Machine>(equipment: readonly One[]): readonly MachinesOfTemplate<One>[] {
  const groups = new Map<string, { template: string; table: string | undefined; machines: One[] }>();
  for (const machine of equipment) {
    if (!machine.madeOf) continue;
    const { template, table } = machine.madeOf;
    const key = `${template} ${table ?? ""}`;
    const group = groups.get(key) ?? { template, table, machines: [] };
    group.machines.push(machine);
    groups.set(key, group);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}
