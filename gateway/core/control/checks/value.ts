import { isGood } from "../../status.ts";
import { sameValue } from "../../value.ts";
import type { Cause } from "../command.ts";
import type { CommandFacts, TagFacts } from "../facts.ts";
import { type Check, cause, none } from "./check.ts";

/** What is wanted: writable at all, type, limits, step, rate. */

/** One look at each tag that is written. */
function perTag(run: (tag: TagFacts, facts: CommandFacts) => readonly Cause[]): Check["run"] {
  return (facts) => facts.tags.flatMap((tag) => run(tag, facts));
}

export const writable: Check = {
  name: "writable",
  rule: "R9",
  run: perTag(({ tag }, { order }) => {
    if (!tag.writable)
      return cause("no-permission", "This value can only be read", "Questo valore è di sola lettura", {
        tag: tag.name,
      });
    if (tag.writable.only === "commands" && order.tag) {
      return cause(
        "no-permission",
        "Only the machine's own commands write this",
        "Lo scrivono solo i comandi della macchina",
        { tag: tag.name },
      );
    }
    return none;
  }),
};

export const valueFits: Check = {
  name: "type and limits",
  rule: "R9",
  run: (facts) => [...facts.order.misfits, ...facts.tags.flatMap(fits)],
};

function fits({ tag, wanted }: TagFacts): readonly Cause[] {
  if (!wanted) return none;
  if (wanted.value === undefined) {
    return cause("value-not-allowed", `Not possible: ${wanted.why} is needed`, `Non possibile: serve ${wanted.why}`, {
      tag: tag.name,
    });
  }
  const limits = tag.writable?.limits;
  const number = typeof wanted.value === "bigint" ? Number(wanted.value) : wanted.value;
  if (limits && typeof number === "number" && !(number >= limits[0] && number <= limits[1])) {
    const unit = tag.unit ? ` ${tag.unit}` : "";
    return cause(
      "value-not-allowed",
      `Allowed: ${limits[0]} to ${limits[1]}${unit}`,
      `Ammesso: da ${limits[0]} a ${limits[1]}${unit}`,
      { tag: tag.name },
    );
  }
  const list = tag.writable?.values;
  if (list && !list.some((each) => sameValue(each, wanted.value ?? null))) {
    return cause("value-not-allowed", `Allowed: ${list.join(", ")}`, `Ammesso: ${list.join(", ")}`, { tag: tag.name });
  }
  return none;
}

export const step: Check = {
  name: "largest step",
  rule: "R9",
  run: perTag(({ tag, wanted, present }) => {
    const largest = tag.writable?.maxStep;
    if (!wanted || largest === undefined || !isNumber(wanted.value)) return none;
    // Without a believable present value the step cannot be judged; `fresh` names that cause.
    if (!present || !isGood(present.status) || !isNumber(present.value)) return none;
    const distance = Math.abs(Number(wanted.value) - Number(present.value));
    return distance <= largest * (1 + 1e-9)
      ? none
      : cause(
          "step-limit",
          `Largest step ${largest}, asked ${round(distance)}`,
          `Passo massimo ${largest}, richiesto ${round(distance)}`,
          { tag: tag.name, lifts: { en: "Go there in smaller steps", it: "Procedi con passi più piccoli" } },
        );
  }),
};

export const rate: Check = {
  name: "rate",
  rule: "R9",
  run: perTag(({ tag, wanted, lastWriteAgeMs }) => {
    const every = tag.writable?.everyMs;
    return wanted && every !== undefined && lastWriteAgeMs < every
      ? cause("rate-limited", `At most once in ${every} ms`, `Al massimo una volta ogni ${every} ms`, { tag: tag.name })
      : none;
  }),
};

/** An effect that shows already would prove nothing (R7). */
export const alreadySo: Check = {
  name: "already so",
  rule: "R7",
  run: ({ alreadySo: shows, order }) =>
    shows === true
      ? cause("already-so", "The machine is already so", "La macchina è già così", { tag: order.target })
      : none,
};

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function round(value: number): number {
  return Number(value.toPrecision(6));
}
