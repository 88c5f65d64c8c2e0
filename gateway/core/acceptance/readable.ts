import { heartbeatRule, lossRule, principalOf } from "../control/system-rules.ts";
import type { Equipment } from "../plant.ts";
import type { Text } from "../text.ts";
import { rules } from "./rules.ts";
import type { Group, Said } from "./sheet.ts";
import { shortened } from "./shortened.ts";
import { duration } from "./words.ts";

/** One line of a commissioning sheet. */
export interface SaidRow {
  readonly key: string;
  readonly label: Text;
  readonly value: Text;
}

/** All that a control sheet says of one thing, in the order of the rules; what is not said too, since that is worth knowing. */
export function saidRows(group: "machine" | Group, said: Said): readonly SaidRow[] {
  return [...rules[group]].map(([key, { label, say }]) => ({ key, label, value: shortened(say(said[key])) }));
}

/** What the gateway writes without a person (R14): under which principal, and what. */
export interface OwnWriting {
  readonly principal: string;
  readonly text: Text;
}

export function ownWritings(equipment: Equipment): readonly OwnWriting[] {
  return [...heartbeats(equipment), ...onLoss(equipment)];
}

function heartbeats({ heartbeat }: Equipment): readonly OwnWriting[] {
  if (!heartbeat) return [];
  const principal = principalOf(heartbeatRule);
  const every = duration(heartbeat.everyMs);
  const { gateway, operator } = heartbeat;
  const alive = {
    en: `Counts ${gateway} up every ${every} while the gateway lives`,
    it: `Incrementa ${gateway} ogni ${every} finché il gateway è vivo`,
  };
  const present = {
    en: `Holds ${operator} true, written every ${every}, while somebody has control and answers`,
    it: `Tiene ${operator} a vero, scritto ogni ${every}, finché chi ha il comando risponde`,
  };
  return [
    ...(gateway === undefined ? [] : [{ principal, text: alive }]),
    ...(operator === undefined ? [] : [{ principal, text: present }]),
  ];
}

function onLoss({ onLossOfControl: loss, stop }: Equipment): readonly OwnWriting[] {
  if (!loss) return [];
  const grace = duration(loss.graceMs);
  const principal = principalOf(lossRule);
  if (loss.policy === "stop" && stop) {
    const en = `Sends the stop request when control was lost for ${grace}`;
    const it = `Invia la richiesta di arresto se il comando manca da ${grace}`;
    return [{ principal, text: { en, it } }];
  }
  if (loss.command === undefined) return [];
  const en = `Runs ${loss.command} when control was lost for ${grace}`;
  const it = `Esegue ${loss.command} se il comando manca da ${grace}`;
  return [{ principal, text: { en, it } }];
}
