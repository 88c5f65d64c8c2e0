import { randomUUID } from "node:crypto";
import { allows, type Caller, covers } from "../core/access/policy.ts";
import type { AuditWriter } from "../core/audit-port.ts";
import { bookingProblems } from "../core/booking/rules.ts";
import type { Clock } from "../core/clock.ts";
import { PlanciaError } from "../core/errors.ts";
import type { Plant } from "../core/plant.ts";
import type { BookingRecord, BookingStore, PeopleStore, UserRecord } from "../core/records-port.ts";
import type { FactorGate } from "./factor-gate.ts";
import type { BookingChange, Bookings, NamedBooking } from "./use-cases.ts";

export interface BookingSettings {
  readonly plant: Plant;
  readonly store: BookingStore;
  readonly people: Pick<PeopleStore, "findUser" | "listUsers">;
  /** Whether a person can sign in: by account and organisation. Absent: by the account alone. */
  readonly mayEnter?: ((user: UserRecord) => boolean) | undefined;
  readonly audit: AuditWriter;
  readonly clock: Clock;
  readonly gate: FactorGate;
  /** Called after every change, so that rights follow at once. */
  readonly onChanged: () => void;
}

/** Bookings as staff make them; a guest sees its own. Overlaps are the database's to refuse. */
export class BookingDesk implements Bookings {
  readonly #settings: BookingSettings;

  constructor(settings: BookingSettings) {
    this.#settings = settings;
  }

  async list(
    caller: Caller,
    filter: { fromMs: number; toMs: number; equipment?: string | undefined },
  ): Promise<readonly NamedBooking[]> {
    if (!(filter.fromMs < filter.toMs)) throw new PlanciaError("request/invalid", "`from` must be before `to`");
    const own = allows(caller, "bookings:own");
    if (!own && !allows(caller, "bookings:view")) throw new PlanciaError("auth/forbidden", "not in your role");
    const found = await this.#settings.store.listBookings({ ...filter, ...(own ? { userId: caller.userId } : {}) });
    const names = new Map((await this.#settings.people.listUsers()).map((user) => [user.id, user.name]));
    return found
      .filter((booking) => this.#maySee(caller, booking))
      .sort((a, b) => a.startMs - b.startMs)
      .map((booking) => ({ ...booking, userName: names.get(booking.userId) ?? "" }));
  }

  async get(caller: Caller, id: string): Promise<NamedBooking> {
    const booking = await this.#settings.store.findBooking(id);
    if (!booking || !this.#maySee(caller, booking)) throw new PlanciaError("request/not-found", "no such booking");
    return this.#named(booking);
  }

  async guests(caller: Caller): Promise<readonly { readonly id: string; readonly name: string }[]> {
    if (!allows(caller, "bookings:manage")) throw new PlanciaError("auth/forbidden", "not in your role");
    const people = await this.#settings.people.listUsers();
    return people.filter((user) => user.role === "guest" && this.#mayEnter(user)).map(({ id, name }) => ({ id, name }));
  }

  async #named(booking: BookingRecord): Promise<NamedBooking> {
    const user = await this.#settings.people.findUser(booking.userId);
    return { ...booking, userName: user?.name ?? "" };
  }

  async create(
    caller: Caller,
    input: { equipment: string; userId: string; startMs: number; endMs: number; title: string },
  ): Promise<NamedBooking> {
    this.#mustManage(caller, input.equipment);
    this.#settings.gate.assertFresh(caller, "booking.create");
    await this.#mustFit(input);
    const booking: BookingRecord = {
      id: randomUUID(),
      version: 1,
      state: "CONFIRMED",
      ...input,
      createdBy: caller.userId,
      createdAt: this.#settings.clock.wallMs(),
    };
    await this.#settings.store.addBooking(booking);
    await this.#changed(caller, "booking.created", booking);
    return this.#named(booking);
  }

  async change(caller: Caller, id: string, version: number, input: BookingChange): Promise<NamedBooking> {
    const before = await this.#managed(caller, id);
    await this.#mustFit({ ...before, ...present(input) });
    return this.#store(caller, "booking.changed", before, version, present(input));
  }

  async cancel(caller: Caller, id: string, version: number): Promise<NamedBooking> {
    return this.#store(caller, "booking.cancelled", await this.#managed(caller, id), version, { state: "CANCELLED" });
  }

  async #store(
    caller: Caller,
    action: string,
    before: BookingRecord,
    version: number,
    change: Parameters<BookingStore["changeBooking"]>[2],
  ): Promise<NamedBooking> {
    if (before.state === "CANCELLED") throw new PlanciaError("request/conflict", "the booking is cancelled");
    const after = await this.#settings.store.changeBooking(before.id, version, change);
    if (!after) throw new PlanciaError("request/not-found", "no such booking");
    await this.#changed(caller, action, after, before);
    return this.#named(after);
  }

  async #managed(caller: Caller, id: string): Promise<BookingRecord> {
    const booking = await this.get(caller, id);
    this.#mustManage(caller, booking.equipment);
    this.#settings.gate.assertFresh(caller, "booking.change");
    return booking;
  }

  #mustManage(caller: Caller, equipment: string): void {
    if (!allows(caller, "bookings:manage")) throw new PlanciaError("auth/forbidden", "not in your role");
    if (!covers(caller, "bookings:manage", equipment)) {
      throw new PlanciaError("request/not-found", `no equipment ${equipment}`);
    }
  }

  async #mustFit(input: {
    equipment: string;
    userId: string;
    startMs: number;
    endMs: number;
    title: string;
  }): Promise<void> {
    const person = await this.#settings.people.findUser(input.userId);
    const fields = bookingProblems(
      {
        ...input,
        equipment: this.#settings.plant.equipment.find((each) => each.id === input.equipment),
        person: person && { exists: true, disabled: !this.#mayEnter(person), role: person.role },
      },
      this.#settings.clock.wallMs(),
    );
    if (fields.length > 0)
      throw new PlanciaError("booking/refused", fields.map((each) => each.detail).join("; "), { fields });
  }

  #mayEnter(user: UserRecord): boolean {
    return this.#settings.mayEnter?.(user) ?? !user.disabled;
  }

  #maySee(caller: Caller, booking: BookingRecord): boolean {
    if (allows(caller, "bookings:own")) return booking.userId === caller.userId;
    return covers(caller, "bookings:view", booking.equipment);
  }

  async #changed(caller: Caller, action: string, booking: BookingRecord, before?: BookingRecord): Promise<void> {
    this.#settings.onChanged();
    await this.#settings.audit.append({
      at: this.#settings.clock.wallMs(),
      class: "administration",
      action,
      who: caller.name,
      address: caller.address,
      equipment: booking.equipment,
      target: booking.id,
      result: booking.state,
      detail: { user: booking.userId, ...told(booking), ...(before ? { before: told(before) } : {}) },
    });
  }
}

function told(booking: BookingRecord): { start: string; end: string; title: string } {
  return {
    start: new Date(booking.startMs).toISOString(),
    end: new Date(booking.endMs).toISOString(),
    title: booking.title,
  };
}

/** Only the keys that were given. */
function present<T extends object>(input: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
