/** Time as a parameter. Ages and windows run on `monotonicMs`; only dates for people use `wallMs` (R3). */
export interface Clock {
  /** Milliseconds since 1970 UTC; may jump. */
  wallMs(): number;
  /** Milliseconds from some fixed start; never jumps, never goes back. */
  monotonicMs(): number;
}

/**
 * Timers as a parameter, so that tests can drive them. The returned function cancels. A callback that works
 * on gives back its promise, so that what it rejects with is not lost.
 */
export interface Timers {
  after(ms: number, run: () => unknown): () => void;
  every(ms: number, run: () => unknown): () => void;
}
