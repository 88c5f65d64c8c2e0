import { z } from "zod";
import { Instant, Text } from "./scalars.ts";

const Time = z.iso.datetime({ offset: true });

export const BookingView = z.object({
  id: z.string(),
  equipment: z.string(),
  /** Name of the machine: a guest sees nothing else of it outside its slot. */
  machine: Text,
  userId: z.string(),
  user: z.string(),
  /** Half-open: the end belongs to what comes after. */
  start: Instant,
  end: Instant,
  title: z.string(),
  state: z.enum(["CONFIRMED", "CANCELLED"]),
  /** Goes back as If-Match with a change. */
  version: z.number(),
  createdAt: Instant,
});
export type BookingView = z.infer<typeof BookingView>;

export const BookingList = z.object({ items: z.array(BookingView) });
export type BookingList = z.infer<typeof BookingList>;

export const BookingParameters = z.strictObject({
  from: Time,
  to: Time,
  equipment: z.string().max(200).optional(),
});

export const AddBooking = z.strictObject({
  equipment: z.string().min(1).max(200),
  userId: z.string().min(1).max(100),
  start: Time,
  end: Time,
  title: z.string().max(200).default(""),
});

export const ChangeBooking = z.strictObject({
  start: Time.optional(),
  end: Time.optional(),
  title: z.string().max(200).optional(),
});

export const GuestList = z.object({ items: z.array(z.object({ id: z.string(), name: z.string() })) });
export type GuestList = z.infer<typeof GuestList>;
