/**
 * What can happen to a command, as a stable code with its English words. `{place}` is which of several
 * writes it was, empty where there is one.
 */
export const eventWords = {
  received: "received",
  selected: "selected",
  "approval-awaited": "selected; a second person has to approve",
  approved: "approved by {user}",
  declined: "declined by {user}",
  "declined-because": "declined by {user}: {reason}",
  "taken-back": "cancelled by whoever selected it",
  "taken-back-because": "cancelled by whoever selected it: {reason}",
  replaced: "replaced by a newer selection",
  "control-changed": "control of the machine changed",
  "connection-gone": "the connection that selected it is gone",
  "booking-over": "the booking ended",
  "other-values": "operated with other values than selected",
  "stop-request": "cancelled by a stop request",
  "key-local": "the key at the machine was turned to LOCAL",
  "cut-off": "the machine was cut off at the site",
  "chain-not-ready": "the machine's own stop chain was open, or could not be seen",
  "gateway-stops": "the gateway is stopping",
  "gateway-failed": "the gateway failed while it worked on this",
  "gateway-ended": "the gateway ended before the result was known",
  "gateway-ended-before": "the gateway ended before it was operated",
  "key-used": "the key belongs to command {command}",
  refused: "refused",
  "refused-late": "refused right before the write",
  "audit-failed": "The audit cannot be written",
  "too-old": "Expired: too old",
  "no-ticket": "Expired: no valid ticket",
  "not-operated": "Expired: not operated in time",
  "not-approved": "Nobody approved it in time",
  recorded: "intent recorded",
  written: "written{place}",
  "sent-refused": "sent, and refused{place}",
  "sent-unanswered": "sent, and not answered{place}",
  "not-sent": "not sent{place}",
  "not-sent-because": "Not sent: {detail}",
  "device-refused": "The device refused{place}: {detail}",
  unanswered: "no answer to the write{place}: {detail}",
  effect: "effect seen",
  "read-back": "reads back",
  "no-effect": "the effect did not come",
  "effect-unread": "the effect could not be read",
  "not-read-back": "could not be read back",
  "reads-other": "reads back {value}",
  "reads-other-of": "{tag} reads back {value}",
  "no-result": "the pipeline ended without a result",
  "late-effect": "late: the effect shows {seconds} s after the write",
  "late-read-back": "late: the value reads back {seconds} s after the write",
  "stop-asked": "requested",
  "left-aside": "the body was left aside: {what}",
  "stop-sent": "sent: {outcomes}",
  "stop-again": "sent again: {outcomes}",
  "stop-after-flight": "sent again after a write in flight: {outcomes}",
  stopped: "machine stopped (confirmed)",
  "not-confirmed": "NOT CONFIRMED: call the site",
  "not-confirmed-unsent": "NOT CONFIRMED: call the site; Not sent: {detail}",
  "not-confirmed-refused": "NOT CONFIRMED: call the site; The device refused: {detail}",
} as const satisfies Record<string, string>;

export type EventStep = keyof typeof eventWords;
export const eventSteps = Object.keys(eventWords) as readonly EventStep[];

/** What the words are filled with: names, numbers, and what a device said, in its own words. */
export type EventData = Readonly<Record<string, string>>;

export interface Told {
  readonly step: EventStep;
  /** Besides what the words name: `at`, `of` (which of several writes), `done` (how many had been done). */
  readonly data?: EventData | undefined;
  /** English. */
  readonly text: string;
}

export function told(step: EventStep, data?: EventData): Told {
  const place = data?.["of"] ? ` (${data["at"]} of ${data["of"]})` : "";
  const known: EventData = { ...data, place };
  const words = eventWords[step].replace(/\{(\w+)\}/g, (_all, name: string) => known[name] ?? "–");
  return { step, text: `${words}${doneWords(data?.["done"])}`, ...(data ? { data } : {}) };
}

function doneWords(done: string | undefined): string {
  if (done === undefined) return "";
  return `; ${done} ${done === "1" ? "step was" : "steps were"} already done`;
}

/** The same end, with how many writes had been done before it. */
export function toldPartly(before: { readonly step: EventStep; readonly data?: EventData | undefined }, done: number) {
  return told(before.step, { ...before.data, done: String(done) });
}
