import type { BookingView } from "../api/wire.ts";
import { say, type WordKey } from "../i18n/language.svelte.ts";
import type { FieldName, Reason } from "./draft.ts";
import { offsetMs } from "./zoned.ts";

const rules: ReadonlyMap<string, WordKey> = new Map([
  ["missing", "bookings.why-missing"],
  ["no-such-time", "bookings.why-no-such-time"],
  ["twice", "bookings.why-twice"],
  ["not-bookable", "bookings.why-not-bookable"],
  ["not-able-to-sign-in", "bookings.why-no-sign-in"],
  ["not-a-guest", "bookings.why-not-a-guest"],
  ["too-short", "bookings.why-too-short"],
  ["too-long", "bookings.why-too-long"],
  ["in-the-past", "bookings.why-in-the-past"],
  ["beyond-horizon", "bookings.why-beyond-horizon"],
  ["title-too-long", "bookings.why-title"],
  ["booking/overlap", "bookings.why-overlap"],
  ["request/conflict", "bookings.why-conflict"],
  ["request/not-found", "bookings.why-gone"],
  ["auth/forbidden", "forbidden.title"],
  ["no-answer", "page.no-answer-maybe"],
  ["no-link", "page.not-sent"],
]);

/** A reason in the reader's language; `taken` names who is in the way of an overlap. */
function reasonWords(reason: Reason, taken: readonly BookingView[]): readonly string[] {
  if (reason.rule === "booking/overlap" && taken.length > 0) {
    return taken.map((booking) => {
      const [from, to] = spanOf(booking);
      return say.t("bookings.why-overlap-by", { guest: booking.user, from, to });
    });
  }
  const word = rules.get(reason.rule);
  return [word ? say.t(word) : `${reason.detail ?? reason.rule} (${reason.rule})`];
}

/** The words of every reason at a field; without one, of those that concern the whole. */
export function wordsAt(
  reasons: readonly Reason[],
  field: FieldName | undefined,
  taken: readonly BookingView[] = [],
): readonly string[] {
  const at = reasons.filter((reason) => reason.field === field);
  return [...new Set(at.flatMap((reason) => reasonWords(reason, taken)))];
}

export function spanOf(booking: BookingView, zone?: string): readonly [string, string] {
  return say.span(Date.parse(booking.start), Date.parse(booking.end), zone ?? say.zone);
}

/** `10 h`, `1 h 30 min`, `67 h`. */
export function lengthWords(booking: Pick<BookingView, "start" | "end">): string {
  const minutes = Math.round((Date.parse(booking.end) - Date.parse(booking.start)) / 60_000);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  return [hours > 0 ? `${hours} h` : "", rest > 0 || hours === 0 ? `${rest} min` : ""].filter(Boolean).join(" ");
}

export const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The times where the reader sits, if his clock differs from the site's at one of the ends. */
export function viewerSpan(booking: BookingView): readonly [string, string] | undefined {
  const ends = [Date.parse(booking.start), Date.parse(booking.end)];
  const differs = ends.some((atMs) => offsetMs(atMs, browserZone) !== offsetMs(atMs, say.zone));
  return differs ? spanOf(booking, browserZone) : undefined;
}

/** A moment in words, and where the reader sits, if his clock differs. */
export function momentWords(atMs: number): string {
  const [time] = say.span(atMs, atMs);
  if (offsetMs(atMs, browserZone) === offsetMs(atMs, say.zone)) return say.t("bookings.read-as", { time });
  const [there] = say.span(atMs, atMs, browserZone);
  return say.t("bookings.read-as-there", { time, zone: browserZone, there });
}

export function stateWord(booking: BookingView, nowMs: number): WordKey {
  if (booking.state === "CANCELLED") return "bookings.cancelled";
  if (Date.parse(booking.end) <= nowMs) return "bookings.over";
  return Date.parse(booking.start) <= nowMs ? "bookings.running" : "bookings.coming";
}
