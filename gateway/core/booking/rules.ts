import type { FieldProblem } from "../errors.ts";
import type { Equipment } from "../plant.ts";

/** Limits of a booking made by staff. The rules of guests who book for themselves come with their own issue. */
export const bookingLimits = {
  shortestMs: 60_000,
  longestMs: 14 * 86_400_000,
  horizonMs: 366 * 86_400_000,
  titleLength: 200,
} as const;

/** What a booking can break, by stable names. */
export const bookingRules = [
  "not-bookable",
  "not-able-to-sign-in",
  "not-a-guest",
  "too-short",
  "too-long",
  "in-the-past",
  "beyond-horizon",
  "title-too-long",
] as const;
export type BookingRule = (typeof bookingRules)[number];

export interface BookingDraft {
  readonly equipment: Equipment | undefined;
  readonly person: { readonly exists: boolean; readonly disabled: boolean; readonly role: string } | undefined;
  readonly startMs: number;
  readonly endMs: number;
  readonly title: string;
}

/** Every reason at once why this booking cannot be; empty: it can, if the database finds no overlap. */
export function bookingProblems(draft: BookingDraft, nowMs: number): readonly FieldProblem[] {
  const problems: FieldProblem[] = [];
  const add = (pointer: string, rule: BookingRule, detail: string): void =>
    void problems.push({ pointer, detail, rule });
  if (!draft.equipment?.bookable) add("/equipment", "not-bookable", "a machine that can be booked (`bookable: true`)");
  if (!draft.person?.exists || draft.person.disabled) add("/userId", "not-able-to-sign-in", "a person who can sign in");
  else if (draft.person.role !== "guest")
    add("/userId", "not-a-guest", "a guest: staff have their rights without a booking");
  const length = draft.endMs - draft.startMs;
  if (!(length >= bookingLimits.shortestMs)) add("/end", "too-short", "at least one minute after the start");
  if (length > bookingLimits.longestMs) add("/end", "too-long", "at most 14 days after the start");
  if (draft.endMs <= nowMs) add("/end", "in-the-past", "in the future");
  if (draft.startMs > nowMs + bookingLimits.horizonMs) add("/start", "beyond-horizon", "within a year");
  if (draft.title.length > bookingLimits.titleLength)
    add("/title", "title-too-long", `at most ${bookingLimits.titleLength} characters`);
  return problems;
}
