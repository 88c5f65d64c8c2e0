import type { EquipmentView, JsonValue } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { conditionWords } from "../parts/why-words.ts";

/**
 * What will be looked for after the write, in the names of the machine, and for how long (R7).
 * @param given the arguments of the command, as far as they are known.
 */
export function effectWords(
  effect: { readonly when?: string | undefined; readonly withinMs: number },
  machine: EquipmentView,
  given: Readonly<Record<string, JsonValue>>,
): string {
  const within = `${say.number(effect.withinMs / 1000)} s`;
  if (effect.when === undefined) return say.t("run.effect-readback", { within });
  const values = new Map(Object.entries(given));
  const filled = effect.when.replace(/\bargs\.([a-z][a-z0-9_]*)/g, (_, id: string) => String(values.get(id) ?? "…"));
  const when = conditionWords(filled, (name) => machine.tags.find((tag) => tag.id === name));
  return say.t("run.effect-within", { when, within });
}
