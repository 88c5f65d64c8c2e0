import { allowsOn, type Caller } from "../../core/access/policy.ts";
import type { Cause, CommandRecord } from "../../core/control/command.ts";
import { told } from "../../core/control/event-words.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Desk } from "./desk.ts";
import { commandEntry } from "./evidence.ts";
import type { Selections } from "./selections.ts";
import { ticketLifeMs } from "./tickets.ts";

/** With the rights of today; a sign-in that has ended has none. */
export function mayStillApprove(
  desk: Pick<Desk, "today" | "rights">,
  approver: Caller,
  equipment: string,
  level: CommandRecord["class"],
): boolean {
  const today = desk.today(approver);
  return today !== undefined && allowsOn(today, "equipment:approve", equipment, desk.rights.nowMs(), level);
}

/**
 * R42, four eyes: another person, with the right to approve, for this one command with these values on
 * this machine. Bound to the selection, so it dies with it; used once, with it. Approving sends nothing.
 */
export class Approvals {
  readonly #desk: Desk;
  readonly #selections: Selections;

  constructor(desk: Desk, selections: Selections) {
    this.#desk = desk;
    this.#selections = selections;
  }

  /** A refusal is an answer with its causes. @throws PlanciaError auth/forbidden, store/unavailable. */
  async approve(caller: Caller, record: CommandRecord, ticket: string | undefined): Promise<CommandRecord> {
    const desk = this.#desk;
    if (!allowsOn(caller, "equipment:approve", record.equipment, desk.rights.nowMs(), record.class)) {
      throw new PlanciaError("auth/forbidden", "not in your role");
    }
    const causes = this.#causes(caller, record, ticket);
    if (causes.length > 0) return { ...record, state: "REFUSED", causes };
    const approval = { userId: caller.userId, userName: caller.name, at: desk.clock.wallMs() };
    const approved = { ...record, approval };
    const by = { who: caller.name, address: caller.address };
    await desk.audit.append({ ...commandEntry(desk, approved, "command.approved"), ...by });
    // What a right that went meanwhile would have given counts no more than a selection that ended.
    const may = mayStillApprove(desk, caller, record.equipment, record.class);
    const operateBefore = may ? this.#selections.approve(record.id, caller) : undefined;
    if (operateBefore === undefined) {
      // It ended, or somebody else approved it, while that was written: nothing is approved by this one.
      const refused = { ...(desk.book.get(record.id) ?? record), state: "REFUSED" as const, causes: [gone] };
      desk.audit.note({ ...commandEntry(desk, refused, "command.refused"), ...by });
      return refused;
    }
    return desk.book.update(
      record.id,
      { state: "SELECTED", approval, operateBefore, approveBefore: undefined },
      { state: "SELECTED", ...told("approved", { user: caller.name }) },
    );
  }

  #causes(caller: Caller, record: CommandRecord, ticket: string | undefined): readonly Cause[] {
    const { tickets, clock, plant, audit } = this.#desk;
    const issuedAt = tickets.issuedAt(ticket);
    const causes: Cause[] = [];
    if (record.userId === caller.userId) causes.push(samePerson);
    if (plant.security.secondFactor === "required" && !caller.secondFactor) causes.push(noFactor);
    if (issuedAt === undefined || clock.monotonicMs() > issuedAt + ticketLifeMs) causes.push(tooOld);
    if (!audit.available()) causes.push(noAudit);
    if (this.#selections.get(record.id)?.approval !== "missing") causes.push(gone);
    return causes;
  }
}

const samePerson: Cause = {
  cause: "no-permission",
  text: { en: "Whoever asked cannot approve", it: "Chi ha chiesto non può approvare" },
  lifts: { en: "Another person approves", it: "Approva un’altra persona" },
};
const noFactor: Cause = {
  cause: "second-factor-missing",
  text: { en: "Approving needs a second factor", it: "Per approvare serve un secondo fattore" },
  lifts: { en: "Sign in with a second factor", it: "Accedi con un secondo fattore" },
};
const tooOld: Cause = {
  cause: "expired",
  text: { en: "What you saw is too old", it: "Ciò che hai visto è troppo vecchio" },
  lifts: { en: "Look again and approve", it: "Guarda di nuovo e approva" },
};
const noAudit: Cause = {
  cause: "audit-unavailable",
  text: { en: "The audit cannot be written", it: "Il registro non può essere scritto" },
};
const gone: Cause = {
  cause: "approval-expired",
  text: { en: "It does not wait for an approval any more", it: "Non attende più un’approvazione" },
};
