/**
 * Hands things on in the order in which they came, so many in one turn of the event loop: of hundreds that come
 * at once the rest waits, and what must not wait – a stop request – gets in between.
 */
export class Slices<Item> {
  readonly #perTurn: number;
  readonly #take: (item: Item) => void;
  readonly #later: (run: () => void) => void;
  readonly #waiting: Item[] = [];
  #left: number;
  #due = false;

  /** @param take must not throw. @param later calls in the next turn of the event loop. */
  constructor(perTurn: number, take: (item: Item) => void, later: (run: () => void) => void = setImmediate) {
    this.#perTurn = perTurn;
    this.#left = perTurn;
    this.#take = take;
    this.#later = later;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** At once where this turn still has room. */
  push(item: Item): void {
    this.#waiting.push(item);
    this.#serve();
  }

  /** Everything that waits, now. */
  flush(): void {
    for (const item of this.#waiting.splice(0)) this.#take(item);
  }

  #serve(): void {
    while (this.#left > 0 && this.#waiting.length > 0) {
      this.#left--;
      this.#take(this.#waiting.shift() as Item);
    }
    if (this.#due || (this.#left === this.#perTurn && this.#waiting.length === 0)) return;
    this.#due = true;
    this.#later(() => {
      this.#due = false;
      this.#left = this.#perTurn;
      this.#serve();
    });
  }
}
