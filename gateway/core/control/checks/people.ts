import { acceptIt, type Check, cause, isSignificant, none } from "./check.ts";

/** Who asks: right, booking, second factor, control, second person. */

export const right: Check = {
  name: "right",
  rule: "R9",
  run: (facts) => {
    if (facts.mayWrite) return none;
    if (facts.locked)
      return cause("no-permission", "The screen is locked", "Lo schermo è bloccato", {
        lifts: { en: "Unlock the screen", it: "Sblocca lo schermo" },
      });
    return facts.outsideBooking
      ? cause("outside-booking", "You have no booking now", "Non hai una prenotazione adesso", {
          lifts: { en: "Book the machine", it: "Prenota la macchina" },
        })
      : cause("no-permission", "Not in your role", "Non previsto dal tuo ruolo", {
          lifts: { en: "Ask a supervisor", it: "Chiedi a un supervisore" },
        });
  },
};

/** What starts must also be seen to have started before the slot is over. */
export const slotEnd: Check = {
  name: "end of booking",
  rule: "Sessions 4",
  run: (facts) => {
    const { slotLeftMs, order } = facts;
    if (slotLeftMs === undefined || !isSignificant(facts) || slotLeftMs > order.feedback.withinMs) return none;
    return cause(
      "end-of-booking",
      "Your booking ends before this would be done",
      "La prenotazione termina prima che sia concluso",
      { lifts: { en: "Extend the booking", it: "Prolunga la prenotazione" } },
    );
  },
};

export const clock: Check = {
  name: "clock",
  rule: "R3",
  run: ({ clockBehind, slotLeftMs, outsideBooking }) =>
    clockBehind && (slotLeftMs !== undefined || outsideBooking)
      ? cause(
          "clock-unsynchronised",
          "The gateway's clock jumped back; bookings wait until it has caught up",
          "L’orologio del gateway è tornato indietro; le prenotazioni attendono che si riallinei",
          { lifts: { en: "Call the site", it: "Chiama il sito" } },
        )
      : none,
};

export const secondFactor: Check = {
  name: "second factor",
  rule: "People, evidence, law",
  run: ({ secondFactor: factor, order }) => {
    if (!factor.required) return none;
    const lifts = { en: "Sign in with a second factor", it: "Accedi con un secondo fattore" };
    if (!factor.passed)
      return cause("second-factor-missing", "Writing needs a second factor", "Per scrivere serve un secondo fattore", {
        lifts,
      });
    return order.class === "C3" && !factor.fresh
      ? cause(
          "second-factor-missing",
          "Class C3 needs a fresh second factor",
          "La classe C3 richiede un secondo fattore recente",
          {
            lifts: { en: "Give the second factor again", it: "Ripeti il secondo fattore" },
          },
        )
      : none;
  },
};

export const lease: Check = {
  name: "lease",
  rule: "R40",
  run: ({ order, standing }) => {
    if (standing.holder === "other") {
      const name = standing.name ?? "–";
      return cause("held-by-other", `${name} has control`, `${name} ha il comando`, {
        lifts: { en: "Request control", it: "Chiedi il comando" },
      });
    }
    if (standing.holder === "self" || order.equipment.lease === "off") return none;
    return cause("no-lease", "You do not have control of this machine", "Non hai il comando di questa macchina", {
      lifts: { en: "Take control", it: "Prendi il comando" },
    });
  },
};

export const select: Check = {
  name: "select before operate",
  rule: "R6",
  run: ({ selected, order }) =>
    selected
      ? none
      : cause("not-selected", `Class ${order.class} is selected first`, `La classe ${order.class} si seleziona prima`, {
          tag: order.target,
          lifts: { en: "Select it again", it: "Seleziona di nuovo" },
        }),
};

export const approval: Check = {
  name: "approval",
  rule: "R42",
  run: ({ approval: state, order }) => {
    const tag = order.target;
    if (state === "missing")
      return cause("approval-missing", "A second person has to approve it", "Deve approvarlo una seconda persona", {
        tag,
      });
    return state === "expired"
      ? cause("approval-expired", "The approval is too old", "L’approvazione è scaduta", {
          tag,
          lifts: { en: "Select it again", it: "Seleziona di nuovo" },
        })
      : none;
  },
};

/** R9: what a new configuration widens is not yet anybody's to use. */
export const accepted: Check = {
  name: "accepted configuration",
  rule: "R9",
  run: ({ changeWaits, order }) =>
    changeWaits
      ? cause(
          "approval-missing",
          "A change of the configuration that widens control waits to be accepted",
          "Una modifica della configurazione che amplia il comando attende di essere accettata",
          { tag: order.target, lifts: acceptIt },
        )
      : none,
};
