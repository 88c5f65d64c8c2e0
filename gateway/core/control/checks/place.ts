import { type Check, cause, isSignificant, none } from "./check.ts";

/** What the people at the machine have set: key, lock, island, emergency-stop chain, mode. */

export const localKey: Check = {
  name: "local key",
  rule: "R39",
  run: ({ order: { equipment }, remote }) => {
    if (remote === true) return none;
    const tag = typeof equipment.local === "object" ? { tag: `${equipment.id}/${equipment.local.tag}` } : {};
    if (remote === false) {
      return cause("local-control", "The key at the machine is on LOCAL", "La chiave alla macchina è su LOCAL", {
        ...tag,
        lifts: {
          en: "Someone at the machine turns the key to REMOTE",
          it: "Qualcuno alla macchina gira la chiave su REMOTE",
        },
      });
    }
    if (remote === null) {
      return cause(
        "local-control",
        "The key at the machine cannot be read",
        "La chiave alla macchina non si legge",
        tag,
      );
    }
    return equipment.local === "none"
      ? none
      : cause("local-control", "No local/remote key is declared", "Nessuna chiave locale/remoto dichiarata");
  },
};

export const lockOut: Check = {
  name: "lock-out",
  rule: "R21",
  run: ({ lockedOut }) => {
    if (lockedOut.length === 0) return none;
    const names = lockedOut.join(", ");
    return cause("locked-out", `Locked out by ${names}`, `Bloccata da ${names}`, {
      lifts: { en: `${names} at the machine`, it: `${names} alla macchina` },
    });
  },
};

export const island: Check = {
  name: "island",
  rule: "R18",
  run: ({ island: cut }) =>
    cut
      ? cause("island", "Remote control is cut at the site", "Il comando remoto è staccato sul posto", {
          lifts: { en: "Someone at the site switches it on again", it: "Qualcuno sul posto lo riattiva" },
        })
      : none,
};

/** After the chain was open nothing is started from afar before reset and key at the machine. */
export const chain: Check = {
  name: "emergency-stop chain",
  rule: "R20",
  run: (facts) => {
    const { chain: state, order } = facts;
    if (!state || state.ready || !isSignificant(facts)) return none;
    const { emergencyStop, id } = order.equipment;
    const tag = emergencyStop ? { tag: `${id}/${emergencyStop.tag}` } : {};
    const what = { en: "The emergency-stop chain", it: "La catena di emergenza" };
    const why = state.why ?? { en: "is not ready", it: "non è pronta" };
    return cause("start-permit-missing", `${what.en}: ${why.en}`, `${what.it}: ${why.it}`, {
      ...tag,
      lifts: { en: "At the machine only", it: "Solo alla macchina" },
    });
  },
};

export const mode: Check = {
  name: "mode",
  rule: "Classes",
  run: ({ production, order: { equipment } }) =>
    production === false || production === null
      ? cause("wrong-mode", "The mode is not Production", "Il modo non è Produzione", {
          ...(equipment.mode ? { tag: `${equipment.id}/${equipment.mode.tag}` } : {}),
          lifts: { en: "The mode is set at the machine", it: "Il modo si imposta alla macchina" },
        })
      : none,
};

/** R20: a signal read from the device, or somebody at the machine. A camera picture is no permit. */
export const startPermit: Check = {
  name: "start permit",
  rule: "R20",
  run: ({ permit, order }) => {
    if (permit === true) return none;
    const tag = order.target;
    if (order.permit?.kind === "attendant") {
      return cause(
        "start-permit-missing",
        "Nobody at the machine has confirmed",
        "Nessuno alla macchina ha confermato",
        {
          tag,
          lifts: { en: "The attendant confirms at the kiosk", it: "L’addetto conferma al chiosco" },
        },
      );
    }
    return permit === false
      ? cause("start-permit-missing", "The zone is not clear", "La zona non è libera", { tag })
      : cause("start-permit-missing", "Whether the zone is clear cannot be read", "Non si legge se la zona è libera", {
          tag,
        });
  },
};

/** Asked before something is selected: an attendant is asked only then, the zone must be clear already. */
export const zone: Check = {
  ...startPermit,
  name: "zone",
  run: (facts) => (facts.order.permit?.kind === "attendant" ? none : startPermit.run(facts)),
};
