import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AccessView, GrantView } from "../../gateway/api/wire/access.ts";
import type { LiveView } from "../rig/live-view.ts";
import { BookingGateway, drained } from "./booking-gateway.ts";

/** S3 for grants: what an administrator gives and takes, and what time gives and takes, at open sockets. */
const openMs = Date.UTC(2026, 5, 1, 9);
const atMost = 1000;

let gateway: BookingGateway;
let view: LiveView;
beforeEach(async () => {
  gateway = await new BookingGateway(openMs).start({
    ...{ admin: "administrator", supervisor: "supervisor", olga: "operator", vera: "viewer", gina: "guest" },
  });
  gateway.poll({ "press/speed": 420.125, "press/running": true, "oven/setpoint": 450.125, "oven/running": true });
  await gateway.ask("admin", "PATCH /api/v1/users/u-olga", { body: { role: "viewer", equipment: ["oven"] } });
  await gateway.pass(atMost);
  view = await gateway.watch("olga");
});
afterEach(() => gateway.close());

const speed = 0;
const give = async (more: object, subject = { kind: "user", id: "u-olga" }): Promise<GrantView> => {
  const body = { subject, role: "operator", equipment: ["press"], ...more };
  const answer = await gateway.ask<GrantView>("admin", "POST /api/v1/grants", { body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
};
/** Whether the machine's samples reach the socket now: from `subscribe` on, since rights are asked for each message. */
async function sees(): Promise<boolean> {
  const id = Math.floor(gateway.time.monotonicMs());
  view.socket.send(JSON.stringify({ type: "subscribe", id, tags: ["press/speed"], intervalMs: 50 }));
  await drained(view);
  await gateway.pass(250);
  await drained(view);
  const answer = view.of("subscribed").find((each) => each.id === id);
  return (answer?.tags.length ?? 0) > 0;
}
const lost = (): ReadonlySet<number> => new Set(view.of("revoked").flatMap(({ handles }) => handles));
const status = async (who: string, route: string): Promise<number> => (await gateway.ask(who, route)).status;

describe("a grant at an open socket", () => {
  it("gives a machine within a second, and takes it within a second", async () => {
    expect(await sees()).toBe(false);
    const { id } = await give({});
    await gateway.pass(atMost);
    expect(await sees()).toBe(true);
    expect(await status("olga", "GET /api/v1/equipment/press")).toBe(200);
    await gateway.ask("admin", `DELETE /api/v1/grants/${id}`);
    await gateway.pass(atMost);
    await drained(view);
    expect(lost().has(speed)).toBe(true);
    expect(await status("olga", "GET /api/v1/equipment/press")).toBe(404);
  });

  it.each<[string, () => object, number]>([
    ["at its end", () => ({ notAfter: new Date(gateway.nowMs + 20_000).toISOString() }), 20_000],
    // 09:00 UTC is 11:00 in Rome, where the site is.
    ["when its hours are over", () => ({ hours: [{ days: [1], from: "08:00", to: "11:05" }] }), 5 * 60_000],
  ])("ends %s, with nobody doing anything", async (_name, bounds, afterMs) => {
    await give(bounds());
    await gateway.pass(atMost);
    expect(await sees()).toBe(true);
    await gateway.passUntil(Math.ceil((gateway.nowMs + 1) / 1000) * 1000);
    const end = _name === "at its end" ? gateway.nowMs + afterMs : openMs + afterMs;
    await gateway.passUntil(end + atMost);
    await drained(view);
    expect(lost().has(speed)).toBe(true);
    expect(await status("olga", "GET /api/v1/equipment/press")).toBe(404);
  });

  it("begins when its time comes", async () => {
    await give({ notBefore: new Date(openMs + 60_000).toISOString() });
    await gateway.passUntil(openMs + 59_000);
    expect(await sees()).toBe(false);
    await gateway.passUntil(openMs + 60_000 + atMost);
    expect(await sees()).toBe(true);
  });

  it("is not opened again by a clock that jumps back", async () => {
    await give({ notAfter: new Date(openMs + 60_000).toISOString() });
    await gateway.pass(atMost);
    expect(await sees()).toBe(true);
    await gateway.passUntil(openMs + 60_000 + atMost);
    await drained(view);
    expect(lost().has(speed)).toBe(true);
    gateway.jumpWall(-50_000);
    await gateway.pass(2 * atMost);
    expect(await sees()).toBe(false);
  });

  it("a change of it reaches the socket: another machine, and the first is gone", async () => {
    const { id } = await give({});
    await gateway.pass(atMost);
    expect(await sees()).toBe(true);
    const changed = await gateway.ask("admin", `PATCH /api/v1/grants/${id}`, { body: { equipment: ["oven"] } });
    expect(changed.status).toBe(200);
    await gateway.pass(atMost);
    await drained(view);
    expect(lost().has(speed)).toBe(true);
  });
});

describe("what somebody can do, and why", () => {
  const explained = async (who: string, query: string) =>
    (await gateway.ask<AccessView>(who, `GET /api/v1/access${query}`)).body;
  const writing = (answer: AccessView) => answer.permissions.find(({ permission }) => permission === "equipment:write");

  it("names the grant that allows it, its class, and what each other misses", async () => {
    const { id } = await give({ highestClass: "C1" });
    const answer = writing(await explained("admin", "?user=u-olga&equipment=press"));
    expect(answer).toMatchObject({ allowed: true, upTo: "C1" });
    expect(answer?.grants).toEqual([
      { grant: "u-olga", missing: ["role", "equipment"] },
      { grant: id, missing: [] },
    ]);
  });

  it("is said to oneself as to an administrator, and to nobody else by the same path as nobody's", async () => {
    const unseen = await gateway.ask("olga", "GET /api/v1/access?equipment=press");
    const none = await gateway.ask("olga", "GET /api/v1/access?equipment=nothing");
    expect([unseen.status, { ...(unseen.body as object), instance: "" }]).toEqual([
      none.status,
      { ...(none.body as object), instance: "" },
    ]);
    await give({});
    expect(await explained("olga", "?equipment=press")).toMatchObject({ user: { name: "olga" } });
    for (const route of ["grants", "access"]) {
      const others = await gateway.ask("vera", `GET /api/v1/${route}?user=u-olga`);
      const nobodys = await gateway.ask("vera", `GET /api/v1/${route}?user=u-none`);
      expect([others.status, others.body]).toEqual([404, expect.objectContaining({ code: "request/not-found" })]);
      expect({ ...(others.body as object), instance: "" }).toEqual({ ...(nobodys.body as object), instance: "" });
    }
  });

  it("a guest is told of its booking", async () => {
    const now = gateway.nowMs;
    const before = await gateway.ask("gina", "GET /api/v1/access?equipment=press");
    expect([before.status, before.body]).toEqual([404, expect.objectContaining({ code: "request/not-found" })]);
    await gateway.book("gina", "press", now + 1000, now + 120_000);
    await gateway.pass(500);
    expect(writing(await explained("gina", "?equipment=press"))).toMatchObject({
      allowed: false,
      outsideBooking: true,
    });
    await gateway.pass(3000);
    const inside = writing(await explained("gina", "?equipment=press"));
    expect(inside).toMatchObject({ allowed: true, bookingEnds: new Date(now + 120_000).toISOString() });
  });
});

describe("giving rights", () => {
  it.each<[string, object, string]>([
    ["no machine", { equipment: [] }, "/equipment"],
    ["an area that is not there", { areas: ["nowhere"] }, "/areas/0"],
    [
      "an end before its beginning",
      { notBefore: "2026-06-02T00:00:00.000Z", notAfter: "2026-06-01T00:00:00.000Z" },
      "/notAfter",
    ],
    ["hours that end before they begin", { hours: [{ days: [1], from: "18:00", to: "08:00" }] }, "/hours/0/to"],
    ["a guest", { subject: { kind: "user", id: "u-gina" } }, "/subject/id"],
    ["nobody", { subject: { kind: "user", id: "u-none" } }, "/subject/id"],
    ["the role of a guest", { role: "guest" }, "/role"],
  ])("is refused for %s, at its field", async (_name, more, pointer) => {
    const body = { subject: { kind: "user", id: "u-olga" }, role: "operator", equipment: ["press"], ...more };
    const answer = await gateway.ask<{ errors: { pointer: string }[] }>("admin", "POST /api/v1/grants", { body });
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map((each) => each.pointer)).toContain(pointer);
  });

  it("is on the record with what changed, and what comes with the account stays", async () => {
    const { id } = await give({ highestClass: "C1" });
    await gateway.ask("admin", `PATCH /api/v1/grants/${id}`, { body: { highestClass: "C2" } });
    await gateway.ask("admin", `DELETE /api/v1/grants/${id}`);
    for (const route of ["DELETE /api/v1/grants/u-olga", "DELETE /api/v1/grants/u-admin"])
      expect(await status("admin", route)).toBe(409);
    const { items } = (await gateway.ask<{ items: { action: string; detail: object }[] }>("admin", "GET /api/v1/audit"))
      .body;
    const noted = items.filter(({ action }) => action.startsWith("grant."));
    expect(noted.map(({ action }) => action)).toEqual(["grant.removed", "grant.changed", "grant.added"]);
    expect(noted[1]?.detail).toEqual({ subject: "user u-olga", highestClass: { from: "C1", to: "C2" } });
  });
});
