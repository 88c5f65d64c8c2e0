/** When a driver's thread is given up, and how soon it is started again. */
export interface ThreadLimits {
  /** How often it is looked whether its event loop turns, ms. */
  readonly beatMs: number;
  /** After so many looks without a sign it is ended. */
  readonly missedBeats: number;
  /** How long its code may take to load, ms. */
  readonly startMs: number;
  /** Wait before it is started again, ms: grows from the first to the longest, each with jitter. */
  readonly firstMs: number;
  readonly longestMs: number;
  /** One that lived so long had no lasting fault: the waits begin anew, ms. */
  readonly provenMs: number;
  /** Of its own heap; beyond that it is ended, and nothing else. */
  readonly heapMiB: number;
}

export const threadLimits: ThreadLimits = {
  beatMs: 1_000,
  missedBeats: 5,
  startMs: 60_000,
  firstMs: 500,
  longestMs: 30_000,
  provenMs: 60_000,
  heapMiB: 512,
};
