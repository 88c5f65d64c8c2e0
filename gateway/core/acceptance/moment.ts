import type { Text } from "../text.ts";

/** A machine at the moment at which a change of its control is to be accepted. */
export type Moment =
  | { readonly kind: "state" /** PackML word, or `unknown`. */; readonly name: string }
  | { readonly kind: "not-declared" }
  | { readonly kind: "no-gateway" };

export interface Acceptable {
  readonly allowed: boolean;
  /** Why not, or what the person has to see to himself. */
  readonly say: Text | undefined;
}

/** R9: not while the machine runs. What is not known counts as running, but where nobody could know. */
export function acceptableIn(moment: Moment): Acceptable {
  switch (moment.kind) {
    case "not-declared":
      return {
        allowed: true,
        say: {
          en: "The configuration does not say how its state is found: make sure that it stands still.",
          it: "La configurazione non dice come si ricava il suo stato: assicurati che sia ferma.",
        },
      };
    case "no-gateway":
      return {
        allowed: true,
        say: {
          en: "No gateway runs here, so the machine’s state is not known: make sure that it stands still.",
          it: "Qui non gira nessun gateway, quindi lo stato della macchina non è noto: assicurati che sia ferma.",
        },
      };
    case "state":
      if (moment.name === "Execute") return { allowed: false, say: running };
      return moment.name === "unknown" ? { allowed: false, say: unknown } : { allowed: true, say: undefined };
  }
}

const running: Text = {
  en: "The machine is in Execute: a change that widens control waits until it is not.",
  it: "La macchina è in Execute: una modifica che amplia il comando attende che non lo sia più.",
};

const unknown: Text = {
  en: "The machine’s state is not known, which counts as running.",
  it: "Lo stato della macchina non è noto, e vale come in funzione.",
};
