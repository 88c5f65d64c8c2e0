import type { EquipmentView, HandOverNote, TagView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { withUnit } from "../parts/setpoint-input.ts";

/** One command of a note: what was asked for. */
export function notedWords(
  command: HandOverNote["commands"][number],
  machine: EquipmentView,
  tag: TagView | undefined,
): string {
  if (tag) return `${say.text(tag.name)} ${withUnit(say.value(command.value, tag), tag.texts ? {} : tag)}`;
  if (command.target === `${machine.id}:stop`) return say.t("stop.request");
  const offer = machine.commands.find((each) => `${machine.id}:${each.id}` === command.target);
  const name = offer ? say.text(offer.name) : command.target;
  return command.value === null ? name : `${name} ${say.value(command.value, {})}`;
}
