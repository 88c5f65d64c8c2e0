import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignedIn, SignInList } from "../../gateway/api/wire/auth.ts";
import type { BookingView, GuestList } from "../../gateway/api/wire/booking.ts";
import type { Command } from "../../gateway/api/wire/command.ts";
import type { InvitedView, MembershipView } from "../../gateway/api/wire/organisations.ts";
import type { LiveView } from "../rig/live-view.ts";
import { BookingGateway, drained, password, type Reply } from "./booking-gateway.ts";

/**
 * S2 for organisations: Acme runs a machine in its slot while Zeta, with everything that a guest can have,
 * asks every route for what is Acme's, by Acme's own ids.
 */
const openMs = Date.UTC(2026, 5, 1, 9);
const atMost = 1000;
/** Words that stand in nothing but what is Acme's. */
const words = ["Canary Works", "lea@acme", "rosa@acme", "secret alloy 77", "433.25"];

let gateway: BookingGateway;
let lea: LiveView;
let zoe: LiveView;
let ids: Readonly<Record<"organisation" | "lead" | "member" | "booking" | "command" | "signIn", string>>;

beforeAll(async () => {
  gateway = await new BookingGateway(openMs).start({ admin: "administrator", supervisor: "supervisor" });
  gateway.poll({ "press/speed": 420.125, "press/running": true, "oven/setpoint": 450.125, "oven/running": true });
  await made("POST /api/v1/organisations", { id: "acme", name: "Canary Works" });
  await made("POST /api/v1/organisations", { id: "zeta", name: "Zeta" });
  const lead = await joins("admin", "acme", "lea", { leads: true });
  await joins("admin", "zeta", "zoe", { leads: true });
  const member = await joins("lea@acme", "acme", "rosa");
  const booking = await books(lead, "press", gateway.nowMs + 1000, gateway.nowMs + 3_600_000, "secret alloy 77");
  await gateway.pass(3000);
  gateway.poll({});
  const body = { target: "press/speed", value: 433.25, key: "acme-0001", ticket: await gateway.ticket(), wait: 0 };
  const command = await gateway.ask<Command>("lea@acme", "POST /api/v1/commands", { body });
  expect(command.status, command.text).toBeLessThan(300);
  await gateway.pass(5000);
  const signIns = await gateway.ask<SignInList>("lea@acme", "GET /api/v1/auth/sign-ins");
  ids = {
    organisation: "acme",
    lead,
    member,
    booking: booking.id,
    command: command.body.id,
    signIn: signIns.body.items[0]?.id ?? "",
  };
  [lea, zoe] = [await gateway.watch("lea@acme"), await gateway.watch("zoe@zeta")];
}, 60_000);
afterAll(() => gateway?.close());

async function made<Body>(route: string, body: object, as = "admin"): Promise<Body> {
  const answer = await gateway.ask<Body>(as, route, { body });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}

/** Invited, and in by the link. The id. */
async function joins(by: string, organisation: string, name: string, more: object = {}): Promise<string> {
  const route = `POST /api/v1/organisations/${organisation}/members`;
  const { member, secret } = await made<InvitedView>(route, { name, ...more }, by);
  const response = await fetch(`${gateway.url}/api/v1/auth/join`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ secret, password }),
  });
  expect(((await response.json()) as SignedIn).user).toMatchObject({ name: `${name}@${organisation}`, organisation });
  return member.id;
}

function books(userId: string, equipment: string, startMs: number, endMs: number, title: string): Promise<BookingView> {
  const times = { start: new Date(startMs).toISOString(), end: new Date(endMs).toISOString() };
  return made("POST /api/v1/bookings", { equipment, userId, title, ...times }, "supervisor");
}

/** Acme's own ids, or ids of nothing, in every place where a route takes one. */
const pathsOf = (url: string, of: "acme" | "nothing"): readonly string[] => {
  const each = of === "acme" ? [...new Set(Object.values(ids)), "press"] : ["0".repeat(12)];
  const filled = each.map((id) => url.replace(/:(id|user|signIn|equipment)/g, id));
  const pair = { acme: ["acme", ids.member], nothing: ["acme-none", "0".repeat(12)] }[of];
  const members = url.replace(":id", pair[0] ?? "").replace(":user", pair[1] ?? "");
  return [...new Set([...filled, members])].map((path) => path.replace("*", ""));
};
const asked =
  "?user=%&equipment=press&tags=press/*&from=2026-06-01T00:00:00Z&to=2026-06-03T00:00:00Z&start=2026-06-01T00:00:00Z";
const told = (reply: Pick<Reply, "text">): readonly string[] => words.filter((word) => reply.text.includes(word));

describe("another tenant", () => {
  it("reads nothing of Acme's on any route, by any of its ids", async () => {
    const reads = gateway.api.routes.filter(
      // The pages about the API are files, the same for everybody.
      ({ method, url }) => method === "GET" && !url.startsWith("/api/docs"),
    );
    const found: string[] = [];
    let answered = 0;
    for (const { url } of reads) {
      for (const path of pathsOf(url, "acme")) {
        for (const query of ["", asked.replace("%", ids.lead)]) {
          const reply = await gateway.ask("zoe@zeta", `GET ${path}${query}`);
          expect(reply.status).not.toBe(429);
          if (reply.status === 200) answered++;
          for (const word of told(reply)) found.push(`GET ${path}${query}: ${word}`);
        }
      }
    }
    expect(found).toEqual([]);
    // Zoe is somebody: she is answered where it is about herself and her own.
    expect(answered).toBeGreaterThan(5);
  });

  it("is answered about Acme's people and organisation as about nobody's", async () => {
    const body = { name: "spy", leads: true, text: "x" };
    for (const { method, url } of gateway.api.routes) {
      if (!/^\/api\/v1\/(organisations|users|grants|bookings\/)/.test(url) || method === "HEAD") continue;
      const question = method === "GET" || method === "DELETE" ? { version: 1 } : { body, version: 1 };
      const answers = async (of: "acme" | "nothing") =>
        Promise.all(
          pathsOf(url, of).map(async (path) => {
            const { status, body: problem } = await gateway.ask("zoe@zeta", `${method} ${path}`, question);
            return `${method} ${url} ${status} ${problem.code} ${problem.detail}`;
          }),
        );
      const real = new Set(await answers("acme"));
      expect(real).toEqual(new Set(await answers("nothing")));
      for (const line of real) expect(line).toMatch(/ (400|403|404|415|422) |^GET \S+ 200 /);
    }
    const mine = await gateway.ask<MembershipView>("lea@acme", "GET /api/v1/organisations/acme/members");
    expect(mine.body.items.map(({ name, disabled }) => [name, disabled])).toEqual([
      ["lea@acme", false],
      ["rosa@acme", false],
    ]);
  });

  it("hears nothing of Acme's slot on its socket, and of its own organisation's nothing more than a guest", async () => {
    gateway.poll({ "press/speed": 433.25 });
    await gateway.pass(500);
    await lea.until(() => lea.sample("press/speed")?.value === 433.25);
    await drained(zoe);
    expect(told({ text: JSON.stringify(zoe.received) })).toEqual([]);
    expect(zoe.sample("press/speed")).toBeUndefined();
    // A colleague has no slot: an organisation is no right.
    expect((await gateway.ask("rosa@acme", "GET /api/v1/equipment/press")).status).toBe(404);
  });

  it("who leads never reaches beyond its own, whatever it sends", async () => {
    const answers = await Promise.all(
      [
        ["POST /api/v1/organisations", { id: "omega", name: "Omega" }],
        ["PATCH /api/v1/organisations/zeta", { name: "Mine" }],
        ["POST /api/v1/users", { name: "x", role: "administrator", password }],
        ["POST /api/v1/organisations/zeta/members", { name: "boss", leads: true }],
        ["POST /api/v1/organisations/host/members", { name: "boss" }],
        ["POST /api/v1/grants", { subject: { kind: "organisation", id: "zeta" }, role: "operator", equipment: ["*"] }],
      ].map(async ([route, body]) => (await gateway.ask("zoe@zeta", route as string, { body: body as object })).status),
    );
    expect(answers).toEqual([403, 403, 403, 403, 404, 403]);
  });
});

describe("an organisation that is suspended", () => {
  it("is out on every door within a second, and nobody else is", async () => {
    const { body } = await gateway.ask("admin", "PATCH /api/v1/organisations/acme", { body: { disabled: true } });
    expect(body).toMatchObject({ disabled: true });
    await gateway.pass(atMost);
    expect(await lea.closed).toBeGreaterThan(0);
    await drained(zoe);
    expect((await gateway.ask("lea@acme", "GET /api/v1/auth/me")).status).toBe(401);
    expect((await gateway.ask("lea@acme (stop)", "POST /api/v1/equipment/press/stop", { body: {} })).status).toBe(401);
    expect((await gateway.ask("zoe@zeta", "GET /api/v1/auth/me")).status).toBe(200);
  });

  it("is not booked for", async () => {
    const guests = await gateway.ask<GuestList>("supervisor", "GET /api/v1/bookings/people");
    expect(guests.body.items.map(({ name }) => name)).toEqual(["zoe@zeta"]);
    const times = {
      start: new Date(openMs + 86_400_000).toISOString(),
      end: new Date(openMs + 90_000_000).toISOString(),
    };
    const body = { equipment: "oven", userId: ids.lead, ...times };
    expect((await gateway.ask("supervisor", "POST /api/v1/bookings", { body })).body.code).toBe("booking/refused");
  });
});
