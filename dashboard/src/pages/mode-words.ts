import type { EquipmentView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";

export function modeWords(machine: EquipmentView): string {
  if (!machine.mode) return say.t("mode.none");
  if (machine.mode.production === null) return say.t("mode.unknown");
  return machine.mode.production
    ? say.t("mode.production")
    : say.t("mode.other", { value: String(machine.mode.value) });
}
