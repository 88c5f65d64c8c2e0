import { say } from "../i18n/language.svelte.ts";
import { packmlWords } from "../i18n/states.ts";

/** The machine's own word (PackML), translated once in one table; an unknown word is shown as it came. */
export function stateWord(state: string): string {
  return packmlWords.get(state)?.[say.code] ?? state;
}
