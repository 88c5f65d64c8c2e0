import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { BookingView } from "../../gateway/api/wire/booking.ts";
import type { Command } from "../../gateway/api/wire/command.ts";
import { BookingGateway, type Question, type Reply } from "./booking-gateway.ts";
import { configurationProbes } from "./configuration-probes.ts";

/**
 * A guest on every route, right before, in and right after its slot. Inside, the press turns between 200
 * and 300 with .25 behind the point; what belongs to others is above 400 with .125: it may show nowhere.
 */
const startMs = Date.UTC(2026, 5, 1, 9, 0, 0, 61);
const endMs = startMs + 120_137;
const moments: readonly { readonly name: string; readonly atMs: number; readonly inside: boolean }[] = [
  { name: "1 s before the start", atMs: startMs - 1000, inside: false },
  { name: "1 ms before the start", atMs: startMs - 1, inside: false },
  { name: "at the start", atMs: startMs, inside: true },
  { name: "1 s after the start", atMs: startMs + 1000, inside: true },
  { name: "1 s before the end", atMs: endMs - 1000, inside: true },
  { name: "1 ms before the end", atMs: endMs - 1, inside: true },
  { name: "at the end", atMs: endMs, inside: false },
  { name: "1 s after the end", atMs: endMs + 1000, inside: false },
];
const foreign = /\b[45]\d\d\.125\b/;

type Statuses = readonly number[];
const yes: Statuses = [200];
const hidden: Statuses = [404];
const never: Statuses = [403];
const done: Statuses = [200, 202];

/** One request, how it ends inside and outside of the slot. */
interface Probe {
  readonly route: string;
  readonly path?: string;
  readonly question?: (bench: Bench) => Question;
  readonly inside: Statuses;
  readonly outside: Statuses;
  /** Asked with the stop token. */
  readonly stopToken?: true;
}

interface Bench {
  readonly gateway: BookingGateway;
  readonly ticket: string;
  readonly own: BookingView;
  readonly foreign: BookingView;
  readonly foreignCommand: string;
  n: number;
}

const at = (ms: number): string => new Date(ms).toISOString();
const range = (fromMs: number, toMs: number): string => `start=${at(fromMs)}&end=${at(toMs)}`;
const wide = range(startMs - 600_000, endMs + 600_000);
const history = (query: string, statuses: Statuses): Probe => {
  return { route: "GET /api/v1/history", path: `/api/v1/history?${query}`, inside: statuses, outside: statuses };
};
const write = (target: string, inside: Statuses): Probe => ({
  route: "POST /api/v1/commands",
  inside,
  outside: hidden,
  question: ({ ticket, n }) => ({ body: { target, value: 230.25 + n, key: randomUUID(), ticket, wait: 0 } }),
});
const stop = (path: string, inside: Statuses, more: Partial<Probe> = {}): Probe => {
  return {
    route: "POST /api/v1/equipment/:id/stop",
    path,
    inside,
    outside: hidden,
    question: () => ({ body: { wait: 0 } }),
    ...more,
  };
};

const aggregated = ["timeAverage", "minimum", "maximum", "last"].flatMap((aggregate) => [
  history(`tags=press/speed&${wide}&aggregate=${aggregate}&interval=7s`, yes),
  history(`tags=press/speed&${wide}&aggregate=${aggregate}&points=1`, yes),
]);

/** Whom the gateway believes that it is the machine is nothing of a guest's. */
function probesOfCertificates(): readonly Probe[] {
  const rows: readonly [route: string, path?: string, body?: object][] = [
    ["POST /api/v1/certificates", undefined, { driver: "opcua", pem: "certificate" }],
    ["POST /api/v1/certificates/revocations", undefined, { driver: "opcua", list: "list" }],
    ["PATCH /api/v1/certificates/:fingerprint", `/api/v1/certificates/${"a1".repeat(32)}`, { state: "trusted" }],
    ["GET /api/v1/certificates/own/:driver", "/api/v1/certificates/own/opcua"],
    ["PATCH /api/v1/certificates/own/:driver", "/api/v1/certificates/own/opcua", { use: "new" }],
  ];
  return rows.map(([route, path, body]) => {
    const asked = { ...(path ? { path } : {}), ...(body ? { question: () => ({ body }) } : {}) };
    return { route, ...asked, inside: never, outside: never };
  });
}

/** Control of machines: who has it, what is selected, what waits. The bench has no sockets, so nobody can take it. */
function probesOfControl(): readonly Probe[] {
  const body = (value: object) => () => ({ body: value });
  const on = (route: string, machine: string, inside: Statuses, question?: () => Question): Probe => ({
    route,
    path: (route.split(" ")[1] ?? "").replace(":id", machine),
    inside,
    outside: inside === never ? never : hidden,
    ...(question ? { question } : {}),
  });
  const conflict: Statuses = [409];
  const dryRun = (target: string, inside: Statuses): Probe => ({
    route: "POST /api/v1/commands/dry-run",
    inside,
    outside: hidden,
    question: body({ target, value: 230.25 }),
  });
  const foreignCommand = (verb: string, inside: Statuses): Probe => ({
    route: `POST /api/v1/commands/:id/${verb}`,
    inside,
    outside: inside,
    question: body(verb === "cancel" ? {} : { ticket: "none" }),
  });
  const lease = "/api/v1/equipment/:id/lease";
  return [
    dryRun("press/speed", yes),
    dryRun("oven/setpoint", hidden),
    {
      ...on("GET /api/v1/equipment/:id/why", "press", yes),
      path: "/api/v1/equipment/press/why?target=press/speed",
    },
    {
      ...on("GET /api/v1/equipment/:id/why", "oven", hidden),
      path: "/api/v1/equipment/oven/why?target=oven/setpoint",
    },
    foreignCommand("operate", hidden),
    foreignCommand("approve", never),
    foreignCommand("cancel", hidden),
    ...["press", "oven"].flatMap((machine) => {
      const inside = machine === "press" ? conflict : hidden;
      return [
        on(`POST ${lease}`, machine, inside, body({})),
        // Giving back what one does not have changes nothing.
        on(`DELETE ${lease}`, machine, machine === "press" ? yes : hidden),
        on(`POST ${lease}/request`, machine, inside, body({})),
        on(`POST ${lease}/answer`, machine, inside, body({ accept: true })),
        on(`POST ${lease}/take`, machine, never, body({ reason: "because" })),
        on("GET /api/v1/equipment/:id/hand-over", machine, machine === "press" ? yes : hidden),
        on("POST /api/v1/equipment/:id/hand-over", machine, inside, body({ text: "words" })),
        on("GET /api/v1/equipment/:id/commissioning", machine, hidden),
      ];
    }),
    { route: "GET /api/v1/on-call", inside: never, outside: never },
    { route: "POST /api/v1/on-call/:id/acknowledge", question: body({}), inside: never, outside: never },
    // None of its own but this one, and no token: nothing ends.
    { route: "DELETE /api/v1/auth/sign-ins", inside: [204], outside: [204] },
    {
      route: "DELETE /api/v1/users/:id/sign-ins",
      path: "/api/v1/users/u-admin/sign-ins",
      inside: never,
      outside: never,
    },
    {
      route: "POST /api/v1/users/:id/link",
      path: "/api/v1/users/u-admin/link",
      question: body({}),
      inside: never,
      outside: never,
    },
    { route: "GET /api/v1/sign-in-alarms", inside: yes, outside: yes },
    { route: "POST /api/v1/sign-in-alarms/:id/acknowledge", question: body({}), inside: never, outside: never },
    ...configurationProbes(),
  ];
}

const probes: readonly Probe[] = [
  { route: "GET /api/v1/equipment", inside: yes, outside: yes },
  { route: "GET /api/v1/equipment/:id", path: "/api/v1/equipment/press", inside: yes, outside: hidden },
  { route: "GET /api/v1/equipment/:id", path: "/api/v1/equipment/oven", inside: hidden, outside: hidden },
  { route: "GET /api/v1/tags", inside: yes, outside: yes },
  { route: "GET /api/v1/tags", path: "/api/v1/tags?equipment=press", inside: yes, outside: yes },
  { route: "GET /api/v1/values", inside: yes, outside: yes },
  { route: "GET /api/v1/values", path: "/api/v1/values?tags=press/speed", inside: yes, outside: hidden },
  { route: "GET /api/v1/values", path: "/api/v1/values?tags=press/*", inside: yes, outside: hidden },
  { route: "GET /api/v1/values", path: "/api/v1/values?tags=oven/setpoint", inside: hidden, outside: hidden },
  { route: "POST /api/v1/values", question: () => ({ body: { tags: ["press/speed"] } }), inside: yes, outside: hidden },
  { route: "POST /api/v1/values", question: () => ({ body: { tags: ["oven/*"] } }), inside: hidden, outside: hidden },
  // Its own slot may be read whenever, and nothing else ever; before it begins there is nothing in it.
  history(`tags=press/speed&${wide}`, yes),
  history(`tags=press/speed&${wide}&limit=2`, yes),
  history(`tags=press/speed&${wide}&format=csv`, yes),
  history(`tags=press/speed&${wide}&format=csv&aggregate=last&interval=7s`, yes),
  ...aggregated,
  history(`tags=press/speed&${range(startMs - 600_000, startMs)}`, hidden),
  history(`tags=press/speed&${range(endMs, endMs + 600_000)}&format=csv`, hidden),
  history(`tags=oven/setpoint&${wide}`, hidden),
  history(`tags=press/speed,oven/setpoint&${wide}`, hidden),
  { route: "GET /api/v1/ticket", inside: yes, outside: yes },
  write("press/speed", done),
  write("oven/setpoint", hidden),
  { route: "GET /api/v1/commands", inside: yes, outside: yes },
  { route: "GET /api/v1/commands/:id", inside: hidden, outside: hidden },
  {
    route: "GET /api/v1/bookings",
    path: `/api/v1/bookings?from=${at(startMs - 1e7)}&to=${at(endMs + 1e7)}`,
    inside: yes,
    outside: yes,
  },
  { route: "GET /api/v1/bookings/:id", inside: hidden, outside: hidden },
  { route: "GET /api/v1/bookings/people", inside: never, outside: never },
  {
    route: "POST /api/v1/bookings",
    question: ({ own }) => ({
      body: { equipment: "press", userId: own.userId, start: at(endMs + 1e6), end: at(endMs + 2e6) },
    }),
    inside: never,
    outside: never,
  },
  {
    route: "PATCH /api/v1/bookings/:id",
    question: () => ({ body: { end: at(endMs + 60_000) }, version: 1 }),
    inside: never,
    outside: never,
  },
  { route: "DELETE /api/v1/bookings/:id", question: () => ({ version: 1 }), inside: never, outside: never },
  ...probesOfControl(),
  ...["audit", "audit/export", "audit/anchors", "audit/verify", "devices", "system", "system/storage"].map((path) => ({
    route: `GET /api/v1/${path}`,
    inside: never,
    outside: never,
  })),
  { route: "POST /api/v1/system/diagnostics", question: () => ({ body: {} }), inside: never, outside: never },
  { route: "GET /api/v1/tokens", inside: never, outside: never },
  {
    route: "POST /api/v1/tokens",
    question: () => ({
      body: { name: "scada", permissions: ["equipment:view"], equipment: ["*"], expiresAt: "2030-01-01T00:00:00Z" },
    }),
    inside: never,
    outside: never,
  },
  { route: "DELETE /api/v1/tokens/:id", path: "/api/v1/tokens/one", inside: never, outside: never },
  { route: "GET /api/v1/certificates", inside: never, outside: never },
  ...probesOfCertificates(),
  { route: "GET /api/v1/grants", inside: yes, outside: yes },
  { route: "GET /api/v1/access", inside: yes, outside: yes },
  { route: "GET /api/v1/access", path: "/api/v1/access?equipment=oven", inside: hidden, outside: hidden },
  {
    route: "POST /api/v1/grants",
    question: () => ({ body: { user: "guest", role: "viewer", equipment: ["*"] } }),
    inside: never,
    outside: never,
  },
  {
    route: "PATCH /api/v1/grants/:id",
    path: "/api/v1/grants/one",
    question: () => ({ body: { role: "administrator" } }),
    inside: never,
    outside: never,
  },
  { route: "DELETE /api/v1/grants/:id", path: "/api/v1/grants/one", inside: never, outside: never },
  { route: "GET /metrics", inside: never, outside: never },
  // Last, since a stop takes back what is on its way.
  stop("/api/v1/equipment/press/stop", done),
  stop("/api/v1/equipment/press/stop", done, { stopToken: true }),
  stop("/api/v1/equipment/oven/stop", hidden),
  { route: "POST /api/v1/stop", question: () => ({ body: { wait: 0 } }), inside: done, outside: yes },
];

/** Of these no answer has anything of a machine in it. */
const withoutMachine =
  /^(HEAD|OPTIONS) |\/(healthz|readyz|ca\.pem|security\.txt)$|\/api\/docs|\/api\/v1\/(auth\/|users|organisations(\/|$)|greeting$|openapi\.json$|live$)/;
/** These ask for the device key of a kiosk, which no guest has; the policy matrix shows it. */
const ofKiosks = / \/api\/v1\/kiosk(\/|$)/;

interface Answered {
  readonly probe: Probe;
  readonly guest: Reply;
  readonly stranger: Reply;
}

let gateway: BookingGateway;
const answers = new Map<string, Answered[]>();
const ownCommands: string[] = [];

beforeAll(async () => {
  gateway = await new BookingGateway(startMs - 400_000).start({
    supervisor: "supervisor",
    gina: "guest",
    otto: "guest",
    nina: "guest",
  });
  gateway.poll(first);
  // The slots of somebody else lie against hers on both sides, and beside it on the other machine.
  const others = await gateway.book("otto", "press", startMs - 300_000, startMs);
  await gateway.book("otto", "press", endMs, endMs + 300_000);
  await gateway.book("otto", "oven", startMs - 300_000, endMs + 300_000);
  const own = await gateway.book("gina", "press", startMs, endMs);
  await gateway.passUntil(startMs - 200_000);
  const foreignCommand = await asOtto(440.125);
  const bench: Bench = { gateway, ticket: "", own, foreign: others, foreignCommand, n: 0 };
  for (const [n, moment] of moments.entries()) {
    await gateway.passUntil(moment.atMs);
    gateway.poll({
      "press/speed": moment.inside ? 221.25 + n : 441.125 + n,
      "press/running": true,
      "oven/setpoint": 450.125 + n,
    });
    answers.set(moment.name, await askAll({ ...bench, n }));
  }
}, 60_000);
afterAll(() => gateway?.close());

const first = {
  "press/speed": 420.125,
  "press/key": true,
  "press/running": true,
  "press/stop_request": false,
  "press/recipe": 1,
  "press/guard": true,
  "oven/setpoint": 450.125,
  "oven/temperature": 460.125,
  "oven/running": true,
  "oven/halt": false,
};

/** What somebody else commanded in a slot of his own. */
async function asOtto(value: number): Promise<string> {
  gateway.poll({});
  const body = { target: "press/speed", value, key: randomUUID(), ticket: await gateway.ticket(), wait: 0 };
  const answer = await gateway.ask<Command>("otto", "POST /api/v1/commands", { body });
  expect(answer.status, answer.text).toBeLessThan(300);
  await gateway.pass(5000);
  return answer.body.id;
}

async function askAll(bench: Bench): Promise<Answered[]> {
  const all: Answered[] = [];
  const ticket = await gateway.ticket();
  for (const probe of probes) {
    const [method, url = ""] = probe.route.split(" ");
    const id = url.includes("commands") ? bench.foreignCommand : method === "GET" ? bench.foreign.id : bench.own.id;
    const route = `${method} ${probe.path ?? url.replace(":id", id)}`;
    const question = probe.question?.({ ...bench, ticket }) ?? {};
    const suffix = probe.stopToken ? " (stop)" : "";
    // The stranger first: where the guest may stop, nobody is to wait for the end of that.
    const stranger = await gateway.ask(`nina${suffix}`, route, question);
    const guest = await gateway.ask(`gina${suffix}`, route, question);
    all.push({ probe, guest, stranger });
    const { id: made } = guest.body as Partial<Command>;
    if (probe.route === "POST /api/v1/commands" && guest.status < 300 && made) ownCommands.push(made);
  }
  return all;
}

const nameOf = ({ route, path, stopToken }: Probe): string =>
  `${route} ${path ?? ""}${stopToken ? " (stop token)" : ""}`;

describe("the routes", () => {
  it("are all asked, or have nothing of a machine in their answer", () => {
    const asked = new Set(probes.map((probe) => probe.route));
    const forgotten = gateway.api.routes
      .map(({ method, url }) => `${method} ${url}`)
      .filter((route) => !asked.has(route) && !withoutMachine.test(route) && !ofKiosks.test(route));
    expect(forgotten).toEqual([]);
  });
});

describe.each(moments)("a guest $name", ({ name, inside, atMs }) => {
  const replies = (): Answered[] => answers.get(name) ?? [];
  const one = (route: string): Reply => replies().find(({ probe }) => probe.route === route)?.guest as Reply;

  it("is let in, or told that there is nothing, on every route", () => {
    expect(replies()).toHaveLength(probes.length);
    const wrong = replies().filter(
      ({ probe, guest }) => !(inside ? probe.inside : probe.outside).includes(guest.status),
    );
    expect(wrong.map(({ probe, guest }) => `${nameOf(probe)}: ${guest.status} ${guest.text.slice(0, 200)}`)).toEqual(
      [],
    );
  });

  it("is shown nothing of what belongs to somebody else", () => {
    for (const { probe, guest } of replies()) expect(guest.text, nameOf(probe)).not.toMatch(foreign);
    for (const { probe, guest } of replies()) expect(guest.text, nameOf(probe)).not.toMatch(/otto/);
  });

  if (!inside)
    it("gets, besides its own records, word for word what a guest without any booking gets", () => {
      const own = /history|bookings|ticket|GET \/api\/v1\/(commands|grants|access)/;
      for (const { probe, guest, stranger } of replies())
        if (!own.test(probe.route))
          expect({ status: guest.status, text: guest.text }, nameOf(probe)).toEqual({
            status: stranger.status,
            text: stranger.text,
          });
    });

  it("sees exactly its machine, its tags and its values, or none", () => {
    const machines = one("GET /api/v1/equipment").body as unknown as { id: string }[];
    expect(machines.map(({ id }) => id)).toEqual(inside ? ["press"] : []);
    for (const route of ["GET /api/v1/tags", "GET /api/v1/values"]) {
      const tags = (one(route).body as unknown as { tag: string }[]).map(({ tag }) => tag.split("/")[0]);
      expect(new Set(tags)).toEqual(new Set(inside ? ["press"] : []));
    }
    const { stops } = one("POST /api/v1/stop").body as unknown as { stops: { equipment: string }[] };
    expect(stops.map(({ equipment }) => equipment)).toEqual(inside ? ["press"] : []);
  });

  it("reads out of the history its own slot and nothing from beside it", () => {
    const begun = Math.max(0, Math.min(atMs, endMs) - startMs);
    let answered = 0;
    for (const { probe, guest } of replies()) {
      if (!probe.route.includes("history") || guest.status !== 200) continue;
      for (const [timeMs, value] of pointsOf(guest)) {
        expect(timeMs, nameOf(probe)).toBeGreaterThanOrEqual(startMs);
        expect(timeMs, nameOf(probe)).toBeLessThan(endMs);
        if (value === null) continue;
        answered++;
        expect(value, nameOf(probe)).toBeGreaterThanOrEqual(200);
        expect(value, nameOf(probe)).toBeLessThan(300);
      }
    }
    // Something is recorded from its first change on, so a filter that hides everything is seen here.
    if (begun > 0) expect(answered).toBeGreaterThan(0);
  });

  it("has only its own booking and its own commands in the lists", async () => {
    const { items: bookings } = one("GET /api/v1/bookings").body as unknown as { items: BookingView[] };
    expect(bookings.map(({ user, start }) => [user, start])).toEqual([["gina", at(startMs)]]);
    const { items } = one("GET /api/v1/commands").body as unknown as { items: Command[] };
    if (inside) expect(items.length).toBeGreaterThan(0);
    else expect(items).toEqual([]);
    for (const { id, kind } of items) expect(kind === "stop" || ownCommands.includes(id)).toBe(true);
  });
});

describe("afterwards", () => {
  it("nothing was written to the machines but what was asked for inside", () => {
    const speeds = gateway.written.filter(({ tag }) => tag === "press/speed").map(({ value }) => Number(value));
    expect(speeds[0]).toBe(440.125);
    expect(speeds.slice(1).every((value) => value > 230 && value < 240)).toBe(true);
    expect(speeds.length).toBe(1 + moments.filter(({ inside }) => inside).length);
    expect(gateway.written.filter(({ tag }) => tag.startsWith("oven"))).toEqual([]);
  });

  it("its pages of the history follow one another to the same end, all of it from its slot", async () => {
    await gateway.history.flush();
    const base = `/api/v1/history?tags=press/speed&${wide}`;
    const whole = pointsOf(await gateway.ask("gina", `GET ${base}`));
    const paged: Point[] = [];
    let next: string | undefined = "";
    while (next !== undefined) {
      const answer: Reply<{ next?: string }> = await gateway.ask(
        "gina",
        `GET ${base}&limit=2${next && `&next=${encodeURIComponent(next)}`}`,
      );
      paged.push(...pointsOf(answer));
      next = answer.body.next;
    }
    expect(whole.length).toBeGreaterThanOrEqual(8);
    expect(paged).toEqual(whole);
  });

  it("a page number made up shows nothing from beside the slot", async () => {
    for (const next of ["1:", "99:", "-1:", "0:0", "0:99999999", "0:xyz", `0:${startMs - 60_000}`, `0:${endMs + 1}`]) {
      const answer = await gateway.ask(
        "gina",
        `GET /api/v1/history?tags=press/speed&${wide}&next=${encodeURIComponent(next)}`,
      );
      expect([200, 400, 422]).toContain(answer.status);
      expect(answer.text).not.toMatch(foreign);
    }
  });

  it("staff sees all of it, so that there was something to hide", async () => {
    const answer = await gateway.ask("supervisor", `GET /api/v1/history?tags=press/speed&${wide}`);
    expect(pointsOf(answer).filter(([, value]) => (value ?? 0) > 400).length).toBeGreaterThanOrEqual(5);
    const { body } = await gateway.ask<{ items: Command[] }>("supervisor", "GET /api/v1/commands?equipment=press");
    expect(body.items.some(({ user }) => user === "otto")).toBe(true);
  });
});

type Point = readonly [number, number | null];

/** Time and value, out of JSON or CSV. */
function pointsOf(reply: Reply): Point[] {
  const { series } = reply.body as { series?: { points: Point[] }[] };
  if (series) return series.flatMap(({ points }) => points);
  const [head = [], ...rows] = reply.text
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(","));
  const cell = (row: readonly string[], name: string) => row[head.indexOf(name)] ?? "";
  return rows.map((row) => [
    Date.parse(cell(row, "time")),
    cell(row, "value") === "" ? null : Number(cell(row, "value")),
  ]);
}
