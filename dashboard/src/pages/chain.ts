import type { EquipmentView } from "../api/wire.ts";
import { link } from "../live/link.svelte.ts";
import { live } from "../live/live.svelte.ts";
import { plant } from "../live/plant.svelte.ts";
import { isBelieved } from "../live/value-state.ts";

/** The weakest of a machine's devices speaks for all. */
export function chainOf(machine: EquipmentView): { deviceAgeMs: number | undefined; deviceLost: boolean } {
  const ages = machine.links.map((each) => link.deviceAgeMs(each.device));
  const known = ages.filter((age) => age !== undefined);
  return {
    deviceAgeMs: known.length < ages.length || known.length === 0 ? undefined : Math.max(...known),
    deviceLost: machine.links.some((each) => (link.device(each.device)?.state ?? each.state) !== "connected"),
  };
}

/**
 * Where the key is: true REMOTE, false LOCAL, null not known, which it is as soon as its contact is not
 * live; undefined: nothing can be commanded. A machine without a key counts as REMOTE.
 */
export function remoteOf(machine: EquipmentView): boolean | null | undefined {
  if (!machine.local) return undefined;
  if (machine.local.declared === "none") return true;
  const contact = machine.local.tag === undefined ? undefined : plant.tag(machine.local.tag);
  if (link.lost || (contact && !isBelieved(live.quality(contact)))) return null;
  return machine.local.remote;
}
