/** What the gateway's thread and a driver's thread tell each other without a message, 32-bit words. */
const word = { beat: 0, taken: 1, verdict: 2, event: 3 } as const;
const bytes = 4 * Object.keys(word).length;

/** A thread that waits still beats, and looks again this often, ms. */
const lookMs = 50;

/** Of the verdict: whether it was taken back, to which question it answers, and what changes with each stop request. */
const isTrue = 1;
const stopBit = 2 ** 30;
const mostQuestions = 2 ** 29;

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
    this.#wake();
  }

  /** The word changes with whatever a thread that told too much waits for: a wake-up just before its wait is not lost. */
  #wake(): void {
    Atomics.add(this.#words, word.event, 1);
    Atomics.notify(this.#words, word.event);
  }

  answer(question: number, isWithdrawn: boolean): void {
    const stop = Atomics.load(this.#words, word.verdict) & stopBit;
    Atomics.store(this.#words, word.verdict, (2 * question + Number(isWithdrawn)) | stop);
    Atomics.notify(this.#words, word.verdict);
  }

  /** A stop request has been posted: a thread that waits for something else lets it in first. */
  stopIsThere(): void {
    Atomics.xor(this.#words, word.verdict, stopBit);
    Atomics.notify(this.#words, word.verdict);
    this.#wake();
  }
}

/**
 * The thread's end. Both waits stop the thread: what it would do next depends on them. Stop requests are let in
 * while it waits, and go first.
 */
export class ThreadWords {
  readonly #words: Int32Array;
  /** Hands on what stop requests have come; whether there were any. */
  readonly #letIn: () => boolean;
  #question = 0;
  #told = 0;

  constructor(shared: SharedArrayBuffer, letIn: () => boolean) {
    this.#words = new Int32Array(shared);
    this.#letIn = letIn;
  }

  beat(): void {
    Atomics.add(this.#words, word.beat, 1);
  }

  /**
   * Whether something has been taken back, as the gateway knows it now. Where no answer comes in time, it has:
   * nothing leaves while nobody can say that it may (R10).
   */
  isWithdrawn(ask: (question: number) => void, withinMs: number): boolean {
    let question = this.#ask(ask);
    const untilMs = performance.now() + withinMs;
    for (;;) {
      const verdict = Atomics.load(this.#words, word.verdict);
      if (this.#letIn()) {
        // What went first may have asked for itself, and its answer took the place of ours.
        question = this.#ask(ask);
        continue;
      }
      if ((verdict & (stopBit - 1)) >> 1 === question) return (verdict & isTrue) === isTrue;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) return true;
      this.beat();
      Atomics.wait(this.#words, word.verdict, verdict, Math.min(leftMs, lookMs));
    }
  }

  #ask(ask: (question: number) => void): number {
    this.#question = (this.#question + 1) % mostQuestions;
    ask(this.#question);
    return this.#question;
  }

  /**
   * One more thing is told. Where the gateway is behind by more than `most` the thread waits, so that the device's
   * own connection is not read on: as it would be in one thread.
   */
  tells(most: number): void {
    this.#told = (this.#told + 1) | 0;
    for (;;) {
      const event = Atomics.load(this.#words, word.event);
      const taken = Atomics.load(this.#words, word.taken);
      if (((this.#told - taken) | 0) <= most) return;
      // Bytes of a stop request may leave in a later tick only; one batch more on the way does no harm.
      if (this.#letIn()) return;
      this.beat();
      Atomics.wait(this.#words, word.event, event, lookMs);
    }
  }
}
