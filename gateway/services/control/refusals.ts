import type { Cause, CommandRecord } from "../../core/control/command.ts";
import { type Told, told } from "../../core/control/event-words.ts";
import { PlanciaError } from "../../core/errors.ts";

export function notInRole(): PlanciaError {
  return new PlanciaError("auth/forbidden", "not in your role");
}

/** An answer that refuses without being the command's end. */
export function refusedNow(record: CommandRecord, causes: readonly Cause[]): CommandRecord {
  return { ...record, state: "REFUSED", causes };
}

/** Why a selection ended before it was operated: by whoever made it, or by whoever does not approve it. */
export function takenBack(reason: string | undefined): Told {
  return reason === undefined ? told("taken-back") : told("taken-back-because", { reason });
}

export function declined(user: string, reason: string | undefined): Told {
  return reason === undefined ? told("declined", { user }) : told("declined-because", { user, reason });
}

export const notSelected: Cause = {
  cause: "not-selected",
  text: { en: "This is not what was selected", it: "Non è ciò che è stato selezionato" },
  lifts: { en: "Select it again", it: "Seleziona di nuovo" },
};
export const notYours: Cause = {
  cause: "selected-by-other",
  text: { en: "It was selected somewhere else", it: "È stato selezionato altrove" },
  lifts: { en: "Select it yourself", it: "Selezionalo tu" },
};
export const notApproved: Cause = {
  cause: "approval-missing",
  text: { en: "A second person has to approve it", it: "Deve approvarlo una seconda persona" },
};
