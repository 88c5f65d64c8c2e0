import { type Caller, withoutRights } from "../../core/access/policy.ts";
import { cause, none } from "../../core/control/checks/check.ts";
import type { Cause } from "../../core/control/command.ts";
import { askingAt, type LeaseEvent, type LeaseParty, type LeaseRefusal } from "../../core/control/lease.ts";
import { PlanciaError } from "../../core/errors.ts";
import type { Equipment } from "../../core/plant.ts";
import type { RequestAnswer } from "./control.ts";
import type { DeviceLockKeeper } from "./device-lock-keeper.ts";
import { refusedEntry, takenEntry } from "./lease-audit.ts";
import { causesAgainst } from "./lease-facts.ts";
import type { LeaseParts } from "./lease-parts.ts";
import type { Leases } from "./leases.ts";
import type { Presence } from "./presence.ts";

/** What passes control on to somebody. */
interface Passing {
  readonly equipment: Equipment;
  /** Who brings it about, and who gets it. */
  readonly by: Caller;
  readonly to: LeaseParty;
  readonly event:
    | Extract<LeaseEvent, { type: "take" | "force" }>
    | { readonly type: "accept"; readonly signInId: string; readonly asker: string };
  readonly reason: string | undefined;
}

/**
 * How control begins and passes on. Refusals are data; what is granted is in the audit before it
 * happens (an audit that cannot be written grants nothing), and is looked at once more after that.
 */
export class LeaseTakes {
  readonly #parts: LeaseParts;
  readonly #leases: Leases;
  readonly #presence: Presence;
  readonly #locks: DeviceLockKeeper;
  /** At most one at a time on a machine; a second one waits for nothing. */
  readonly #passing = new Map<string, { readonly to: Caller; readonly done: Promise<readonly Cause[]> }>();

  constructor(parts: LeaseParts, leases: Leases, presence: Presence, locks: DeviceLockKeeper) {
    this.#parts = parts;
    this.#leases = leases;
    this.#presence = presence;
    this.#locks = locks;
  }

  /** Why this caller could not take control now; of a phone as its socket or this request says. */
  causes(caller: Caller, equipment: Equipment, phone: boolean, over: "nobody" | "anybody"): readonly Cause[] {
    const passing = this.#passing.get(equipment.id)?.to;
    const passingTo = passing && passing.signInId !== caller.signInId ? passing.name : undefined;
    const isPhone = phone || this.#presence.isPhone(caller.signInId);
    return causesAgainst(this.#parts, this.#leases, { caller, equipment, phone: isPhone, over, passingTo });
  }

  take(caller: Caller, equipment: Equipment, phone: boolean): Promise<readonly Cause[]> {
    const to = { caller, phone: phone || this.#presence.isPhone(caller.signInId) };
    return this.#pass({ equipment, by: caller, to, event: { type: "take", party: to }, reason: undefined });
  }

  /** R41: whoever has it learns by whom and why. */
  force(caller: Caller, equipment: Equipment, phone: boolean, reason: string): Promise<readonly Cause[]> {
    const to = { caller, phone: phone || this.#presence.isPhone(caller.signInId) };
    return this.#pass({ equipment, by: caller, to, event: { type: "force", party: to }, reason });
  }

  /** @throws PlanciaError request/conflict: nobody has it, so it can be taken. */
  request(caller: Caller, equipment: Equipment, phone: boolean): readonly Cause[] {
    const causes = [...this.causes(caller, equipment, phone, "anybody"), ...this.#unconnected(caller)];
    if (causes.length > 0) return causes;
    const party = { caller, phone: phone || this.#presence.isPhone(caller.signInId) };
    return this.#asCauses(
      equipment,
      this.#leases.step(equipment.id, { type: "request", party }, { by: caller }).refused,
    );
  }

  /** @throws PlanciaError request/conflict: there is no request of this sign-in. */
  withdraw(caller: Caller, equipment: Equipment): readonly Cause[] {
    const event = { type: "withdraw", signInId: caller.signInId } as const;
    return this.#asCauses(equipment, this.#leases.step(equipment.id, event, { by: caller }).refused);
  }

  /** @throws PlanciaError request/conflict: nobody asks, or not any more, or another person than is meant. */
  async answer(caller: Caller, equipment: Equipment, answer: RequestAnswer): Promise<readonly Cause[]> {
    const { accept, note, user } = answer;
    const { signInId } = caller;
    const asking = askingAt(this.#leases.lease(equipment.id), this.#parts.clock.monotonicMs());
    const isHolder = this.#leases.standing(caller, equipment.id).holder === "self";
    if (isHolder && asking && user !== undefined && user !== asking.party.caller.name) {
      throw new PlanciaError("request/conflict", `${asking.party.caller.name} asks for control by now.`);
    }
    if (!accept || !asking || !isHolder) {
      const said = { by: caller, reason: note };
      const { refused } = this.#leases.step(equipment.id, { type: "decline", signInId }, said);
      return this.#asCauses(equipment, refused);
    }
    const event = { type: "accept", signInId, asker: asking.party.caller.signInId } as const;
    const causes = await this.#pass({ equipment, by: caller, to: asking.party, event, reason: note });
    return causes.map((each) => aboutOther(asking.party.caller.name, each));
  }

  /** Giving back what one does not have is no change. */
  release(caller: Caller, equipment: Equipment): readonly Cause[] {
    const { signInId } = caller;
    const { refused } = this.#leases.step(equipment.id, { type: "release", signInId }, { by: caller });
    return refused === "nobody-has-it" ? none : this.#asCauses(equipment, refused);
  }

  async #pass(passing: Passing): Promise<readonly Cause[]> {
    const { equipment, to } = passing;
    const before = this.#passing.get(equipment.id);
    // A double click meets itself.
    if (before?.to.signInId === to.caller.signInId) return before.done;
    if (this.#leases.standing(to.caller, equipment.id).holder === "self") return none;
    const causes = this.#against(passing);
    if (causes.length > 0) return causes;
    const done = this.#grant(passing);
    this.#passing.set(equipment.id, { to: to.caller, done });
    try {
      return await done;
    } finally {
      this.#passing.delete(equipment.id);
    }
  }

  async #grant(passing: Passing): Promise<readonly Cause[]> {
    const { equipment, by, event, reason } = passing;
    try {
      const locked = await this.#locks.take(equipment);
      if (locked.length > 0) return locked;
      if (!(await this.#recorded(passing))) return noAudit;
      // While that was written the key may have been turned, or somebody else was quicker.
      const causes = this.#against(passing);
      if (causes.length > 0) return causes;
      const { refused } = this.#leases.step(equipment.id, event, { by, reason });
      // It was put on the record as done.
      if (refused) this.#parts.audit.note(refusedEntry(this.#parts, by, equipment.id, event.type, []));
      return this.#asCauses(equipment, refused);
    } finally {
      this.#locks.settle(equipment.id);
    }
  }

  async #recorded(passing: Passing): Promise<boolean> {
    const { audit, log } = this.#parts;
    const { id } = passing.equipment;
    try {
      await audit.append(takenEntry(this.#parts, this.#leases.holder(id), passing));
      return true;
    } catch (error) {
      log.error({ err: error, equipment: id }, "control could not be recorded and is not given");
      return false;
    }
  }

  #against({ equipment, to, event }: Passing): readonly Cause[] {
    const over = event.type === "take" ? "nobody" : "anybody";
    const { caller, phone } = to;
    // Today's rights: whoever asked may have lost his since.
    const today = this.#parts.today(caller) ?? withoutRights(caller);
    return [...this.causes(today, equipment, phone, over), ...this.#unconnected(caller)];
  }

  #unconnected({ signInId }: Caller): readonly Cause[] {
    if (this.#presence.connected(signInId)) return none;
    return cause("communication-loss", "There is no live connection", "Non c’è un collegamento attivo", {
      lifts: { en: "Wait until the page is connected", it: "Attendi che la pagina sia collegata" },
    });
  }

  #asCauses(equipment: Equipment, refused: LeaseRefusal | undefined): readonly Cause[] {
    const { holding, asking } = this.#leases.lease(equipment.id);
    switch (refused) {
      case undefined:
      case "old":
        return none;
      case "held-by-other":
      case "not-the-holder":
        return heldBy(holding?.party.caller.name ?? "–");
      case "asked-already":
        return askedBy(asking?.party.caller.name ?? "–");
      case "nobody-has-it":
        throw new PlanciaError("request/conflict", "Nobody has control of it now.");
      case "nobody-asks":
        throw new PlanciaError("request/conflict", "Nobody asks for control, or not any more.");
    }
  }
}

function heldBy(name: string): readonly Cause[] {
  return cause("held-by-other", `${name} has control`, `${name} ha il comando`, {
    lifts: { en: "Request control", it: "Chiedi il comando" },
  });
}

function askedBy(name: string): readonly Cause[] {
  return cause("held-by-other", `${name} has asked for it already`, `${name} lo ha già chiesto`, {
    lifts: { en: "Wait for the answer, 30 s at most", it: "Attendi la risposta, al massimo 30 s" },
  });
}

/** The holder reads what stands in the way of somebody else. */
function aboutOther(name: string, each: Cause): Cause {
  const { lifts: _whatTheOtherCouldDo, ...rest } = each;
  return { ...rest, text: { en: `${name}: ${each.text.en}`, it: `${name}: ${each.text.it}` } };
}

const noAudit = cause("audit-unavailable", "The audit cannot be written", "Il registro non può essere scritto", {
  lifts: { en: "Free space or call the site", it: "Libera spazio o chiama il sito" },
});
