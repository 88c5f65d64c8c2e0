import type { AccessView, GrantView } from "../api/wire.ts";
import { say, type WordKey } from "../i18n/language.svelte.ts";
import { plant } from "../live/plant.svelte.ts";
import type { GrantField, GrantReason } from "./form.ts";

export type PermissionAnswer = AccessView["permissions"][number];
type Gap = PermissionAnswer["grants"][number]["missing"][number];

const gaps: Readonly<Record<Gap, WordKey>> = {
  role: "access.misses-role",
  equipment: "access.misses-equipment",
  class: "access.misses-class",
  "not-yet": "access.misses-not-yet",
  ended: "access.misses-ended",
  hours: "access.misses-hours",
};

/** One right in a few words: its role, and where. */
export function grantName(grant: GrantView): string {
  return say.t("access.role-on", { role: say.t(`role.${grant.role}`), where: placesOf(grant) });
}

export function placesOf({ role, equipment, areas }: GrantView): string {
  if (role === "guest") return say.t("people.by-booking");
  if (equipment.includes("*")) return say.t("access.all-machines");
  const machines = equipment.map((pattern) => {
    const machine = plant.find(pattern);
    return machine ? say.text(machine.name) : pattern;
  });
  return (
    [...machines, ...areas.map((area) => say.t("access.area", { area }))].join(", ") || say.t("people.no-machines")
  );
}

/** When it holds, in the site's time; empty: always. */
export function timesOf({ notBefore, notAfter, hours }: GrantView): string {
  const at = (text: string) => `${say.date(Date.parse(text))} ${say.time(Date.parse(text))}`;
  const bounds = [
    ...(notBefore ? [say.t("access.from", { time: at(notBefore) })] : []),
    ...(notAfter ? [say.t("access.until", { time: at(notAfter) })] : []),
    ...hours.map(({ days, from, to }) => `${days.map((day) => say.t(dayWord(day))).join(" ")} ${from}–${to}`),
  ];
  return bounds.join(", ");
}

const dayWords = [
  "access.day-1",
  "access.day-2",
  "access.day-3",
  "access.day-4",
  "access.day-5",
  "access.day-6",
  "access.day-7",
] as const satisfies readonly WordKey[];

export function dayWord(day: number): WordKey {
  return dayWords[day - 1] ?? "access.day-1";
}

/**
 * Why somebody may, or may not: what allows it, else what the rights that come nearest miss. A right whose
 * role does not include it at all is not near.
 */
export function whyOf(
  answer: PermissionAnswer,
  grants: readonly GrantView[],
  whose: { readonly disabled: boolean; readonly own: boolean },
): readonly string[] {
  const name = (id: string): string => {
    const grant = grants.find((one) => one.id === id);
    return grant ? grantName(grant) : id;
  };
  if (whose.disabled) return [say.t("access.cannot-sign-in")];
  if (answer.bookingEnds !== undefined && answer.allowed)
    return [say.t("access.by-booking", { time: say.time(Date.parse(answer.bookingEnds)) })];
  if (answer.outsideBooking && answer.grants.some(({ missing }) => missing.length === 0))
    return [say.t("access.outside-booking")];
  const giving = answer.grants.filter(({ missing }) => missing.length === 0);
  if (giving.length > 0) return giving.map(({ grant }) => say.t("access.by-grant", { grant: name(grant) }));
  const near = answer.grants.filter(({ missing }) => !missing.includes("role"));
  if (near.length === 0) return [say.t(whose.own ? "access.no-role-own" : "access.no-role")];
  return near.map(({ grant, missing }) =>
    say.t("access.grant-misses", { grant: name(grant), what: missing.map((gap) => say.t(gaps[gap])).join(", ") }),
  );
}

const rules: ReadonlyMap<string, WordKey> = new Map([
  ["missing", "people.why-missing"],
  ["not-after", "access.why-not-after"],
  ["no-such-time", "access.why-no-such-time"],
  ["no-day", "access.why-no-day"],
  ["invalid-equipment", "people.why-equipment"],
  ["request/not-found", "access.why-gone"],
  ["auth/forbidden", "forbidden.title"],
  ["auth/step-up-required", "factor.needs-code"],
  ["auth/factor-required", "factor.needs-set-up"],
  ["auth/locked", "lock.refused"],
  ["no-answer", "page.no-answer-maybe"],
  ["no-link", "page.not-sent"],
]);

/** The words of every reason at a field; without one, of those that concern the whole. */
export function grantWordsAt(reasons: readonly GrantReason[], field: GrantField | undefined): readonly string[] {
  const words = ({ rule, detail }: GrantReason): string => {
    const word = rules.get(rule);
    return word ? say.t(word) : `${detail ?? rule} (${rule})`;
  };
  return [...new Set(reasons.filter((reason) => reason.field === field).map(words))];
}
