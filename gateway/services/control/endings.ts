import type { Cause, CommandRecord, CommandState } from "../../core/control/command.ts";
import { type Told, told } from "../../core/control/event-words.ts";
import type { WriteResult } from "../../core/driver-port.ts";
import type { Withdrawal } from "./activity.ts";

/** How a command ends. */
export interface Ending extends Told {
  readonly state: CommandState;
  readonly causes?: readonly Cause[];
  readonly change?: Partial<CommandRecord>;
}

export const byStopRequest: Withdrawal = told("stop-request");

export function cancelled(why: Withdrawal): Ending {
  return { state: "CANCELLED", ...why };
}

/** What the signal of a pending command was aborted with. */
export function withdrawnBy(signal: AbortSignal): Ending {
  const { reason } = signal;
  return cancelled(
    typeof reason === "object" && reason !== null && "step" in reason ? (reason as Withdrawal) : byStopRequest,
  );
}

export function refused(causes: readonly Cause[], step: "refused" | "refused-late" = "refused"): Ending {
  return { state: "REFUSED", ...told(step), causes };
}

const whyExpired = {
  "too-old": "Scaduto: troppo vecchio",
  "no-ticket": "Scaduto: biglietto non valido",
  "not-operated": "Scaduto: non eseguito in tempo",
} as const;

export function expired(why: keyof typeof whyExpired): Ending {
  const said = told(why);
  const text = { en: said.text, it: whyExpired[why] };
  const lifts = { en: "Send it again with a fresh ticket", it: "Invia di nuovo con un biglietto nuovo" };
  return { state: "EXPIRED", ...said, causes: [{ cause: "expired", text, lifts }] };
}

/** Nobody approved in time, or the approval was not used in time (R42). */
export function approvalExpired(target: string): Ending {
  const said = told("not-approved");
  const text = { en: said.text, it: "Nessuno l’ha approvato in tempo" };
  const lifts = { en: "Select it again", it: "Seleziona di nuovo" };
  return { state: "EXPIRED", ...said, causes: [{ cause: "approval-expired", tag: target, text, lifts }] };
}

export function rejected(detail: string, target: string, place: Place): Ending {
  const said = told("device-refused", { ...place, detail });
  const where = place ? ` (${place.at} di ${place.of})` : "";
  const text = { en: said.text, it: `Il dispositivo ha rifiutato${where}: ${detail}` };
  return { state: "FAILED", ...said, causes: [{ cause: "device-rejected", tag: target, text }] };
}

/** Which of several writes it was; undefined: there is one. */
export type Place = { readonly at: string; readonly of: string } | undefined;

type NotSent = Extract<WriteResult, { outcome: "not-sent" }>["reason"];

export function notSent(reason: NotSent, detail: string, target: string): Ending {
  if (reason === "expired") return expired("too-old");
  if (reason === "withdrawn") return cancelled(byStopRequest);
  const said = told("not-sent-because", { detail });
  const text = { en: said.text, it: `Non inviato: ${detail}` };
  return { state: "FAILED", ...said, causes: [{ cause: "communication-loss", tag: target, text }] };
}

export const auditFailed: Ending = {
  state: "REFUSED",
  ...told("audit-failed"),
  causes: [
    {
      cause: "audit-unavailable",
      text: { en: "The audit cannot be written", it: "Il registro non può essere scritto" },
    },
  ],
};
