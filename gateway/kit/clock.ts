import type { Clock, Timers } from "../core/clock.ts";

export const systemClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

/**
 * What repeats falls on multiples of its period from one common beginning, so that a dozen looks a second share
 * the wake-ups of the quickest of them: at rest, waking costs more than looking. After a stall the next multiple
 * is taken; nothing is caught up.
 */
export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  every(ms, run) {
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      timer = setTimeout(turn, untilNextMultiple(performance.now(), ms));
    };
    const turn = (): void => {
      arm();
      run();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** Whole milliseconds, at least half a period: Node's timers may be early by a fraction of one. */
export function untilNextMultiple(nowMs: number, periodMs: number): number {
  const wait = Math.ceil(periodMs - (nowMs % periodMs));
  return wait < periodMs / 2 ? wait + periodMs : wait;
}
