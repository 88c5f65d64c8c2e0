import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BookingView } from "../../gateway/api/wire/booking.ts";
import type { Command } from "../../gateway/api/wire/command.ts";
import type { LiveView } from "../rig/live-view.ts";
import { BookingGateway, drained } from "./booking-gateway.ts";

/** S3 for guests: open sockets, running commands and rights at the edges of a slot, and when it changes under way. */
const openMs = Date.UTC(2026, 5, 1, 9);
const startMs = openMs + 20_061;
const endMs = startMs + 60_137;
const atMost = 1000;

const values = {
  "press/speed": 420.125,
  "press/key": true,
  "press/running": true,
  "press/stop_request": false,
  "press/recipe": 1,
  "press/guard": true,
  "oven/setpoint": 450.125,
  "oven/running": true,
};
const people = { supervisor: "supervisor", admin: "administrator", gina: "guest", otto: "guest" } as const;

let gateway: BookingGateway;
beforeEach(async () => {
  gateway = await new BookingGateway(openMs).start(people);
  gateway.poll(values);
});
afterEach(() => gateway.close());

/** Handles of the press, and what came of the others: none may. */
const handles = (machine: string): Set<number> =>
  new Set(gateway.plant.tags.filter((tag) => tag.equipment === machine).map((tag) => tag.handle));
const samples = (view: LiveView) =>
  view.of("samples").flatMap(({ at, samples: rows }) => rows.map((row) => ({ at, row })));
const speed = 0;
const speeds = (view: LiveView): unknown[] => samples(view).flatMap(({ row }) => (row[0] === speed ? [row[1]] : []));

/** Gina on an open socket with everything subscribed, in the middle of her slot. */
async function inTheMiddle(): Promise<{ view: LiveView; booking: BookingView }> {
  const booking = await gateway.book("gina", "press", startMs, endMs);
  await gateway.passUntil(startMs + 20_000);
  const view = await gateway.watch("gina");
  await gateway.pass(100);
  await drained(view);
  expect(speeds(view).length).toBeGreaterThan(0);
  expect(view.of("revoked")).toEqual([]);
  return { view, booking };
}

/** The guest has lost the machine: said once, and from then on nothing, whatever the machine does. */
async function expectGone(view: LiveView): Promise<void> {
  await drained(view);
  expect(new Set(view.of("revoked").flatMap(({ handles: lost }) => lost))).toEqual(handles("press"));
  const before = samples(view).length;
  for (const value of [441.125, 442.125]) {
    gateway.poll({ "press/speed": value });
    await gateway.pass(3000);
  }
  await drained(view);
  expect(samples(view)).toHaveLength(before);
  expect(view.of("beat").at(-1)?.links).toEqual([]);
  expect((await gateway.ask("gina", "GET /api/v1/equipment")).body).toEqual([]);
  expect((await gateway.ask("gina", "GET /api/v1/equipment/press")).status).toBe(404);
}

async function expectStillThere(view: LiveView, value: number): Promise<void> {
  gateway.poll({ "press/speed": value });
  await gateway.pass(200);
  await drained(view);
  expect(view.of("revoked")).toEqual([]);
  expect(speeds(view).at(-1)).toBe(value);
  expect((await gateway.ask("gina", "GET /api/v1/equipment/press")).status).toBe(200);
}

describe("a guest's open socket", () => {
  it("gets nothing before the slot, all of the machine and only that in it, and nothing after it", async () => {
    await gateway.book("gina", "press", startMs, endMs);
    await gateway.passUntil(startMs - 1000);
    const view = await gateway.watch("gina");
    expect(view.of("subscribed")).toEqual([{ type: "subscribed", id: 1, tags: [], refused: ["*"] }]);
    await gateway.passUntil(startMs - 1);
    gateway.poll({ "press/speed": 421.125 });
    await drained(view);
    expect(samples(view)).toEqual([]);
    expect(view.of("event")).toEqual([]);
    expect(view.of("beat").every(({ links }) => links.length === 0)).toBe(true);

    // Nobody asks and no value changes: the slot begins by itself.
    await gateway.pass(atMost);
    await drained(view);
    expect(view.of("event").map(({ event }) => event)).toEqual([{ kind: "equipment", equipment: "press" }]);
    expect(
      new Set(
        view
          .of("subscribed")
          .at(-1)
          ?.tags.map(({ tag }) => tag.split("/")[0]),
      ),
    ).toEqual(new Set(["press"]));
    expect(new Set(samples(view).map(({ row }) => row[0]))).toEqual(handles("press"));
    gateway.poll({ "press/speed": 230.25, "oven/setpoint": 451.125 });
    await gateway.passUntil(endMs - 1);
    gateway.poll({ "press/speed": 231.25 });
    await gateway.pass(1);
    gateway.poll({ "press/speed": 440.125 });

    // And ends by itself, within a second, with nothing of what came at its very end.
    await gateway.pass(atMost);
    await expectGone(view);
    expect(speeds(view)).not.toContain(440.125);
    for (const { at, row } of samples(view)) {
      expect(handles("press")).toContain(row[0]);
      expect(at).toBeGreaterThanOrEqual(startMs);
      expect(at).toBeLessThan(endMs);
    }
  });

  it("hears of its own commands and of nobody else's", async () => {
    const { view } = await inTheMiddle();
    const ticket = await gateway.ticket();
    const write = (as: string, value: number) =>
      gateway.ask(as, "POST /api/v1/commands", {
        body: { target: "press/speed", value, key: randomUUID(), ticket, wait: 0 },
      });
    gateway.poll({});
    expect((await write("supervisor", 430.125)).status).toBeLessThan(300);
    await gateway.pass(2000);
    gateway.poll({});
    expect((await write("gina", 410.25)).status).toBeLessThan(300);
    await gateway.pass(2000);
    await drained(view);
    const heard = view.of("event").flatMap(({ event }) => (event.kind === "command" ? [event.command.user] : []));
    expect(new Set(heard)).toEqual(new Set(["gina"]));
  });

  it("shows the machine as the one before left it, with its times, and none of how it came there", async () => {
    await gateway.book("otto", "press", openMs - 60_000, startMs);
    await gateway.book("gina", "press", startMs, endMs);
    const leftAt = gateway.nowMs;
    await gateway.passUntil(startMs);
    const view = await gateway.watch("gina");
    await gateway.pass(100);
    await drained(view);
    // The present state of a machine that somebody works with is no secret, nor since when it holds.
    expect(samples(view).find(({ row }) => row[0] === speed)?.row).toEqual([speed, 420.125, 0, leftAt]);
    await gateway.history.flush();
    const range = `start=${new Date(openMs - 60_000).toISOString()}&end=${new Date(endMs).toISOString()}`;
    for (const query of ["", "&aggregate=last&points=1", "&aggregate=timeAverage&interval=5s"]) {
      const { text, status } = await gateway.ask("gina", `GET /api/v1/history?tags=press/speed&${range}${query}`);
      expect(status).toBe(200);
      expect(text).not.toContain("420.125");
    }
  });

  it("changes hands at one instant: the one before loses what the one after gets", async () => {
    await gateway.book("otto", "press", startMs, endMs);
    await gateway.book("gina", "press", endMs, endMs + 60_000);
    await gateway.passUntil(endMs - 1);
    const before = await gateway.watch("otto");
    const after = await gateway.watch("gina");
    await gateway.pass(1 + atMost);
    await Promise.all([drained(before), drained(after)]);
    expect(new Set(before.of("revoked").flatMap(({ handles: lost }) => lost))).toEqual(handles("press"));
    expect(new Set(samples(after).map(({ row }) => row[0]))).toEqual(handles("press"));
    expect(samples(before).every(({ at }) => at < endMs)).toBe(true);
    expect(samples(after).every(({ at }) => at >= endMs)).toBe(true);
  });
});

describe("a slot that changes while it runs", () => {
  it("is gone within a second of its cancellation", async () => {
    const { view, booking } = await inTheMiddle();
    expect((await gateway.ask("supervisor", `DELETE /api/v1/bookings/${booking.id}`, { version: 1 })).status).toBe(200);
    await gateway.pass(atMost);
    await expectGone(view);
    const range = `start=${new Date(openMs).toISOString()}`;
    expect((await gateway.ask("gina", `GET /api/v1/history?tags=press/speed&${range}`)).status).toBe(404);
  });

  it("is gone within a second of its cancellation by another process", async () => {
    const { view, booking } = await inTheMiddle();
    await gateway.records.bookings.changeBooking(booking.id, 1, { state: "CANCELLED" });
    await gateway.pass(atMost);
    await expectGone(view);
  });

  it("is gone within a second when it is cut short to the past", async () => {
    const { view, booking } = await inTheMiddle();
    await gateway.passUntil(startMs + 60_100);
    const body = { end: new Date(startMs + 60_000).toISOString() };
    expect((await gateway.ask("supervisor", `PATCH /api/v1/bookings/${booking.id}`, { body, version: 1 })).status).toBe(
      422,
    );
    const soon = { end: new Date(gateway.nowMs + 1).toISOString() };
    expect(
      (await gateway.ask("supervisor", `PATCH /api/v1/bookings/${booking.id}`, { body: soon, version: 1 })).status,
    ).toBe(200);
    await gateway.pass(1 + atMost);
    await expectGone(view);
  });

  it("stays beyond its old end when it is made longer, and ends at the new one", async () => {
    const { view, booking } = await inTheMiddle();
    const body = { end: new Date(endMs + 30_000).toISOString() };
    expect((await gateway.ask("supervisor", `PATCH /api/v1/bookings/${booking.id}`, { body, version: 1 })).status).toBe(
      200,
    );
    await gateway.passUntil(endMs - 1);
    await expectStillThere(view, 232.25);
    await gateway.passUntil(endMs + 5000);
    await expectStillThere(view, 233.25);
    await gateway.passUntil(endMs + 30_000 + atMost);
    await expectGone(view);
  });

  it("is over when the person is disabled: the socket is closed, the tokens are good for nothing", async () => {
    const { view } = await inTheMiddle();
    const body = { disabled: true };
    expect((await gateway.ask("admin", "PATCH /api/v1/users/u-gina", { body })).status).toBe(200);
    await gateway.pass(atMost);
    expect(await view.closed).toBe(4401);
    const before = samples(view).length;
    gateway.poll({ "press/speed": 441.125 });
    await gateway.pass(1000);
    expect(samples(view)).toHaveLength(before);
    for (const who of ["gina", "gina (stop)"])
      expect((await gateway.ask(who, "POST /api/v1/equipment/press/stop", { body: { wait: 0 } })).status).toBe(401);
    expect(gateway.written).toEqual([]);
  });
});

describe("a write that a guest asked for in its slot", () => {
  it("and that still waits at the end of it is never sent", async () => {
    await gateway.book("gina", "press", startMs, endMs);
    await gateway.passUntil(endMs - 500);
    gateway.poll({});
    let free = (): void => undefined;
    gateway.busy = new Promise((resolve) => {
      free = resolve;
    });
    const body = { target: "press/speed", value: 410, key: randomUUID(), ticket: await gateway.ticket(), wait: 0 };
    const sent = await gateway.ask<Command>("gina", "POST /api/v1/commands", { body });
    expect(sent.status).toBe(202);
    // Polled while it waits, so that nothing but the end of the slot stands in its way.
    for (let turns = 0; turns < 8; turns++) {
      await gateway.pass(100);
      gateway.poll({});
    }
    free();
    await gateway.pass(500);
    expect(gateway.written).toEqual([]);
    const { body: record } = await gateway.ask<Command>("gina", `GET /api/v1/commands/${sent.body.id}`);
    expect(record.state).toBe("REFUSED");
    expect(record.causes?.map(({ cause }) => cause)).toContain("outside-booking");
  });
});

describe("the wall clock", () => {
  const back = 3_600_000;

  it("that jumps back an hour after the end reopens nothing, on no way in", async () => {
    const { view } = await inTheMiddle();
    await gateway.passUntil(endMs + atMost);
    await expectGone(view);
    gateway.jumpWall(-back);
    await expectGone(view);
    // And into the middle of the slot, as it would come by again a while later.
    gateway.jumpWall(startMs + 10_000 - gateway.nowMs);
    await expectGone(view);
    const fresh = await gateway.watch("gina");
    await gateway.pass(5000);
    gateway.poll({ "press/speed": 443.125 });
    await gateway.pass(2000);
    await drained(fresh);
    expect(samples(fresh)).toEqual([]);
    expect((await gateway.ask("gina", "POST /api/v1/equipment/press/stop", { body: { wait: 0 } })).status).toBe(404);
    const body = { target: "press/speed", value: 410, key: randomUUID(), ticket: await gateway.ticket(), wait: 0 };
    expect((await gateway.ask("gina", "POST /api/v1/commands", { body })).status).toBe(404);
    expect(gateway.written).toEqual([]);
  });

  it("that jumps back over the start does not take a running slot away", async () => {
    const { view } = await inTheMiddle();
    gateway.jumpWall(-30_000);
    await expectStillThere(view, 234.25);
  });
});

describe("the night in which the clocks go back", () => {
  it("a slot from 02:00 to 03:00 in Rome is counted in instants: two hours, both half past twos in it", async () => {
    const summer = (time: string): number => Date.parse(`2026-10-25T${time}:00+02:00`);
    const winter = (time: string): number => Date.parse(`2026-10-25T${time}:00+01:00`);
    const night = await new BookingGateway(summer("01:30")).start(people);
    try {
      const body = {
        equipment: "press",
        userId: "u-gina",
        start: "2026-10-25T02:00:00+02:00",
        end: "2026-10-25T03:00:00+01:00",
      };
      const made = await night.ask<BookingView>("supervisor", "POST /api/v1/bookings", { body });
      expect(made.status).toBe(201);
      expect([made.body.start, made.body.end].map((time) => Date.parse(time))).toEqual([
        summer("02:00"),
        winter("03:00"),
      ]);
      expect(Date.parse(made.body.end) - Date.parse(made.body.start)).toBe(2 * 3_600_000);
      const seen: [number, boolean][] = [];
      const hours = [
        summer("01:59"),
        summer("02:00"),
        summer("02:30"),
        winter("02:00"),
        winter("02:30"),
        winter("02:59"),
        winter("03:00"),
      ];
      for (const atMs of hours) {
        night.jumpWall(atMs - night.nowMs);
        const { body: machines } = await night.ask<unknown[]>("gina", "GET /api/v1/equipment");
        seen.push([atMs, machines.length === 1]);
      }
      expect(seen.map(([, sees]) => sees)).toEqual([false, true, true, true, true, true, false]);
      // The same wall time once more is another instant, so it is free for somebody else only after the end.
      const second = {
        ...body,
        userId: "u-otto",
        start: "2026-10-25T02:30:00+01:00",
        end: "2026-10-25T03:30:00+01:00",
      };
      const overlap = await night.ask("supervisor", "POST /api/v1/bookings", { body: second });
      expect([overlap.status, overlap.body.code]).toEqual([409, "booking/overlap"]);
    } finally {
      await night.close();
    }
  });
});
