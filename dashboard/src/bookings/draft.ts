import { instantsOf, localTime, type Zone } from "./zoned.ts";

export const fieldNames = ["equipment", "userId", "start", "end", "title"] as const;
export type FieldName = (typeof fieldNames)[number];

/** Of a local time that exists twice: the first or the second. */
export type Which = "" | "first" | "second";

/** What stands in the form. Times are local to the site: `2026-11-24T09:00`. */
export interface Draft {
  equipment: string;
  userId: string;
  start: string;
  startWhich: Which;
  end: string;
  endWhich: Which;
  title: string;
}

/** One reason why it cannot be booked; without a field it concerns the whole. */
export interface Reason {
  readonly field: FieldName | undefined;
  /** Stable name: of the gateway's rules, its error code, or of this form. */
  readonly rule: string;
  /** The gateway's own words, where the rule is not known here. */
  readonly detail?: string | undefined;
}

export interface BookingRequest {
  readonly equipment: string;
  readonly userId: string;
  readonly start: string;
  readonly end: string;
  readonly title: string;
}

export type Checked =
  | { readonly request: BookingRequest; readonly reasons?: undefined }
  | { readonly request?: undefined; readonly reasons: readonly Reason[] };

/** The form as a request, or every reason why it is none. What the gateway judges is left to it. */
export function checkedDraft(draft: Draft, zone: Zone): Checked {
  const reasons: Reason[] = [];
  if (draft.equipment === "") reasons.push({ field: "equipment", rule: "missing" });
  if (draft.userId === "") reasons.push({ field: "userId", rule: "missing" });
  const start = instant(draft.start, draft.startWhich, zone);
  const end = instant(draft.end, draft.endWhich, zone);
  if (typeof start === "string") reasons.push({ field: "start", rule: start });
  if (typeof end === "string") reasons.push({ field: "end", rule: end });
  if (typeof start !== "number" || typeof end !== "number" || reasons.length > 0) return { reasons };
  const { equipment, userId, title } = draft;
  const times = { start: new Date(start).toISOString(), end: new Date(end).toISOString() };
  return { request: { equipment, userId, ...times, title: title.trim() } };
}

/** What a field means so far, UTC ms; undefined: nothing, or not one moment. */
export function readAs(local: string, which: Which, zone: Zone): number | undefined {
  const read = instant(local, which, zone);
  return typeof read === "number" ? read : undefined;
}

function instant(local: string, which: Which, zone: Zone): number | "missing" | "no-such-time" | "twice" {
  if (local === "") return "missing";
  const [first, second] = instantsOf(local.slice(0, 16), zone);
  if (first === undefined) return "no-such-time";
  if (second === undefined) return first;
  if (which === "") return "twice";
  return which === "first" ? first : second;
}

/** Whether the form has to ask which of two is meant. */
export function isTwice(local: string, zone: Zone): boolean {
  return instantsOf(local.slice(0, 16), zone).length > 1;
}

interface Refused {
  readonly code: string;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly errors?: readonly { pointer: string; detail: string; rule?: string | undefined }[] | undefined;
}

/** The gateway's refusal as reasons at their fields: all that it gives, never only the first. */
export function reasonsOf(problem: Refused): readonly Reason[] {
  if (problem.errors && problem.errors.length > 0) {
    return problem.errors.map(({ pointer, detail, rule }) => ({
      field: fieldOf(pointer),
      rule: rule ?? problem.code,
      detail,
    }));
  }
  const field = problem.code === "booking/overlap" ? "start" : undefined;
  return [{ field, rule: problem.code, detail: problem.detail ?? problem.title }];
}

function fieldOf(pointer: string): FieldName | undefined {
  const name = pointer.split("/")[1];
  return fieldNames.find((field) => field === name);
}

const hourMs = 3_600_000;

/** The form of a booking as it is. */
export function draftOf(booking: BookingRequest, zone: Zone): Draft {
  const { equipment, userId, title } = booking;
  const [start, end] = [Date.parse(booking.start), Date.parse(booking.end)];
  const times = { start: localTime(start, zone), startWhich: which(start, zone), end: localTime(end, zone) };
  return { equipment, userId, title, ...times, endWhich: which(end, zone) };
}

/** An empty form: the only machine there is, and the next full hour of the week that is shown. */
export function draftFrom(
  week: { readonly startMs: number },
  nowMs: number,
  machines: readonly { readonly id: string }[],
  zone: Zone,
): Draft {
  const morning = week.startMs + 8 * hourMs;
  const start = nowMs < week.startMs ? morning : Math.ceil(nowMs / hourMs) * hourMs;
  const equipment = machines.length === 1 ? (machines[0]?.id ?? "") : "";
  const empty = { userId: "", title: "" };
  return draftOf(
    { ...empty, equipment, start: new Date(start).toISOString(), end: new Date(start + hourMs).toISOString() },
    zone,
  );
}

function which(atMs: number, zone: Zone): Which {
  const instants = instantsOf(localTime(atMs, zone), zone);
  if (instants.length < 2) return "";
  return instants[0] === Math.floor(atMs / 60_000) * 60_000 ? "first" : "second";
}
