import { factorFreshForMs } from "../core/access/second-factor.ts";
import type { Clock } from "../core/clock.ts";
import type { SignInLimits } from "../core/plant.ts";
import type { SignInRecord } from "../core/records-port.ts";
import { RecentTable } from "../kit/recent-table.ts";

/** What is known of a sign-in beside its record; times on the monotonic clock, so that no jump of the other unlocks anything. */
export interface SignInState {
  readonly activeMs: number;
  readonly locked: boolean;
  /** Lost at a restart: the code is given again. */
  readonly factorFreshUntilMs: number | undefined;
}

const mostSignIns = 100_000;

export class SignInStates {
  readonly #clock: Clock;
  readonly #limits: SignInLimits;
  readonly #rows: RecentTable<SignInState>;

  constructor(clock: Clock, limits: SignInLimits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#rows = new RecentTable(mostSignIns, limits.longestMs);
  }

  /** At first sight out of its record: a screen that was locked, or whose person was last seen at no sensible time, is. */
  of(signIn: SignInRecord): SignInState {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#rows.get(signIn.id, nowMs);
    if (known) return known;
    const ageMs = this.#clock.wallMs() - signIn.activeAt;
    const locked = signIn.lockedAt !== undefined || ageMs < 0 || ageMs >= this.#limits.lockMs;
    return this.#put(signIn, { activeMs: nowMs - Math.max(0, ageMs), locked, factorFreshUntilMs: undefined });
  }

  /** A sign of a person. It unlocks nothing. */
  touch(signIn: SignInRecord): void {
    const state = this.of(signIn);
    if (!state.locked) this.#put(signIn, { ...state, activeMs: this.#clock.monotonicMs() });
  }

  freshen(signIn: SignInRecord): void {
    const nowMs = this.#clock.monotonicMs();
    this.#put(signIn, { ...this.of(signIn), activeMs: nowMs, factorFreshUntilMs: nowMs + factorFreshForMs });
  }

  /** Step-up does not outlive a lock. */
  lock(signIn: SignInRecord): void {
    this.#put(signIn, { ...this.of(signIn), locked: true, factorFreshUntilMs: undefined });
  }

  unlock(signIn: SignInRecord): void {
    this.#put(signIn, { ...this.of(signIn), locked: false, activeMs: this.#clock.monotonicMs() });
  }

  isDue(signIn: SignInRecord): boolean {
    const { locked, activeMs } = this.of(signIn);
    return !locked && this.#clock.monotonicMs() - activeMs >= this.#limits.lockMs;
  }

  #put(signIn: SignInRecord, state: SignInState): SignInState {
    this.#rows.set(signIn.id, state, this.#clock.monotonicMs());
    return state;
  }
}
