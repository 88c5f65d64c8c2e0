import { say, type WordKey } from "../i18n/language.svelte.ts";
import type { PersonField, PersonReason } from "./form.ts";

const rules: ReadonlyMap<string, WordKey> = new Map([
  ["missing", "people.why-missing"],
  ["differs", "welcome.differs"],
  ["last-administrator", "people.why-last"],
  ["invalid-name", "people.why-name"],
  ["invalid-equipment", "people.why-equipment"],
  ["invalid-organisation", "organisations.why-gone"],
  ["invalid-password", "welcome.too-short"],
  ["user/exists", "welcome.exists"],
  ["user/password-too-short", "welcome.too-short"],
  ["user/password-common", "welcome.common"],
  ["request/not-found", "people.why-gone"],
  ["auth/forbidden", "forbidden.title"],
  ["auth/step-up-required", "factor.needs-code"],
  ["auth/factor-required", "factor.needs-set-up"],
  ["auth/locked", "lock.refused"],
  ["no-answer", "page.no-answer-maybe"],
  ["no-link", "page.not-sent"],
]);

/** A reason in the reader's language; one that is not known here in the gateway's own words, with its name. */
export function personReasonWords({ rule, detail }: PersonReason): string {
  const word = rules.get(rule);
  return word ? say.t(word) : `${detail ?? rule} (${rule})`;
}

/** The words of every reason at a field; without one, of those that concern the whole. */
export function wordsAt(reasons: readonly PersonReason[], field: PersonField | undefined): readonly string[] {
  return [...new Set(reasons.filter((reason) => reason.field === field).map(personReasonWords))];
}
