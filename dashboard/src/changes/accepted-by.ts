import { say, type WordKey } from "../i18n/language.svelte.ts";

const own: ReadonlyMap<string, WordKey> = new Map([
  ["system:first-start", "by.first-start"],
  ["system:command-line", "by.command-line"],
  ["system:gateway", "by.gateway"],
]);

/** Who accepted: people by name, the rest in words. */
export function acceptedBy(by: string): string {
  const word = own.get(by);
  return word ? say.t(word) : by;
}
