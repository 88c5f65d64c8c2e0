import type { ApprovalView, CommandOffer, EquipmentView, JsonValue, TagView } from "../api/wire.ts";
import { say } from "../i18n/language.svelte.ts";
import { argumentWords } from "../parts/argument-input.ts";
import { withUnit } from "../parts/setpoint-input.ts";
import { needsApproval, needsSelect } from "./approval-rule.ts";
import type { Wanted } from "./command-run.svelte.ts";

/** What a person is about to ask of a machine: a declared command, or a set-point that is selected first. */
export type Errand =
  | { readonly kind: "command"; readonly offer: CommandOffer }
  | { readonly kind: "set"; readonly tag: TagView; readonly value: JsonValue };

type Given = Readonly<Record<string, JsonValue>>;

/** Exactly what goes to the gateway. */
export function wantedOf(errand: Errand, machine: EquipmentView, given: Given): Wanted {
  if (errand.kind === "set") return { target: errand.tag.tag, value: errand.value };
  const target = `${machine.id}:${errand.offer.id}`;
  return errand.offer.arguments.length === 0 ? { target } : { target, arguments: given };
}

export function classOf(errand: Errand): CommandOffer["class"] {
  return errand.kind === "set" ? (errand.tag.writable?.class ?? "C1") : errand.offer.class;
}

export function approvalOf(errand: Errand): ApprovalView | undefined {
  return errand.kind === "set" ? errand.tag.writable?.approval : errand.offer.approval;
}

/** The number that an approval is judged by: a set-point's value, or a command's only argument. */
function judged(errand: Errand, given: Given): JsonValue | undefined {
  if (errand.kind === "set") return errand.value;
  const values = Object.values(given);
  return values.length === 1 ? values[0] : undefined;
}

export function asksSecond(errand: Errand, given: Given): boolean {
  return needsApproval(approvalOf(errand), judged(errand, given));
}

/** Whether it is selected first (R6), as far as can be told here. */
export function selects(errand: Errand, given: Given): boolean {
  return needsSelect(classOf(errand), approvalOf(errand), judged(errand, given));
}

/** The verb of the dialog: the command's name, or what is changed. */
export function titleOf(errand: Errand): string {
  return errand.kind === "set"
    ? say.t("confirm.title", { name: say.text(errand.tag.name) })
    : say.text(errand.offer.name);
}

/** What the button confirms: the value of a set-point, the command with its arguments. */
export function wordsOf(errand: Errand, given: Given): string {
  if (errand.kind === "set") return withUnit(say.value(errand.value, errand.tag), errand.tag);
  const { offer } = errand;
  const values = offer.arguments.flatMap((argument) => {
    const value = given[argument.id];
    return value === undefined ? [] : [argumentWords(value, argument)];
  });
  return [say.text(offer.name), ...values].join(" ");
}

/** The tags that tell, once they have been read again, how the machine stands (R7). */
export function tellingTags(errand: Errand, machine: EquipmentView): readonly string[] {
  if (errand.kind === "set") return [errand.tag.tag];
  if (machine.state?.tag) return [machine.state.tag];
  return machine.highlights.length > 0 ? machine.highlights : machine.tags.map((tag) => tag.tag);
}
