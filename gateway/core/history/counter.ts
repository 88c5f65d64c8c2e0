import type { Value } from "../value.ts";
import { finiteNumber } from "./statistics.ts";

/** A tag that counts up. `rollOver`: the first number that it never shows, in the unit of the value; undefined: it does not roll over. */
export interface Counter {
  readonly rollOver: number | undefined;
}

export type Countable = number | bigint;

/** What can be counted with; a boolean counts as 0 and 1. */
export function countable(value: Value): Countable | undefined {
  return typeof value === "bigint" ? value : finiteNumber(value);
}

/** `to` − `from`, exact where both are 64-bit integers. */
export function difference(from: Countable, to: Countable): Countable {
  return typeof from === "bigint" && typeof to === "bigint" ? to - from : Number(to) - Number(from);
}

/** Both together, exact where both are 64-bit integers. */
export function together(a: Countable, b: Countable): Countable {
  return typeof a === "bigint" && typeof b === "bigint" ? a + b : Number(a) + Number(b);
}

/**
 * What was counted between two readings. A smaller one than before: over the roll-over where that is the
 * shorter way, as it is for a counter that is read often enough; else the counter was set to 0 in between, and
 * all of `to` was counted since.
 */
export function counted({ rollOver }: Counter, from: Countable, to: Countable): Countable {
  const step = difference(from, to);
  if (step >= 0) return step;
  if (rollOver !== undefined) {
    const over = typeof step === "bigint" ? step + BigInt(Math.round(rollOver)) : step + rollOver;
    if (over >= 0 && Number(over) <= rollOver / 2) return over;
  }
  return to > 0 ? to : typeof to === "bigint" ? 0n : 0;
}
