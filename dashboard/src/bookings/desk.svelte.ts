import { NoAnswer, Refusal } from "../api/client.ts";
import type { BookingList, BookingView, GuestList } from "../api/wire.ts";
import { link } from "../live/link.svelte.ts";
import { session } from "../session/session.svelte.ts";
import { type BookingRequest, type Reason, reasonsOf } from "./draft.ts";

/** A change that was asked for: done, or every reason why not and who is in the way. */
export interface Outcome {
  readonly booking?: BookingView | undefined;
  readonly reasons: readonly Reason[];
  readonly taken: readonly BookingView[];
}

/** All that overlap [from, to), cancelled ones too. @throws Refusal, NoAnswer. */
export async function bookingsBetween(from: string, to: string, equipment?: string): Promise<readonly BookingView[]> {
  const query = new URLSearchParams({ from, to, ...(equipment === undefined ? {} : { equipment }) });
  return (await session.call<BookingList>(`/bookings?${query}`)).items;
}

/** For whom staff may book. @throws Refusal, NoAnswer. */
export async function guests(): Promise<GuestList["items"]> {
  return (await session.call<GuestList>("/bookings/people")).items;
}

/** Changes to bookings, each sent once and only over a live connection. */
export class BookingDesk {
  busy = $state(false);

  create(request: BookingRequest): Promise<Outcome> {
    return this.#send("/bookings", { method: "POST", body: request }, request);
  }

  /** On the version that was read: what somebody changed meanwhile is refused, not overwritten. */
  change(booking: BookingView, request: BookingRequest): Promise<Outcome> {
    const { start, end, title } = request;
    const options = { method: "PATCH", body: { start, end, title }, version: booking.version } as const;
    return this.#send(`/bookings/${encodeURIComponent(booking.id)}`, options, request, booking.id);
  }

  cancel(booking: BookingView): Promise<Outcome> {
    const options = { method: "DELETE", version: booking.version } as const;
    return this.#send(`/bookings/${encodeURIComponent(booking.id)}`, options, booking, booking.id);
  }

  async #send(
    path: string,
    options: Parameters<typeof session.call>[1],
    wanted: Pick<BookingView, "equipment" | "start" | "end">,
    own?: string,
  ): Promise<Outcome> {
    if (!link.live) return refused([{ field: undefined, rule: "no-link" }]);
    this.busy = true;
    try {
      return { booking: await session.call<BookingView>(path, options), reasons: [], taken: [] };
    } catch (error) {
      if (error instanceof NoAnswer) return refused([{ field: undefined, rule: "no-answer" }]);
      if (!(error instanceof Refusal)) throw error;
      const taken = error.problem.code === "booking/overlap" ? await inTheWay(wanted, own) : [];
      return refused(reasonsOf(error.problem), taken);
    } finally {
      this.busy = false;
    }
  }
}

function refused(reasons: readonly Reason[], taken: readonly BookingView[] = []): Outcome {
  return { reasons, taken };
}

/** Who has the time, as far as the asker may know. */
async function inTheWay(
  wanted: Pick<BookingView, "equipment" | "start" | "end">,
  own: string | undefined,
): Promise<readonly BookingView[]> {
  try {
    const found = await bookingsBetween(wanted.start, wanted.end, wanted.equipment);
    return found.filter((one) => one.state === "CONFIRMED" && one.id !== own);
  } catch (error) {
    // The refusal itself is known; that nobody can be named is no second one.
    if (error instanceof Refusal || error instanceof NoAnswer) return [];
    throw error;
  }
}
