/** What a tag that is computed over time remembers. */
export interface DerivedState {
  /** Full name of the tag. */
  readonly tag: string;
  /** What was counted, as text: of another definition nothing goes on. */
  readonly definition: string;
  /** What the accumulator keeps, as text. */
  readonly body: string;
  /** UTC ms. */
  readonly savedAt: number;
}

/** Port of that memory. Every method may reject with PlanciaError store/unavailable. */
export interface DerivedStore {
  list(): Promise<readonly DerivedState[]>;
  /** All of these or none; a few hundred at a time. */
  put(states: readonly DerivedState[]): Promise<void>;
  /** Of tags that are no more: what was saved before this moment (UTC ms). */
  forget(tags: readonly string[], beforeMs: number): Promise<void>;
}
