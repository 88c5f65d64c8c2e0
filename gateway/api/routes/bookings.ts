import { z } from "zod";
import { PlanciaError } from "../../core/errors.ts";
import { textOf } from "../../core/text.ts";
import type { NamedBooking } from "../../services/use-cases.ts";
import type { ApiApp, ApiContext } from "../context.ts";
import { callerOf } from "../http/identity.ts";
import { instant } from "../views/times.ts";
import { AddBooking, BookingList, BookingParameters, BookingView, ChangeBooking, GuestList } from "../wire/booking.ts";

const Id = z.object({ id: z.string().min(1).max(100) });
const manage = { policy: { permission: "bookings:manage" } } as const;
const tags = ["bookings"];

/** Bookings as staff make them; a guest reads its own. */
export function bookingRoutes(app: ApiApp, { useCases: { bookings, plant } }: ApiContext): void {
  const bookingView = viewOf(plant);

  app.get(
    "/bookings",
    {
      config: { policy: { signedIn: true, program: "bookings:view" } },
      schema: { tags, querystring: BookingParameters, response: { 200: BookingList } },
    },
    async (request) => {
      const { from, to, equipment } = request.query;
      const found = await bookings.list(callerOf(request), {
        fromMs: Date.parse(from),
        toMs: Date.parse(to),
        equipment,
      });
      return { items: found.map(bookingView) };
    },
  );

  app.get("/bookings/people", { config: manage, schema: { tags, response: { 200: GuestList } } }, async (request) => ({
    items: [...(await bookings.guests(callerOf(request)))],
  }));

  app.get(
    "/bookings/:id",
    {
      config: { policy: { signedIn: true, program: "bookings:view" } },
      schema: { tags, params: Id, response: { 200: BookingView } },
    },
    async (request, reply) => {
      const booking = await bookings.get(callerOf(request), request.params.id);
      return reply.header("etag", `"${booking.version}"`).send(bookingView(booking));
    },
  );

  changeRoutes(app, bookings, bookingView);
}

function changeRoutes(
  app: ApiApp,
  bookings: ApiContext["useCases"]["bookings"],
  bookingView: (booking: NamedBooking) => BookingView,
): void {
  app.post(
    "/bookings",
    { config: manage, schema: { tags, body: AddBooking, response: { 201: BookingView } } },
    async (request, reply) => {
      const { start, end, ...rest } = request.body;
      const times = { startMs: Date.parse(start), endMs: Date.parse(end) };
      const booking = await bookings.create(callerOf(request), { ...rest, ...times });
      return reply
        .code(201)
        .header("location", `/api/v1/bookings/${booking.id}`)
        .header("etag", `"${booking.version}"`)
        .send(bookingView(booking));
    },
  );

  app.patch(
    "/bookings/:id",
    { config: manage, schema: { tags, params: Id, body: ChangeBooking, response: { 200: BookingView } } },
    async (request, reply) => {
      const { start, end, title } = request.body;
      const change = { startMs: timeOf(start), endMs: timeOf(end), title };
      const version = versionOf(request.headers["if-match"]);
      const booking = await bookings.change(callerOf(request), request.params.id, version, change);
      return reply.header("etag", `"${booking.version}"`).send(bookingView(booking));
    },
  );

  app.delete(
    "/bookings/:id",
    { config: manage, schema: { tags, params: Id, response: { 200: BookingView } } },
    async (request) => {
      const version = versionOf(request.headers["if-match"]);
      return bookingView(await bookings.cancel(callerOf(request), request.params.id, version));
    },
  );
}

function timeOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Date.parse(text);
}

/** RFC 9110 §13.1.1: a change names the version that it was made on, so that two people do not undo each other unseen. */
function versionOf(ifMatch: string | undefined): number {
  const match = /^"(\d{1,9})"$/.exec(ifMatch ?? "");
  if (match) return Number(match[1]);
  throw new PlanciaError(
    "request/version-missing",
    "A change needs If-Match with the version that GET gave, in quotes.",
  );
}

function viewOf(plant: ApiContext["useCases"]["plant"]): (booking: NamedBooking) => BookingView {
  const names = new Map(plant.equipment.map(({ id, name }) => [id, name]));
  return ({ id, equipment, userId, userName, startMs, endMs, title, state, version, createdAt }) => ({
    id,
    equipment,
    machine: names.get(equipment) ?? textOf(equipment),
    userId,
    user: userName,
    start: instant(startMs),
    end: instant(endMs),
    title,
    state,
    version,
    createdAt: instant(createdAt),
  });
}
