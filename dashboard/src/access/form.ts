import type { GrantView } from "../api/wire.ts";
import { instantsOf, type Zone } from "../bookings/zoned.ts";
import { patternsOf } from "../people/form.ts";

export type GrantRole = Exclude<GrantView["role"], "guest">;
export const grantRoles = [
  "viewer",
  "operator",
  "supervisor",
  "engineer",
  "administrator",
  "auditor",
] as const satisfies readonly GrantRole[];
export type CommandClass = GrantView["highestClass"];
export const classes = ["C0", "C1", "C2", "C3"] as const satisfies readonly CommandClass[];
/** 1 Monday … 7 Sunday. */
export const weekdays = [1, 2, 3, 4, 5, 6, 7] as const;

export type GrantField = "role" | "equipment" | "areas" | "highestClass" | "notBefore" | "notAfter" | "hours";

/** What stands in the form of a right. Times are local to the site: `2026-11-24T09:00`. */
export interface GrantForm {
  to: "user" | "organisation";
  role: GrantRole;
  reach: "all" | "some" | "areas";
  patterns: string;
  areas: readonly string[];
  highestClass: CommandClass;
  from: string;
  until: string;
  always: boolean;
  days: readonly number[];
  begins: string;
  ends: string;
}

export interface GrantReason {
  readonly field: GrantField | undefined;
  /** Error code of the gateway or a name of this form. */
  readonly rule: string;
  readonly detail?: string | undefined;
}

export interface GrantRequest {
  readonly subject: GrantView["subject"];
  readonly role: GrantRole;
  readonly equipment: readonly string[];
  readonly areas: readonly string[];
  readonly highestClass: CommandClass;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly hours: GrantView["hours"];
}

type Checked =
  | { readonly request: GrantRequest; readonly reasons?: undefined }
  | { readonly request?: undefined; readonly reasons: readonly GrantReason[] };

/** The least that is worth giving: more is chosen. */
export function emptyGrant(): GrantForm {
  return {
    ...{ to: "user", role: "viewer", reach: "some", patterns: "", areas: [], highestClass: "C1", from: "", until: "" },
    ...{ always: true, days: [1, 2, 3, 4, 5], begins: "08:00", ends: "18:00" },
  };
}

/** The form as a request, or every reason why it is none. */
export function grantRequest(form: GrantForm, subject: GrantView["subject"], zone: Zone): Checked {
  const reasons: GrantReason[] = [];
  const [notBefore, notAfter] = [instant(form.from, "late", zone), instant(form.until, "early", zone)];
  if (notBefore === "no-such-time") reasons.push({ field: "notBefore", rule: notBefore });
  if (notAfter === "no-such-time") reasons.push({ field: "notAfter", rule: notAfter });
  if (typeof notBefore === "number" && typeof notAfter === "number" && notBefore >= notAfter)
    reasons.push({ field: "notAfter", rule: "not-after" });
  const patterns = form.reach === "all" ? ["*"] : form.reach === "some" ? patternsOf(form.patterns) : [];
  const areas = form.reach === "areas" ? form.areas : [];
  if (form.reach === "some" && patterns.length === 0) reasons.push({ field: "equipment", rule: "missing" });
  if (form.reach === "areas" && areas.length === 0) reasons.push({ field: "areas", rule: "missing" });
  // `24:00` is the end of the day; text of this shape is in order by its letters.
  if (!form.always && (form.days.length === 0 || !(form.begins < form.ends)))
    reasons.push({ field: "hours", rule: form.days.length === 0 ? "no-day" : "not-after" });
  if (reasons.length > 0) return { reasons };
  const hours = form.always ? [] : [{ days: [...form.days].sort(), from: form.begins, to: form.ends }];
  return {
    request: {
      ...{ subject, role: form.role, equipment: patterns, areas, highestClass: form.highestClass, hours },
      ...(typeof notBefore === "number" ? { notBefore: new Date(notBefore).toISOString() } : {}),
      ...(typeof notAfter === "number" ? { notAfter: new Date(notAfter).toISOString() } : {}),
    },
  };
}

/** Of a local time that exists twice the one that gives less. */
function instant(local: string, which: "early" | "late", zone: Zone): number | "none" | "no-such-time" {
  if (local === "") return "none";
  const found = instantsOf(local.slice(0, 16), zone);
  return (which === "early" ? found.at(0) : found.at(-1)) ?? "no-such-time";
}

interface Refused {
  readonly code: string;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly errors?: readonly { pointer: string; detail: string }[] | undefined;
}
const fields: readonly GrantField[] = ["role", "equipment", "areas", "highestClass", "notBefore", "notAfter", "hours"];

/** The gateway's refusal at its fields. */
export function grantReasons(problem: Refused): readonly GrantReason[] {
  if (!problem.errors || problem.errors.length === 0)
    return [{ field: undefined, rule: problem.code, detail: problem.detail ?? problem.title }];
  return problem.errors.map(({ pointer, detail }) => {
    const field = fields.find((name) => name === pointer.split("/")[1]);
    return { field, rule: field === "equipment" ? "invalid-equipment" : problem.code, detail };
  });
}
