import type { DryRun, EquipmentView, TagView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { withUnit } from "../parts/setpoint-input.ts";

/** One write or call before it is done, in the names of the machine. */
export function stepWords(
  step: DryRun["steps"][number],
  machine: EquipmentView,
  tag: (name: string) => TagView | undefined,
): { readonly what: string; readonly from: string | undefined } {
  const view = tag(step.target) ?? machine.tags.find((each) => each.id === step.target);
  if (!view)
    return {
      what: step.value === null ? step.target : `${step.target} = ${say.value(step.value, {})}`,
      from: undefined,
    };
  const words = (value: typeof step.value) => withUnit(say.value(value, view), view.texts ? {} : view);
  return {
    what: `${say.text(view.name)} = ${words(step.value)}`,
    from: step.from === undefined ? undefined : words(step.from),
  };
}
