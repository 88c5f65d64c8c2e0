import type { EquipmentView, JsonValue, TagView } from "../api/wire.ts";
import { packmlWords } from "../i18n/states.ts";

const numbers = new Set([
  ...["sbyte", "byte", "int16", "uint16", "int32", "uint32", "int64", "uint64"],
  ...["float", "double"],
]);
const packml = [...packmlWords.keys()];

/** `number` has a pen and a scale; `state` has words; `machine` is a tag with PackML numbers. */
export type LaneKind = "number" | "state" | "machine";

export interface Lane {
  readonly tag: TagView;
  readonly machine: EquipmentView;
  readonly kind: LaneKind;
}

export function laneKind(tag: TagView, machine: EquipmentView): LaneKind {
  if (machine.state?.tag === tag.tag) return "machine";
  return numbers.has(tag.type) && tag.texts === undefined ? "number" : "state";
}

/** The lanes of these names, numbers first and then states, each in the order in which it was chosen. */
export function lanesOf(names: readonly string[], equipment: readonly EquipmentView[]): readonly Lane[] {
  const known = new Map<string, Lane>();
  for (const machine of equipment) {
    for (const tag of machine.tags) known.set(tag.tag, { tag, machine, kind: laneKind(tag, machine) });
  }
  const lanes = names.map((name) => known.get(name)).filter((lane) => lane !== undefined);
  return [...lanes.filter((lane) => lane.kind === "number"), ...lanes.filter((lane) => lane.kind !== "number")];
}

/** PackML state words by their number (ISA-TR88.00.02), which counts from 1 in the order of the table. */
export function packmlWord(value: JsonValue): string | undefined {
  return typeof value === "number" ? packml[value - 1] : undefined;
}

/** Running is light and filled, everything else dark (SCREENS, "State chip"). */
export function isRunning(value: JsonValue, kind: LaneKind): boolean {
  return kind === "machine" ? packmlWord(value) === "Execute" : value === true;
}

/** What to begin with: the highlights of a machine, with its state where that is one tag. */
export function proposal(machine: EquipmentView): readonly string[] {
  const seen = new Set(machine.tags.filter((tag) => tag.recorded).map((tag) => tag.tag));
  const state = machine.state?.tag;
  return [...machine.highlights, ...(state ? [state] : [])].filter((name) => seen.has(name));
}

/** Tags with a history whose name, id or machine holds every word that was typed. */
export function searched(equipment: readonly EquipmentView[], typed: string, language: "en" | "it"): readonly Lane[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return equipment.flatMap((machine) =>
    machine.tags
      .filter((tag) => {
        const text = `${tag.name[language]} ${tag.tag} ${machine.name[language]}`.toLowerCase();
        return tag.recorded && words.every((word) => text.includes(word));
      })
      .map((tag) => ({ tag, machine, kind: laneKind(tag, machine) })),
  );
}
