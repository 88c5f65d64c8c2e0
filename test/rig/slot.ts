import type { BookingView } from "../../gateway/api/wire/booking.ts";
import type { Person } from "./person.ts";

/** What stands in a `datetime-local` field for this instant, at the rig's site. */
export function siteTime(atMs: number): string {
  return new Date(atMs).toLocaleString("sv-SE", { timeZone: "Europe/Rome" }).slice(0, 16).replace(" ", "T");
}

/** The bookings of yesterday to tomorrow. */
export async function bookingsNow(staff: Person): Promise<readonly BookingView[]> {
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const { body } = await staff.get<{ items: BookingView[] }>(`/bookings?from=${at(-24)}&to=${at(24)}`);
  return body.items;
}

/** A booking from now on that ends in so many milliseconds. @throws Error when it is refused. */
export async function bookNow(staff: Person, guest: string, equipment: string, leftMs: number): Promise<BookingView> {
  const { body: guests } = await staff.get<{ items: { id: string; name: string }[] }>("/bookings/people");
  const userId = guests.items.find(({ name }) => name === guest)?.id;
  const [start, end] = [Date.now(), Date.now() + leftMs].map((ms) => new Date(ms).toISOString());
  const answer = await staff.post<BookingView>("/bookings", { equipment, userId, start, end, title: "Rig" });
  if (answer.status !== 201) throw new Error(JSON.stringify(answer));
  return answer.body;
}

/** Changes a booking on the version that it has. @throws Error when it is refused. */
export async function changeBooking(
  staff: Person,
  { id, version }: Pick<BookingView, "id" | "version">,
  change: { readonly end: string } | "cancel",
): Promise<void> {
  const response = await fetch(`${staff.url}/api/v1/bookings/${id}`, {
    method: change === "cancel" ? "DELETE" : "PATCH",
    headers: {
      authorization: `Bearer ${staff.accessToken}`,
      "if-match": `"${version}"`,
      ...(change === "cancel" ? {} : { "content-type": "application/json" }),
    },
    ...(change === "cancel" ? {} : { body: JSON.stringify(change) }),
    signal: AbortSignal.timeout(10_000),
  });
  if (!response.ok) throw new Error(await response.text());
}
