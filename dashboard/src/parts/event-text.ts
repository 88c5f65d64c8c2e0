import type { Command, CommandEvent } from "../api/wire.ts";
import { say, type WordKey } from "../i18n/language.svelte.ts";

type Outcome = NonNullable<Command["steps"]>[number]["outcome"];
const outcomes: ReadonlyMap<string, WordKey> = new Map<Outcome, WordKey>([
  ["written", "log.written"],
  ["rejected", "log.rejected"],
  ["not-sent", "log.not-sent"],
  ["unknown", "log.step-unknown"],
]);

/** What happened, in the reader's language. Records of earlier gateways have English words only, and so have steps not known here. */
export function eventText(event: Pick<CommandEvent, "step" | "data" | "text">): string {
  const { step, data = {}, text } = event;
  if (step === undefined) return text;
  const key = `event.${step}` as const;
  const words = say.t(key, {
    ...data,
    place: data["of"] === undefined ? "" : say.t("event.place", { at: data["at"] ?? "", of: data["of"] }),
    detail: say.deviceError(data["detail"] ?? ""),
    outcomes: outcomeWords(data["outcomes"] ?? ""),
  });
  // i18next gives the key back where there are no words for it.
  if (words === key) return text;
  return data["done"] === undefined ? words : words + say.t("event.done", { count: Number(data["done"]) });
}

/** Whether the words are English whatever the reader's language. */
export function isForeign({ step }: Pick<CommandEvent, "step" | "text">): boolean {
  return step === undefined && say.code !== "en";
}

function outcomeWords(list: string): string {
  const each = list.split(", ").map((one) => {
    const key = outcomes.get(one);
    return key ? say.t(key) : one;
  });
  return each.join(", ");
}
