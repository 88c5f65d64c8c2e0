import type { Point } from "../core/driver-port.ts";
import type { GivenPoints } from "./messages.ts";

/** The gateway's end: numbers for objects whose identity is kept in the thread, each of which crosses once. */
export class NumberedObjects {
  readonly #numbers = new WeakMap<object, number>();
  readonly #lists = new WeakMap<readonly Point[], Uint32Array>();
  readonly #crossed = new Set<number>();
  #last = 0;

  numberOf(object: object): number {
    const known = this.#numbers.get(object);
    if (known !== undefined) return known;
    this.#numbers.set(object, ++this.#last);
    return this.#last;
  }

  give(points: readonly Point[]): GivenPoints {
    const numbers = this.#numbersOf(points);
    const fresh: (readonly [number, Point])[] = [];
    for (const [i, number] of numbers.entries()) {
      if (this.#crossed.has(number)) continue;
      this.#crossed.add(number);
      fresh.push([number, points[i] as Point]);
    }
    return { numbers, fresh };
  }

  /** For what overtakes: the message that brought a point may still wait. */
  giveWhole(points: readonly Point[]): GivenPoints {
    const numbers = this.#numbersOf(points);
    return { numbers, fresh: points.map((point, i) => [numbers[i] as number, point]) };
  }

  /** A poll group is the same list each time. */
  #numbersOf(points: readonly Point[]): Uint32Array {
    const known = this.#lists.get(points);
    if (known) return known;
    const numbers = Uint32Array.from(points, (point) => this.numberOf(point));
    this.#lists.set(points, numbers);
    return numbers;
  }
}

/** The thread's end: the first object that came with a number stays the object of that number. */
export class KnownObjects<Thing extends object> {
  readonly #known = new Map<number, Thing>();

  take(number: number, thing: Thing): Thing {
    const known = this.#known.get(number);
    if (known) return known;
    this.#known.set(number, thing);
    return thing;
  }

  all(given: {
    readonly numbers: Uint32Array;
    readonly fresh: readonly (readonly [number, Thing])[];
  }): readonly Thing[] {
    for (const [number, thing] of given.fresh) this.take(number, thing);
    return Array.from(given.numbers, (number) => {
      const known = this.#known.get(number);
      if (!known) throw new Error(`point ${number} is not known in this thread`);
      return known;
    });
  }
}
