import type { EquipmentView, TagView } from "../api/wire.ts";
import { commands } from "../live/commands.svelte.ts";
import { live } from "../live/live.svelte.ts";
import { plant } from "../live/plant.svelte.ts";
import { hasSpark } from "../live/sparks.svelte.ts";
import type { ValueState } from "../live/value-state.ts";

/** The set-point's present value, where it can be believed. */
export function setpointOf(tag: TagView): number | undefined {
  const setpoint = tag.setpoint === undefined ? undefined : plant.tag(tag.setpoint);
  if (!setpoint) return undefined;
  const quality = live.quality(setpoint);
  return quality.kind === "live" && typeof quality.value === "number" ? quality.value : undefined;
}

/** Process values of a machine: numbers that no set-point row shows. */
export function processTags(machine: EquipmentView): readonly TagView[] {
  return machine.tags.filter((tag) => hasSpark(tag) && !tag.writable);
}

/** What is not a number: contacts, keys, texts. Those that only a command or a stop writes are no signal. */
export function signalTags(machine: EquipmentView): readonly TagView[] {
  return machine.tags.filter((tag) => !hasSpark(tag) && !tag.writable);
}

/** What a person may write directly. */
export function setpointTags(machine: EquipmentView): readonly TagView[] {
  return machine.tags.filter((tag) => tag.writable && tag.writable.only !== "commands");
}

/** A value whose newest command has no known end is not shown as if it were known. */
export function tileState(tag: TagView): ValueState {
  const open = commands.unknown.find((command) => command.target === tag.tag);
  if (open) {
    const quality = live.quality(tag);
    const value = "value" in quality ? quality.value : null;
    return { kind: "unknown", value, sinceMs: Date.parse(open.finishedAt ?? open.requestedAt) };
  }
  return live.quality(tag);
}
