import { createHmac, createSecretKey, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../../core/clock.ts";
import type { Tickets } from "../use-cases.ts";

/** R2: at most this old when the write leaves. */
export const ticketLifeMs = 5000;

/** The wall clock has gone on by so much more than the monotonic one: the computer slept, ms. */
const sleptMs = 2000;

/**
 * A ticket says when the gateway issued it (its monotonic clock) under a key of this run only, so
 * that it can be neither forged nor carried over a restart. Age counts from issue, wherever the
 * request was held up on its way.
 */
export class TicketOffice implements Tickets {
  readonly #clock: Clock;
  #key = createSecretKey(randomBytes(32));
  #issuedAtMs = Number.NaN;
  /** Wall time ahead of monotonic time, as last seen, ms. */
  #aheadMs = Number.NaN;
  #ticket = "";
  /** The last one that was found right: a crowd carries the same one. */
  #checked: { readonly ticket: string; readonly issuedAtMs: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * The newest ticket, the same for everybody, since it proves age and nothing else. At most half a
   * second old: with a whole one a beat that comes a millisecond early would hand out the last one again.
   */
  current(): string {
    const now = this.#clock.monotonicMs();
    this.#lookForSleep(now);
    if (!(now - this.#issuedAtMs < 500)) {
      this.#issuedAtMs = now;
      const time = now.toFixed(0);
      this.#ticket = `${time}.${this.#sign(time)}`;
    }
    return this.#ticket;
  }

  /** Monotonic ms of issue; undefined: not one of ours. */
  issuedAt(ticket: string | undefined): number | undefined {
    if (ticket === undefined) return undefined;
    this.#lookForSleep(this.#clock.monotonicMs());
    if (this.#checked?.ticket === ticket) return this.#checked.issuedAtMs;
    const [time, signature, ...rest] = ticket.split(".");
    if (time === undefined || signature === undefined || rest.length > 0 || !/^\d{1,15}$/.test(time)) return undefined;
    const given = Buffer.from(signature);
    const right = Buffer.from(this.#sign(time));
    if (given.length !== right.length || !timingSafeEqual(given, right)) return undefined;
    this.#checked = { ticket, issuedAtMs: Number(time) };
    return this.#checked.issuedAtMs;
  }

  /**
   * The monotonic clock stands while the computer sleeps, or is moved as a virtual one: a request that waited
   * in a socket meanwhile would look young. The wall clock knows; where it was only put right, people send again.
   */
  #lookForSleep(now: number): void {
    const aheadMs = this.#clock.wallMs() - now;
    if (aheadMs - this.#aheadMs > sleptMs) {
      this.#key = createSecretKey(randomBytes(32));
      this.#issuedAtMs = Number.NaN;
      this.#checked = undefined;
    }
    this.#aheadMs = aheadMs;
  }

  #sign(time: string): string {
    return createHmac("sha256", this.#key).update(time).digest("base64url");
  }
}
