import type { Clock } from "../core/clock.ts";
import type { PinBackOff } from "../core/site-port.ts";
import { RecentTable } from "../kit/recent-table.ts";
import { type BackOffRule, forgetAfterMs, waitAfter } from "./backoff.ts";

/** At one kiosk: a slip of the finger is free, and whoever tries numbers gets one a minute. */
export const kioskRule: BackOffRule = { free: 3, firstMs: 1_000, longestMs: 60_000 };
const mostKiosks = 1_000;

interface Tries {
  failed: number;
  waitUntilMs: number;
}

/**
 * S9 for PINs: a table of its own, a row a kiosk. No log-in elsewhere touches it, and what is typed at
 * one kiosk slows that one alone. The right PIN takes its own try back and no other, so that somebody
 * with a PIN cannot clear the way for guesses at another's.
 */
export class KioskBackOff implements PinBackOff {
  readonly #clock: Clock;
  readonly #tries = new RecentTable<Tries>(mostKiosks, forgetAfterMs);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  attempt(kioskId: string): number | undefined {
    const now = this.#clock.monotonicMs();
    const { failed, waitUntilMs } = this.#tries.get(kioskId, now) ?? { failed: 0, waitUntilMs: 0 };
    if (waitUntilMs > now) return Math.ceil((waitUntilMs - now) / 1000);
    this.#tries.set(kioskId, { failed: failed + 1, waitUntilMs: now + waitAfter(kioskRule, failed + 1) }, now);
    return undefined;
  }

  succeeded(kioskId: string): void {
    const tries = this.#tries.get(kioskId, this.#clock.monotonicMs());
    if (!tries) return;
    tries.failed = Math.max(0, tries.failed - 1);
    tries.waitUntilMs = 0;
  }
}
