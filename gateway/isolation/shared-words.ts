/** What the gateway's thread and a driver's thread tell each other without a message, 32-bit words. */
const word = { beat: 0, taken: 1, verdict: 2 } as const;
const bytes = 4 * Object.keys(word).length;

/** A thread that waits still beats, and looks again this often, ms. */
const lookMs = 100;

export function newSharedWords(): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}

/** The gateway's end. */
export class WatchedWords {
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  /** Another number than last time: the thread's event loop turns. */
  get beat(): number {
    return Atomics.load(this.#words, word.beat);
  }

  /** One more of what the thread told has been taken in. */
  took(): void {
    Atomics.add(this.#words, word.taken, 1);
    Atomics.notify(this.#words, word.taken);
  }

  answer(question: number, isWithdrawn: boolean): void {
    Atomics.store(this.#words, word.verdict, 2 * question + Number(isWithdrawn));
    Atomics.notify(this.#words, word.verdict);
  }
}

/** The thread's end. Both waits stop the thread: what it would do next depends on them. */
export class ThreadWords {
  readonly #words: Int32Array;
  #question = 0;
  #told = 0;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
  }

  beat(): void {
    Atomics.add(this.#words, word.beat, 1);
  }

  /**
   * Whether something has been taken back, as the gateway knows it now. Where no answer comes in time, it has:
   * nothing leaves while nobody can say that it may (R10).
   */
  isWithdrawn(ask: (question: number) => void, withinMs: number): boolean {
    this.#question = (this.#question + 1) % 2 ** 29;
    ask(this.#question);
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const verdict = Atomics.load(this.#words, word.verdict);
      if (verdict >> 1 === this.#question) return (verdict & 1) === 1;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return true;
      this.beat();
      Atomics.wait(this.#words, word.verdict, verdict, Math.min(leftMs, lookMs));
    }
  }

  /**
   * One more thing is told. Where the gateway is behind by more than `most` the thread waits, so that the device's
   * own connection is not read on: as it would be in one thread.
   */
  tells(most: number): void {
    this.#told = (this.#told + 1) | 0;
    for (;;) {
      const taken = Atomics.load(this.#words, word.taken);
      if (((this.#told - taken) | 0) <= most) return;
      this.beat();
      Atomics.wait(this.#words, word.taken, taken, lookMs);
    }
  }
}
