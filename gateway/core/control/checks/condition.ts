import { isGood } from "../../status.ts";
import type { Cause } from "../command.ts";
import type { ConditionNow } from "../facts.ts";
import { stateText } from "../packml.ts";
import { type Check, cause, none } from "./check.ts";

/** How machine, device and gateway are right now. */

export const state: Check = {
  name: "state",
  rule: "R35",
  run: ({ order, state: now }) => {
    const allowed = order.states;
    if (!allowed || (now !== undefined && allowed.includes(now))) return none;
    const names = allowed.map(stateText);
    const is = stateText(now);
    return cause(
      "illegal-state",
      `Allowed in ${names.map(({ en }) => en).join(", ")}; now ${is.en}`,
      `Ammesso in ${names.map(({ it }) => it).join(", ")}; ora ${is.it}`,
    );
  },
};

/** R36: what stands aborted is cleared first, and that only after a reset at the machine. */
export const aborted: Check = {
  name: "aborted",
  rule: "R36",
  run: ({ order, state: now, chain }) => {
    if (now !== "Aborted" || !order.command) return none;
    const clears = order.states?.includes("Aborted") ?? false;
    if (!clears)
      return order.states
        ? none
        : cause("illegal-state", "Aborted: it is cleared first", "Interrotta: prima va ripristinata", {
            tag: order.target,
          });
    return chain && !chain.ready
      ? cause("start-permit-missing", "It waits for a reset at the machine", "Attende il ripristino alla macchina", {
          tag: order.target,
        })
      : none;
  },
};

export const device: Check = {
  name: "device healthy",
  rule: "R16",
  run: ({ links, order }) =>
    [...links].flatMap(([id, link]) =>
      link === "connected"
        ? none
        : cause("device-unhealthy", `${id} is not connected`, `${id} non è collegato`, { tag: order.target }),
    ),
};

/** What a constant of a command replaces need not be known; what a person changes must be. */
export const fresh: Check = {
  name: "value fresh",
  rule: "R16",
  run: ({ tags }) =>
    tags.flatMap(({ present, confirmedAgeMs, staleAfterMs, tag, constant }) => {
      if (constant || (present && isGood(present.status) && confirmedAgeMs < staleAfterMs)) return none;
      return cause("data-stale", "The present value is not known", "Il valore attuale non è noto", {
        tag: tag.name,
        lifts: { en: "Wait for fresh values", it: "Attendi valori aggiornati" },
      });
    }),
};

export const interlocks: Check = {
  name: "interlocks",
  rule: "R8",
  run: ({ interlocks: conditions }) => standing(conditions),
};

export const permissives: Check = {
  name: "permissives",
  rule: "R8",
  run: ({ permissives: conditions }) => standing(conditions),
};

function standing(conditions: readonly ConditionNow[]): readonly Cause[] {
  return conditions
    .filter((condition) => condition.truth !== true)
    .flatMap(({ name, truth }) =>
      cause(
        "interlock",
        truth === false ? `${name.en}: not met` : `${name.en}: unknown`,
        truth === false ? `${name.it}: non soddisfatto` : `${name.it}: ignoto`,
      ),
    );
}

/** R10: what the gateway does by itself waits for no command of a person, and comes into no stop request. */
export const stopping: Check = {
  name: "stop request",
  rule: "R10",
  run: (facts) => (facts.occupied?.kind === "stop" ? execution.run(facts) : none),
};

export const execution: Check = {
  name: "in execution",
  rule: "R8",
  run: ({ occupied, order }) => {
    const tag = order.target;
    switch (occupied?.kind) {
      case undefined:
        return none;
      case "stop":
        return cause("in-execution", "A stop request is on its way", "Una richiesta di arresto è in corso", { tag });
      case "command":
        return cause("in-execution", "Another command is on its way", "Un altro comando è in corso", { tag });
      case "selected":
        return cause("selected-by-other", `${occupied.by} has selected it`, `Selezionato da ${occupied.by}`, {
          tag,
          lifts: { en: "Wait half a minute, or ask", it: "Attendi mezzo minuto, o chiedi" },
        });
    }
  },
};

export const audit: Check = {
  name: "audit",
  rule: "People, evidence, law",
  run: ({ auditAvailable }) =>
    auditAvailable
      ? none
      : cause("audit-unavailable", "The audit cannot be written", "Il registro non può essere scritto", {
          lifts: { en: "Free space or call the site", it: "Libera spazio o chiama il sito" },
        }),
};
