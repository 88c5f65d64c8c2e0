import { sameValue, type Value } from "../value.ts";

/** Samples of the same time that a new one is compared with; a device whose clock stands still must not cost more. */
const remembered = 64;

/**
 * Finds repeats: same time, value and status as one seen before, as a resent sample is (RELIABILITY:
 * idempotent at the same series and time). Another value or status at the same time is no repeat.
 * Times must come in ascending order.
 */
export class SameTime {
  #time = Number.NaN;
  #values: Value[] = [];
  #statuses: number[] = [];

  isRepeat(time: number, value: Value, status: number): boolean {
    if (time !== this.#time) this.#begin(time);
    else if (this.#holds(value, status)) return true;
    if (this.#values.length >= remembered) {
      this.#values.shift();
      this.#statuses.shift();
    }
    this.#values.push(value);
    this.#statuses.push(status);
    return false;
  }

  #begin(time: number): void {
    this.#time = time;
    this.#values.length = 0;
    this.#statuses.length = 0;
  }

  #holds(value: Value, status: number): boolean {
    return this.#statuses.some((other, i) => other === status && isIdentical(this.#values[i] as Value, value));
  }
}

/** The same to the last bit: unlike `sameValue`, 0 and −0 differ. */
export function isIdentical(a: Value, b: Value): boolean {
  return Object.is(a, b) || (typeof a === "object" && sameValue(a, b));
}
