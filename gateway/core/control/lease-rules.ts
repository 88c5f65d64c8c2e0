import type { Equipment } from "../plant.ts";
import type { Text } from "../text.ts";
import { acceptIt, cause, none } from "./checks/check.ts";
import type { Cause } from "./command.ts";
import type { Lease } from "./lease.ts";

/** Who may have control of a machine now, apart from who has it (R40, R44, R39, R21, R18). */

/** Below this grace a phone that is put away would soon run the loss policy (R40), ms. */
const phoneGraceMs = 60_000;

export interface LeaseFacts {
  readonly equipment: Equipment;
  readonly mayTake: boolean;
  /** The caller is a guest: its rights come and go with its booking. */
  readonly guest: boolean;
  /** R3: the wall clock is behind what it already was. */
  readonly clockBehind: boolean;
  readonly phone: boolean;
  /** Who has it, where that is another sign-in. */
  readonly heldBy: string | undefined;
  /** Who is being given it this very moment. */
  readonly passingTo: string | undefined;
  /** true REMOTE, false LOCAL, null not Good; undefined: no key declared. */
  readonly remote: boolean | null | undefined;
  /** Persons whose personal locks are on the machine. */
  readonly lockedOut: readonly string[];
  readonly island: boolean;
  /** R9, R15: less than was accepted would follow when control is lost. */
  readonly lossWaits: boolean;
  /** Names of the other machines under this person's control, and how many one person may have. */
  readonly span: { readonly others: readonly Text[]; readonly limit: number };
  readonly auditAvailable: boolean;
}

/** Every cause at once why this caller cannot have control now; empty: he can. */
export function leaseRefusals(facts: LeaseFacts): readonly Cause[] {
  return [
    ...right(facts),
    ...clock(facts),
    ...holder(facts),
    ...key(facts),
    ...lockOut(facts),
    ...island(facts),
    ...loss(facts),
    ...span(facts),
    ...phone(facts),
    ...audit(facts),
  ];
}

/** R40: what a phone that is put away leaves behind must be harmless. */
export function phoneMayHold({ phoneControl, onLossOfControl: loss }: Equipment): boolean {
  return phoneControl === "operate" && (!loss || loss.policy === "continue" || loss.graceMs >= phoneGraceMs);
}

/** R44 counts machines, not pages: those that this person has control of under any of his sign-ins. */
export function machinesOf(leases: Iterable<readonly [string, Lease]>, userId: string): readonly string[] {
  const mine: string[] = [];
  for (const [equipment, { holding }] of leases) if (holding?.party.caller.userId === userId) mine.push(equipment);
  return mine;
}

type Rule = (facts: LeaseFacts) => readonly Cause[];

const right: Rule = ({ mayTake, guest }) => {
  if (mayTake) return none;
  return guest
    ? cause("outside-booking", "You have no booking now", "Non hai una prenotazione adesso", {
        lifts: { en: "Book the machine", it: "Prenota la macchina" },
      })
    : cause("no-permission", "Not in your role", "Non previsto dal tuo ruolo", {
        lifts: { en: "Ask a supervisor", it: "Chiedi a un supervisore" },
      });
};

const callSite = { lifts: { en: "Call the site", it: "Chiama il sito" } };

const clock: Rule = ({ clockBehind, guest }) =>
  clockBehind && guest
    ? cause(
        "clock-unsynchronised",
        "The gateway's clock jumped back; bookings wait until it has caught up",
        "L’orologio del gateway è tornato indietro; le prenotazioni attendono che si riallinei",
        callSite,
      )
    : none;

const holder: Rule = ({ heldBy, passingTo }) => {
  const name = heldBy ?? passingTo;
  if (name === undefined) return none;
  return cause("held-by-other", `${name} has control`, `${name} ha il comando`, {
    lifts: { en: "Request control", it: "Chiedi il comando" },
  });
};

const key: Rule = ({ remote, equipment: { local, id } }) => {
  if (remote === true || (remote === undefined && local === "none")) return none;
  const tag = typeof local === "object" ? `${id}/${local.tag}` : undefined;
  if (remote === false) {
    const lifts = {
      en: "Someone at the machine turns the key to REMOTE",
      it: "Qualcuno alla macchina gira la chiave su REMOTE",
    };
    return cause("local-control", "The key at the machine is on LOCAL", "La chiave alla macchina è su LOCAL", {
      tag,
      lifts,
    });
  }
  return remote === null
    ? cause("local-control", "The key at the machine cannot be read", "La chiave alla macchina non si legge", {
        tag,
        ...callSite,
      })
    : cause("local-control", "No local/remote key is declared", "Nessuna chiave locale/remoto dichiarata");
};

const lockOut: Rule = ({ lockedOut }) => {
  if (lockedOut.length === 0) return none;
  const names = lockedOut.join(", ");
  return cause("locked-out", `Locked out by ${names}`, `Bloccata da ${names}`, {
    lifts: { en: `${names} at the machine`, it: `${names} alla macchina` },
  });
};

const island: Rule = ({ island: cut }) =>
  cut
    ? cause("island", "Remote control is cut at the site", "Il comando remoto è staccato sul posto", {
        lifts: { en: "Someone at the site switches it on again", it: "Qualcuno sul posto lo riattiva" },
      })
    : none;

const loss: Rule = ({ lossWaits, equipment: { id } }) =>
  lossWaits
    ? cause(
        "approval-missing",
        "What follows when control is lost was changed, and waits to be accepted",
        "È cambiato ciò che segue quando si perde il comando, e attende di essere accettato",
        { tag: id, lifts: acceptIt },
      )
    : none;

const span: Rule = ({ span: { others, limit } }) => {
  if (others.length < limit) return none;
  const names = { en: others.map((name) => name.en).join(", "), it: others.map((name) => name.it).join(", ") };
  return cause(
    "rate-limited",
    `You have control of as many machines as one person may have: ${names.en}`,
    `Hai già il comando di tutte le macchine che una persona può avere: ${names.it}`,
    { lifts: { en: "Release one of them", it: "Rilasciane una" } },
  );
};

const phone: Rule = ({ phone: isPhone, equipment }) =>
  isPhone && !phoneMayHold(equipment)
    ? cause(
        "no-permission",
        "A phone may not have control of this machine",
        "Un telefono non può avere il comando di questa macchina",
        {
          lifts: {
            en: "Use a computer; watching and the stop request stay",
            it: "Usa un computer; restano la vista e la richiesta di arresto",
          },
        },
      )
    : none;

const audit: Rule = ({ auditAvailable }) =>
  auditAvailable
    ? none
    : cause("audit-unavailable", "The audit cannot be written", "Il registro non può essere scritto", {
        lifts: { en: "Free space or call the site", it: "Libera spazio o chiama il sito" },
      });
