const most = 1000;
const words = { count: 0, told: 1, refuses: 2, gate: 3, ended: 4, spins: 5, reads: 6, waits: 7, first: 8 } as const;

/** A device that both a test and a driver in another thread can see: what was written, in its order. */
export class Wire {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(memory = new SharedArrayBuffer(4 * (words.first + most))) {
    this.memory = memory;
    this.#words = new Int32Array(memory);
  }

  put(value: number): void {
    const at = Atomics.add(this.#words, words.count, 1);
    Atomics.store(this.#words, words.first + at, value);
  }

  get writes(): readonly number[] {
    const count = Atomics.load(this.#words, words.count);
    return Array.from(this.#words.subarray(words.first, words.first + count));
  }

  /** Number of the next value that it tells. */
  get told(): number {
    return Atomics.load(this.#words, words.told);
  }

  set told(value: number) {
    Atomics.store(this.#words, words.told, value);
  }

  get refuses(): boolean {
    return Atomics.load(this.#words, words.refuses) === 1;
  }

  set refuses(value: boolean) {
    Atomics.store(this.#words, words.refuses, Number(value));
  }

  /** How many subscriptions were told that they end, and writes that they were taken back. */
  get endings(): number {
    return Atomics.load(this.#words, words.ended);
  }

  ended(): void {
    Atomics.add(this.#words, words.ended, 1);
  }

  get reads(): number {
    return Atomics.load(this.#words, words.reads);
  }

  read(): void {
    Atomics.add(this.#words, words.reads, 1);
  }

  spin(): void {
    Atomics.add(this.#words, words.spins, 1);
  }

  /** Whether somebody waits for the gate. */
  get isWaitedFor(): boolean {
    return Atomics.load(this.#words, words.waits) === 1;
  }

  waitForGate(): void {
    Atomics.store(this.#words, words.waits, 1);
    Atomics.wait(this.#words, words.gate, 0);
  }

  open(): void {
    Atomics.store(this.#words, words.gate, 1);
    Atomics.notify(this.#words, words.gate);
  }
}
