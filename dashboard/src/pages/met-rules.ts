import type { EquipmentView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { link } from "../live/link.svelte.ts";
import { session } from "../session/session.svelte.ts";

/** What holds for a person's changes of a machine, as far as it is known for sure, in words. */
export function metRules(machine: EquipmentView): readonly string[] {
  const words: string[] = [];
  if (session.may("equipment:write")) {
    words.push(say.t("why.role", { role: say.t(`role.${session.user?.role ?? "viewer"}`) }));
  }
  if (machine.local?.declared === "key" && machine.local.remote === true)
    words.push(say.t("key.at", { side: "REMOTE" }));
  if (machine.control.mine) words.push(say.t("run.you-have"));
  else if (machine.control.lease === "off" && machine.control.holder === null) words.push(say.t("why.control"));
  if (machine.mode?.production === true) words.push(say.t("mode.production"));
  if (machine.links.every((each) => (link.device(each.device)?.state ?? each.state) === "connected")) {
    words.push(say.t("why.device"));
  }
  return words;
}
