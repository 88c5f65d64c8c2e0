import { say, type WordKey } from "../i18n/language.svelte.ts";
import type { OrganisationField, OrganisationReason } from "./reasons.ts";

const rules: ReadonlyMap<string, WordKey> = new Map([
  ["missing", "people.why-missing"],
  ["invalid-id", "organisations.why-id"],
  ["invalid-name", "organisations.why-name"],
  ["organisation/exists", "organisations.why-exists"],
  ["user/exists", "welcome.exists"],
  ["request/not-found", "organisations.why-gone"],
  ["request/conflict", "members.why-conflict"],
  ["last-administrator", "organisations.why-last"],
  ["auth/forbidden", "forbidden.title"],
  ["auth/step-up-required", "factor.needs-code"],
  ["auth/factor-required", "factor.needs-set-up"],
  ["auth/locked", "lock.refused"],
  ["no-answer", "page.no-answer-maybe"],
  ["no-link", "page.not-sent"],
]);

/** The words of every reason at a field; without one, of those that concern the whole. */
export function organisationWordsAt(
  reasons: readonly OrganisationReason[],
  field: OrganisationField | undefined,
): readonly string[] {
  const words = ({ rule, detail }: OrganisationReason): string => {
    const word = rules.get(rule);
    return word ? say.t(word) : `${detail ?? rule} (${rule})`;
  };
  return [...new Set(reasons.filter((reason) => reason.field === field).map(words))];
}
