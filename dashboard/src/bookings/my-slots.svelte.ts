import type { BookingView } from "../api/wire.ts";
import { Fetched } from "../live/fetched.svelte.ts";
import { link } from "../live/link.svelte.ts";
import { bookingsBetween } from "./desk.svelte.ts";
import { type Slots, slotsAt } from "./slots.ts";

const dayMs = 86_400_000;
/** As far back as a guest is shown its past slots, and as far ahead as anything can be booked. */
const pastMs = 30 * dayMs;
const aheadMs = 367 * dayMs;

/** The bookings of the guest who is signed in. */
class MySlots {
  readonly list = new Fetched(async () => {
    const now = link.exactMs();
    return bookingsBetween(new Date(now - pastMs).toISOString(), new Date(now + aheadMs).toISOString());
  });

  at(nowMs: number): Slots {
    return slotsAt(this.list.value ?? [], nowMs);
  }

  /** The booking that ended last, if that was not long ago. */
  justEnded(nowMs: number, withinMs: number): BookingView | undefined {
    return this.at(nowMs).past.find((one) => one.state === "CONFIRMED" && nowMs - Date.parse(one.end) < withinMs);
  }
}

export const mySlots = new MySlots();
