import type { Text } from "../text.ts";
import {
  always,
  approvalLoosened,
  argumentsLoosened,
  conditionGone,
  feedbackLoosened,
  heartbeatGone,
  keyGone,
  type Loosened,
  larger,
  lossLoosened,
  moreMachines,
  noLongerTrue,
  notAmong,
  outside,
  smaller,
  towards,
  unlessAdded,
} from "./loosened.ts";
import type { Group } from "./sheet.ts";
import {
  type Say,
  sayApproval,
  sayArguments,
  sayChain,
  sayConditions,
  sayConnection,
  sayFeedback,
  sayHeartbeat,
  sayKey,
  sayList,
  sayLock,
  sayLoss,
  sayMode,
  sayNumber,
  sayPeriod,
  sayPermit,
  sayPhone,
  sayPlain,
  sayRange,
  saySource,
  saySpan,
  sayState,
  saySteps,
  sayStop,
  sayWord,
  sayYesNo,
} from "./words.ts";

/** How one thing of a control sheet is judged and said. */
export interface Rule {
  readonly label: Text;
  readonly loosened: Loosened;
  readonly say: Say;
}

function rule(en: string, it: string, loosened: Loosened, say: Say): Rule {
  return { label: { en, it }, loosened, say };
}

const classes = towards("C3", "C2", "C1", "C0");

/** R9, thing by thing. */
export const rules: Readonly<Record<"machine" | Group, ReadonlyMap<string, Rule>>> = {
  machine: new Map([
    ["secondFactor", rule("Second factor", "Secondo fattore", towards("required", "off"), sayWord)],
    ["span", rule("Machines under one person’s control", "Macchine in mano a una persona", moreMachines, saySpan)],
    ["lease", rule("Control by one person", "Comando a una persona sola", towards("required", "off"), sayWord)],
    ["local", rule("Local/remote key", "Chiave locale/remoto", keyGone, sayKey)],
    ["mode", rule("Mode", "Modo", unlessAdded, sayMode)],
    ["state", rule("How its state is found", "Come si ricava lo stato", unlessAdded, sayState)],
    ["stop", rule("Remote stop request", "Richiesta di arresto da remoto", unlessAdded, sayStop)],
    ["loss", rule("When control is lost", "Quando si perde il comando", lossLoosened, sayLoss)],
    ["interlocks", rule("Interlocks", "Interblocchi", conditionGone, sayConditions)],
    ["permissives", rule("Permissives", "Consensi", conditionGone, sayConditions)],
    ["emergencyStop", rule("Emergency-stop chain", "Catena di emergenza", unlessAdded, sayChain)],
    ["phoneControl", rule("What a phone may do", "Cosa può fare un telefono", towards("watch", "operate"), sayPhone)],
    ["unattended", rule("“Are you there?” is asked", "Si chiede “ci sei?”", noLongerTrue, sayYesNo)],
    [
      "heartbeat",
      rule("Signs of life to the controller", "Segnali di vita al controllore", heartbeatGone, sayHeartbeat),
    ],
    ["deviceLock", rule("The device’s own lock", "Blocco proprio del dispositivo", unlessAdded, sayLock)],
  ]),
  devices: new Map([["connection", rule("Connection", "Collegamento", always, sayConnection)]]),
  reads: new Map([["source", rule("Where conditions read it", "Dove le condizioni lo leggono", always, saySource)]]),
  tags: new Map([
    ["source", rule("Where it is written", "Dove viene scritto", always, saySource)],
    ["class", rule("Class", "Classe", classes, sayPlain)],
    ["limits", rule("Limits", "Limiti", outside, sayRange)],
    ["values", rule("Allowed values", "Valori ammessi", notAmong, sayList)],
    ["maxStep", rule("Largest step", "Passo massimo", larger, sayNumber)],
    ["everyMs", rule("Shortest time between writes", "Tempo minimo fra due scritture", smaller, sayPeriod)],
    ["states", rule("Allowed states", "Stati ammessi", notAmong, sayList)],
    ["only", rule("Only in commands", "Solo nei comandi", unlessAdded, (value) => sayYesNo(value !== undefined))],
    ["feedback", rule("What shows the effect", "Cosa mostra l’effetto", feedbackLoosened, sayFeedback)],
    ["interlocks", rule("Interlocks", "Interblocchi", conditionGone, sayConditions)],
    ["approval", rule("Second person", "Seconda persona", approvalLoosened, sayApproval)],
  ]),
  commands: new Map([
    ["do", rule("What it does", "Cosa fa", always, saySteps)],
    ["class", rule("Class", "Classe", classes, sayPlain)],
    ["arguments", rule("Arguments", "Argomenti", argumentsLoosened, sayArguments)],
    ["states", rule("Allowed states", "Stati ammessi", notAmong, sayList)],
    ["permit", rule("Start permit", "Consenso all’avvio", unlessAdded, sayPermit)],
    ["feedback", rule("What shows the effect", "Cosa mostra l’effetto", feedbackLoosened, sayFeedback)],
    ["interlocks", rule("Interlocks", "Interblocchi", conditionGone, sayConditions)],
    ["permissives", rule("Permissives", "Consensi", conditionGone, sayConditions)],
    ["approval", rule("Second person", "Seconda persona", approvalLoosened, sayApproval)],
  ]),
};
