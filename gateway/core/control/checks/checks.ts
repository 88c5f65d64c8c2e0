import type { Cause } from "../command.ts";
import type { CommandFacts } from "../facts.ts";
import type { Check } from "./check.ts";
import { aborted, audit, device, execution, fresh, interlocks, permissives, state, stopping } from "./condition.ts";
import { accepted, approval, clock, lease, right, secondFactor, select, slotEnd } from "./people.ts";
import { chain, island, localKey, lockOut, mode, startPermit, zone } from "./place.ts";
import { alreadySo, rate, step, valueFits, writable } from "./value.ts";

/**
 * The order matters only for reading: it is the order in which a person would mend what stands in the
 * way. Who, where, what, how it is.
 */
const people = [right, clock, secondFactor, accepted] as const;
const place = [island, lockOut, localKey, chain, mode] as const;
const value = [writable, valueFits, step, rate] as const;
const condition = [state, aborted, device, fresh, interlocks, permissives] as const;

const whole = [...people, slotEnd, lease, ...place, ...value, alreadySo, ...condition, execution, audit] as const;

/** Asked when something is selected (R6); an attendant's permit and an approval come after it. */
export const selectChecks: readonly Check[] = [...whole, zone];

/** Asked of what is done at once (C1), and when what was selected is operated. */
export const directChecks: readonly Check[] = [...whole, startPermit];
export const operateChecks: readonly Check[] = [...directChecks, select, approval];

/**
 * Those that may change while the intent is being written; they are asked again right before each
 * write. The rate and the effect are not: the first write of a command has changed both.
 */
export const lastChecks: readonly Check[] = [
  right,
  clock,
  lease,
  approval,
  accepted,
  ...place,
  step,
  ...condition,
  startPermit,
];

/** Between the writes of one command its own first write may have changed state, step and permissives. */
export const betweenChecks: readonly Check[] = [
  right,
  clock,
  lease,
  approval,
  accepted,
  ...place,
  device,
  interlocks,
  startPermit,
];

/** What the gateway does by itself passes everything but the checks of the person (R14). */
export const systemChecks: readonly Check[] = [accepted, ...place, ...value, alreadySo, ...condition, stopping, audit];

/** Every cause that stands in the way; empty: nothing does. */
export function refusals(facts: CommandFacts, checks: readonly Check[] = directChecks): readonly Cause[] {
  return checks.flatMap((check) => check.run(facts));
}
