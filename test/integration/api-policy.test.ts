import { readFile, writeFile } from "node:fs/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { messagePolicies } from "../../gateway/api/live/policy.ts";
import { rightCode } from "../../gateway/api/testing/factors.ts";
import { ClientMessage } from "../../gateway/api/wire/live.ts";
import { tokenPermissions } from "../../gateway/core/access/policy.ts";
import type { TokenWish } from "../../gateway/core/access/token.ts";
import type { SignInAnswer } from "../../gateway/services/use-cases.ts";
import { ApiServer } from "./api-server.ts";

/**
 * S1: every route of the router and every message of the socket, called as everybody, against a
 * committed table. A change of it is a change of who may do what: write it anew with
 * `PLANCIA_WRITE_MATRIX=1` and read the difference.
 */
const matrixFile = new URL("./policy-matrix.json", import.meta.url);

const columns = [
  "nobody",
  "kiosk",
  "stop token",
  "guest without slot",
  "guest with another's machine",
  "guest in slot",
  "guest who leads acme",
  "guest who leads zeta",
  "viewer",
  "operator",
  "supervisor",
  "engineer",
  "auditor",
  "administrator",
  "administrator, locked",
  "administrator's program",
  "program that looks at the press",
] as const;
type Column = (typeof columns)[number];

const people: Partial<Record<Column, string>> = {
  "stop token": "operator",
  "guest without slot": "nobody-yet",
  "guest with another's machine": "elsewhere",
  "guest in slot": "inside",
  "guest who leads acme": "lea",
  "guest who leads zeta": "zoe",
  viewer: "viewer",
  operator: "operator",
  supervisor: "supervisor",
  engineer: "engineer",
  auditor: "auditor",
  administrator: "administrator",
  "administrator, locked": "administrator",
  "administrator's program": "administrator",
  "program that looks at the press": "administrator",
};

/** What their tokens are scoped to; the first to everything that a token can be. */
const scopes: Partial<Record<Column, Pick<TokenWish, "permissions" | "equipment">>> = {
  "administrator's program": { permissions: tokenPermissions, equipment: ["*"] },
  "program that looks at the press": { permissions: ["equipment:view"], equipment: ["press"] },
};

/** `version`: goes as If-Match. */
interface Sent {
  readonly url?: string;
  readonly body?: object;
  readonly cookie?: true;
  readonly version?: number;
}

type Matrix = Record<string, Partial<Record<Column, string>>>;

/** Whose PIN is typed wherever one is asked for: whoever asks knows it, so that only the device decides. */
const attendant = { user: "anna", pin: "482915" };

const tokenWish = { name: "scada", permissions: ["equipment:view"], equipment: ["press"] };

/** What is sent to each route: right in every field, so that only the person decides. */
function requestFor(server: ApiServer, command: string): Map<string, Sent> {
  const hour = `start=${new Date(Date.now() - 3_600_000).toISOString()}`;
  const at = (hours: number): string => new Date(Date.now() + hours * 3_600_000).toISOString();
  const day = `from=${at(-12)}&to=${at(12)}`;
  const tomorrow = { start: at(24), end: at(25) };
  const ticket = server.bench.tickets.current();
  const changes = { digest: server.bench.changes.desk.control("press")?.digest };
  return new Map<string, Sent>([
    ["POST /api/v1/auth/login", { body: { username: "viewer", password: "secret of viewer" } }],
    ["POST /api/v1/auth/first", { body: { secret: "none", username: "x", password: "long enough" } }],
    ["POST /api/v1/auth/refresh", { cookie: true }],
    ["GET /api/v1/auth/oidc/:id", { url: "/api/v1/auth/oidc/none" }],
    ["HEAD /api/v1/auth/oidc/:id", { url: "/api/v1/auth/oidc/none" }],
    ["GET /api/v1/auth/oidc/:id/callback", { url: "/api/v1/auth/oidc/none/callback" }],
    ["HEAD /api/v1/auth/oidc/:id/callback", { url: "/api/v1/auth/oidc/none/callback" }],
    ["POST /api/v1/auth/oidc/:id/backchannel-logout", { url: "/api/v1/auth/oidc/none/backchannel-logout" }],
    ["POST /api/v1/auth/factor", { body: { password: "wrong" } }],
    ["POST /api/v1/auth/factor/activate", { body: { otp: "000000" } }],
    ["POST /api/v1/auth/passkeys/begin", { body: { password: "wrong" } }],
    ["POST /api/v1/auth/passkeys/question", { body: { for: "step-up" } }],
    ["POST /api/v1/auth/login/passkey", { body: { username: "viewer", password: "wrong" } }],
    ["POST /api/v1/auth/step-up", { body: { otp: "000000" } }],
    ["POST /api/v1/auth/unlock", { body: { otp: rightCode } }],
    ["DELETE /api/v1/auth/sign-ins/:id", { url: "/api/v1/auth/sign-ins/none" }],
    ["GET /api/v1/users/:id/sign-ins", { url: "/api/v1/users/u-viewer/sign-ins" }],
    ["HEAD /api/v1/users/:id/sign-ins", { url: "/api/v1/users/u-viewer/sign-ins" }],
    ["DELETE /api/v1/users/:id/sign-ins/:signIn", { url: "/api/v1/users/u-viewer/sign-ins/none" }],
    ["DELETE /api/v1/users/:id/factor", { url: "/api/v1/users/u-viewer/factor" }],
    ["GET /api/v1/equipment/:id", { url: "/api/v1/equipment/press" }],
    ["GET /api/v1/values", { url: "/api/v1/values?tags=press/speed" }],
    ["POST /api/v1/values", { body: { tags: ["press/speed"] } }],
    ["GET /api/v1/history", { url: `/api/v1/history?tags=press/speed&${hour}` }],
    ["POST /api/v1/commands", { body: { target: "press/speed", value: 410, key: "matrix-0001", ticket } }],
    ["GET /api/v1/commands/:id", { url: `/api/v1/commands/${command}` }],
    ["POST /api/v1/commands/dry-run", { body: { target: "press/speed", value: 410 } }],
    ["GET /api/v1/equipment/:id/why", { url: "/api/v1/equipment/press/why?target=press/speed" }],
    ["POST /api/v1/commands/:id/operate", { url: `/api/v1/commands/${command}/operate`, body: { ticket } }],
    ["POST /api/v1/commands/:id/approve", { url: `/api/v1/commands/${command}/approve`, body: { ticket } }],
    ["POST /api/v1/commands/:id/cancel", { url: `/api/v1/commands/${command}/cancel` }],
    ["POST /api/v1/equipment/:id/lease", { url: "/api/v1/equipment/press/lease", body: {} }],
    ["DELETE /api/v1/equipment/:id/lease", { url: "/api/v1/equipment/press/lease" }],
    ["POST /api/v1/equipment/:id/lease/request", { url: "/api/v1/equipment/press/lease/request", body: {} }],
    [
      "POST /api/v1/equipment/:id/lease/answer",
      { url: "/api/v1/equipment/press/lease/answer", body: { accept: true } },
    ],
    ["POST /api/v1/equipment/:id/lease/take", { url: "/api/v1/equipment/press/lease/take", body: { reason: "x" } }],
    ["GET /api/v1/equipment/:id/hand-over", { url: "/api/v1/equipment/press/hand-over" }],
    ["HEAD /api/v1/equipment/:id/hand-over", { url: "/api/v1/equipment/press/hand-over" }],
    ["POST /api/v1/equipment/:id/hand-over", { url: "/api/v1/equipment/press/hand-over", body: { text: "x" } }],
    ["GET /api/v1/bookings", { url: `/api/v1/bookings?${day}` }],
    ["HEAD /api/v1/bookings", { url: `/api/v1/bookings?${day}` }],
    ["POST /api/v1/bookings", { body: { equipment: "oven", userId: "u-inside", ...tomorrow } }],
    ["GET /api/v1/bookings/:id", { url: "/api/v1/bookings/booking-inside" }],
    ["PATCH /api/v1/bookings/:id", { url: "/api/v1/bookings/booking-elsewhere", body: { title: "x" }, version: 1 }],
    ["DELETE /api/v1/bookings/:id", { url: "/api/v1/bookings/booking-elsewhere", version: 2 }],
    ["POST /api/v1/users", { body: { name: "new", role: "viewer", password: "long enough" } }],
    ["PATCH /api/v1/users/:id", { url: "/api/v1/users/u-viewer", body: { language: "it" } }],
    [
      "PATCH /api/v1/certificates/:fingerprint",
      { url: `/api/v1/certificates/${"a1".repeat(32)}`, body: { state: "trusted" } },
    ],
    ["POST /api/v1/certificates", { body: { driver: "opcua", pem: "certificate" } }],
    ["GET /api/v1/certificates/own/:driver", { url: "/api/v1/certificates/own/opcua" }],
    ["HEAD /api/v1/certificates/own/:driver", { url: "/api/v1/certificates/own/opcua" }],
    ["PATCH /api/v1/certificates/own/:driver", { url: "/api/v1/certificates/own/opcua", body: { use: "new" } }],
    ["POST /api/v1/certificates/revocations", { body: { driver: "opcua", list: "list" } }],
    ["GET /api/v1/grants", { url: "/api/v1/grants?user=u-viewer" }],
    ["HEAD /api/v1/grants", { url: "/api/v1/grants?user=u-viewer" }],
    ["GET /api/v1/access", { url: "/api/v1/access?user=u-viewer&equipment=press" }],
    ["HEAD /api/v1/access", { url: "/api/v1/access?user=u-viewer&equipment=press" }],
    [
      "POST /api/v1/grants",
      { body: { subject: { kind: "user", id: "u-viewer" }, role: "operator", equipment: ["press"] } },
    ],
    ["PATCH /api/v1/grants/:id", { url: "/api/v1/grants/g-viewer", body: { highestClass: "C1" } }],
    ["DELETE /api/v1/grants/:id", { url: "/api/v1/grants/g-viewer" }],
    ["POST /api/v1/tokens", { body: { ...tokenWish, expiresAt: at(24) } }],
    ["DELETE /api/v1/tokens/:id", { url: "/api/v1/tokens/none" }],
    ["POST /api/v1/organisations", { body: { id: "omega", name: "Omega" } }],
    ["PATCH /api/v1/organisations/:id", { url: "/api/v1/organisations/zeta", body: { name: "Zeta Ltd" } }],
    ["GET /api/v1/organisations/:id/members", { url: "/api/v1/organisations/acme/members" }],
    ["HEAD /api/v1/organisations/:id/members", { url: "/api/v1/organisations/acme/members" }],
    ["POST /api/v1/organisations/:id/members", { url: "/api/v1/organisations/acme/members", body: { name: "new" } }],
    ["POST /api/v1/organisations/:id/members/:user/link", { url: "/api/v1/organisations/acme/members/u-invited/link" }],
    [
      "PATCH /api/v1/organisations/:id/members/:user",
      { url: "/api/v1/organisations/acme/members/u-invited", body: { leads: true } },
    ],
    ["DELETE /api/v1/organisations/:id/members/:user", { url: "/api/v1/organisations/acme/members/u-invited" }],
    ["POST /api/v1/auth/join", { body: { secret: "none", password: "long enough" } }],
    ["POST /api/v1/equipment/:id/stop", { url: "/api/v1/equipment/press/stop" }],
    ["POST /api/v1/kiosk/enrol", { body: { secret: "none" } }],
    ["POST /api/v1/kiosk/confirm", { body: attendant }],
    ["POST /api/v1/kiosk/decline", { body: { command: "none" } }],
    ["POST /api/v1/kiosk/lock-out", { body: attendant }],
    ["POST /api/v1/kiosk/lock-out/lift", { body: { ...attendant, id: "none" } }],
    ["POST /api/v1/kiosk/island", { body: { ...attendant, on: true } }],
    ["GET /api/v1/equipment/:id/commissioning", { url: "/api/v1/equipment/press/commissioning" }],
    ["HEAD /api/v1/equipment/:id/commissioning", { url: "/api/v1/equipment/press/commissioning" }],
    ["POST /api/v1/config/changes/:equipment/confirm", { url: "/api/v1/config/changes/press/confirm", body: changes }],
    ["POST /api/v1/config/changes/:equipment/accept", { url: "/api/v1/config/changes/press/accept", body: changes }],
    ["GET /api/v1/config/versions/:n", { url: "/api/v1/config/versions/1" }],
    ["HEAD /api/v1/config/versions/:n", { url: "/api/v1/config/versions/1" }],
    ["POST /api/v1/config/versions/:n/back", { url: "/api/v1/config/versions/1/back", body: {} }],
    ["POST /api/v1/config/tags/look", { body: { csv: "dGFnCg==" } }],
    ["POST /api/v1/config/tags", { body: { csv: "dGFnCg==", base: "0".repeat(64) } }],
    ["GET /api/docs/static/*", { url: "/api/docs/static/swagger-ui.css" }],
    ["HEAD /api/docs/static/*", { url: "/api/docs/static/swagger-ui.css" }],
  ]);
}

/** One gateway for each person, so that nobody's doings stand in another's way. */
async function askAll(column: Column, matrix: Matrix): Promise<void> {
  const server = await new ApiServer().start();
  putTenants(server);
  const staff = (await server.bench.people.enter("supervisor")).caller;
  const { id } = await server.bench.useCases.commands.stop(staff, "press", { reason: "matrix", waitMs: 3000 });
  server.bench.set("press/running", true);
  const { kiosk } = server.bench;
  kiosk.put(attendant.user, attendant.pin);
  await kiosk.site.start();
  const { key } = await kiosk.enrolled();
  const requests = requestFor(server, id);
  for (const { method, url } of server.api.routes) {
    const name = `${method} ${url}`;
    const { url: path = url, body, cookie, version } = requests.get(name) ?? {};
    const person = people[column];
    const answer = person === undefined ? undefined : await server.bench.people.enter(person);
    if (answer && column === "administrator, locked") await server.bench.useCases.screens.lock(answer.caller);
    const token = await credentialOf(server, column, answer);
    const headers: Record<string, string> = {
      // As a page of the gateway itself would send it: where it comes from is not what is tried here.
      ...(url.startsWith("/api/v1/kiosk") ? { origin: server.url } : {}),
      ...(column === "kiosk" ? { cookie: `plancia_kiosk=${key}` } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(cookie && answer && column !== "stop token" ? { cookie: `plancia_session=${answer.cookie}` } : {}),
      ...(version === undefined ? {} : { "if-match": `"${version}"` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    };
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers,
      redirect: "manual",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const code = response.headers.get("content-type") === "application/problem+json" ? ` ${JSON.parse(text).code}` : "";
    const row = matrix[name] ?? {};
    row[column] = `${response.status}${code}${seen(name, text)}`;
    matrix[name] = row;
    server.bench.refresh();
  }
  for (const type of Object.keys(messagePolicies)) {
    const row = matrix[`live ${type}`] ?? {};
    row[column] = await askLive(server, column, type as ClientMessage["type"]);
    matrix[`live ${type}`] = row;
  }
  await server.stop();
}

/** One token a column, made at its first use. */
const tokenTexts = new WeakMap<ApiServer, string>();

async function credentialOf(
  server: ApiServer,
  column: Column,
  answer: SignInAnswer | undefined,
): Promise<string | undefined> {
  if (answer === undefined) return undefined;
  const scope = scopes[column];
  if (scope === undefined) return column === "stop token" ? answer.stopToken : answer.accessToken;
  const text = tokenTexts.get(server);
  if (text !== undefined) return text;
  const wish = { ...scope, name: "matrix", addresses: [], expiresAt: Date.now() + 3_600_000 };
  const made = await server.bench.useCases.programs.make(answer.caller, wish);
  tokenTexts.set(server, made.text);
  return made.text;
}

/** Two organisations of guests, each with its leader; of acme one more who was invited and has no password yet. */
function putTenants({ bench: { people } }: ApiServer): void {
  const put = (name: string, organisation: string, more: object): void => {
    const user = people.put(name, "guest", []);
    people.users.set(user.id, { ...user, organisation, ...more });
  };
  put("lea", "acme", { leads: true });
  put("invited", "acme", { passwordHash: undefined });
  put("zoe", "zeta", { leads: true });
}

/** Where everybody gets an answer, what is in it decides. */
function seen(name: string, text: string): string {
  if (!/^GET \/api\/v1\/(equipment|tags|commands|bookings)$/.test(name) || text.startsWith('{"type"')) return "";
  const machines = new Set<string>();
  for (const [, id] of text.matchAll(/"(?:equipment|id)":"(press|oven)"/g)) if (id) machines.add(id);
  return ` [${[...machines].sort().join(",")}]`;
}

async function askLive(server: ApiServer, column: Column, type: ClientMessage["type"]): Promise<string> {
  const client = server.open();
  await client.opened;
  const person = people[column];
  const answer = person === undefined ? undefined : await server.bench.people.enter(person);
  if (answer && column === "administrator, locked") await server.bench.useCases.screens.lock(answer.caller);
  const token = await credentialOf(server, column, answer);
  if (token !== undefined) client.say({ type: "authenticate", token });
  else if (type === "authenticate") client.say({ type: "authenticate", token: "none" });
  if (type === "subscribe") client.say({ type, id: 1, tags: ["*"] });
  if (type === "unsubscribe") client.say({ type, id: 1 });
  if (type === "events") client.say({ type, since: 0 });
  if (type === "active") client.say({ type });
  if (type === "lease-alive") client.say({ type, n: 1, visible: true });
  // Answered in order: the error to this one tells that everything before it was answered.
  client.say({ type: "subscribe", id: 2, tags: ["marker/none"] });
  // Who may not look is told so once for each of the two.
  const isProgram = scopes[column] !== undefined;
  const denials = isProgram ? Number.POSITIVE_INFINITY : typeof messagePolicies[type] === "object" ? 2 : 1;
  const closed = await Promise.race([client.closed, waitForMarker(client, denials)]);
  const said = client.received.filter((message) => message.type === "error").map((message) => message.code);
  if (said.filter((code) => code === "auth/forbidden").length >= denials) said.pop();
  const subscribed = client.received.find((message) => message.type === "subscribed" && message.id === 1);
  const machines =
    subscribed?.type === "subscribed" ? new Set(subscribed.tags.map((tag) => tag.tag.split("/")[0])) : [];
  const events = client.received.filter((message) => message.type === "event").length > 0 ? " sees events" : "";
  client.socket.terminate();
  const sees = subscribed ? ` [${[...machines].sort().join(",")}]` : "";
  return `${closed === undefined ? "answered" : `closed ${closed}`}${said.map((code) => ` ${code}`).join("")}${sees}${events}`;
}

async function waitForMarker(
  client: { received: { type: string; id?: number; code?: string }[] },
  denials: number,
): Promise<undefined> {
  const denied = () => client.received.filter((message) => message.code === "auth/forbidden").length;
  while (denied() < denials && !client.received.some((message) => message.type === "subscribed" && message.id === 2)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if ((client as { socket?: { readyState: number } }).socket?.readyState === 3) return new Promise(() => undefined);
  }
  return undefined;
}

describe("the policy matrix", () => {
  const matrix: Matrix = {};
  let committed: Matrix;

  beforeAll(async () => {
    for (const column of columns) await askAll(column, matrix);
    if (process.env["PLANCIA_WRITE_MATRIX"]) await writeFile(matrixFile, `${JSON.stringify(matrix, null, 2)}\n`);
    committed = JSON.parse(await readFile(matrixFile, "utf8"));
  });

  it("is as committed, route by route and message by message", () => {
    expect(matrix).toEqual(committed);
  });

  it("covers every message that the socket knows", () => {
    const types = ClientMessage.options.map((option) => option.shape.type.value);
    expect(Object.keys(messagePolicies).sort()).toEqual(types.sort());
  });

  it("lets nobody in where the policy is not public", () => {
    const open = Object.entries(matrix).filter(([, row]) => row.nobody?.startsWith("200"));
    expect(open.map(([name]) => name)).toEqual([
      "GET /healthz",
      "GET /readyz",
      "POST /api/v1/auth/login",
      "GET /api/v1/auth/providers",
      "GET /api/v1/greeting",
      "GET /api/v1/openapi.json",
      "GET /api/docs",
      "GET /api/docs/static/swagger-initializer.js",
      "GET /api/docs/json",
      "GET /api/docs/yaml",
      "HEAD /api/docs/static/*",
      "GET /api/docs/static/*",
    ]);
  });

  it("gives the stop token stop requests and their record, nothing else", () => {
    const allowed = Object.entries(matrix).filter(([, row]) => row["stop token"] !== row.nobody);
    expect(allowed.map(([name, row]) => [name, row["stop token"]])).toEqual([
      ["GET /api/v1/commands/:id", "404 request/not-found"],
      ["POST /api/v1/equipment/:id/stop", "200"],
      ["POST /api/v1/stop", "200"],
    ]);
  });

  it("lets a locked screen look and stop, unlock and leave, and change nothing", () => {
    const stops =
      /\/stop$|\/auth\/(login|login\/passkey|passkeys\/question|first|join|refresh|logout|lock|unlock)$|\/backchannel-logout$/;
    for (const [name, row] of Object.entries(matrix)) {
      const locked = row["administrator, locked"];
      const looks = /^(GET|HEAD|live) /.test(name) || /\/(values|commands\/dry-run)$/.test(name);
      if (!looks && !stops.test(name) && !name.includes("/kiosk"))
        expect([name, locked]).toEqual([name, "403 auth/locked"]);
    }
    expect(matrix["GET /api/v1/users"]?.["administrator, locked"]).toBe("403 auth/locked");
    expect(matrix["GET /api/v1/equipment"]?.["administrator, locked"]).toBe("200 [oven,press]");
    expect(matrix["POST /api/v1/equipment/:id/stop"]?.["administrator, locked"]).toBe("200");
  });

  it("gives a program what its token is scoped to, and no account, no control, no second person's word", () => {
    const asNobody = (row: Matrix[string], column: Column) => row[column] === row.nobody;
    const opened = (column: Column) =>
      Object.entries(matrix)
        .filter(([name, row]) => !/^(HEAD|live) /.test(name) && !asNobody(row, column))
        .filter(([, row]) => row[column] !== "403 auth/forbidden")
        .map(([name]) => name);
    expect(opened("program that looks at the press")).toEqual([
      "GET /api/v1/equipment",
      "GET /api/v1/equipment/:id",
      "GET /api/v1/tags",
      "GET /api/v1/values",
      "POST /api/v1/values",
      "GET /api/v1/commands",
      "GET /api/v1/commands/:id",
      "POST /api/v1/commands/dry-run",
      "GET /api/v1/equipment/:id/why",
      "GET /api/v1/equipment/:id/hand-over",
      "GET /api/v1/equipment/:id/commissioning",
    ]);
    expect(opened("administrator's program")).toEqual([
      "GET /metrics",
      "GET /api/v1/equipment",
      "GET /api/v1/equipment/:id",
      "GET /api/v1/tags",
      "GET /api/v1/values",
      "POST /api/v1/values",
      "GET /api/v1/history",
      "GET /api/v1/ticket",
      "POST /api/v1/commands",
      "GET /api/v1/commands",
      "GET /api/v1/commands/:id",
      "POST /api/v1/commands/dry-run",
      "GET /api/v1/equipment/:id/why",
      "GET /api/v1/equipment/:id/hand-over",
      "GET /api/v1/bookings",
      "GET /api/v1/bookings/:id",
      "GET /api/v1/devices",
      "GET /api/v1/system",
      "GET /api/v1/system/storage",
      "GET /api/v1/audit",
      "GET /api/v1/audit/export",
      "GET /api/v1/audit/anchors",
      "GET /api/v1/audit/verify",
      "GET /api/v1/equipment/:id/commissioning",
      "GET /api/v1/config/changes",
      "POST /api/v1/equipment/:id/stop",
      "POST /api/v1/stop",
    ]);
    for (const column of Object.keys(scopes) as Column[])
      for (const type of ["active", "lease-alive"])
        expect([column, matrix[`live ${type}`]?.[column]]).toEqual([column, "answered auth/forbidden"]);
    for (const [name, row] of Object.entries(matrix))
      if (/\/(auth|users|grants|access|tokens|organisations|kiosk|lease|on-call|approve|operate|cancel)\b/.test(name))
        for (const column of ["administrator's program", "program that looks at the press"] as const)
          expect([name, column, /^(200|201|202|204)/.test(row[column] ?? "") && !asNobody(row, column)]).toEqual([
            name,
            column,
            false,
          ]);
  });

  it("gives a kiosk its own routes, and its routes to nobody else", () => {
    for (const [name, row] of Object.entries(matrix)) {
      if (name.startsWith("live ")) continue;
      const own = /\/api\/v1\/kiosk(?!\/enrol)/.test(name);
      if (!own) expect([name, row.kiosk]).toEqual([name, row.nobody]);
      else
        for (const column of columns)
          expect([name, column, row[column] !== "401 auth/required"]).toEqual([name, column, column === "kiosk"]);
    }
  });

  it("gives a guest outside its slot no more than one whose machine does not exist", () => {
    for (const [name, row] of Object.entries(matrix)) {
      if (!/equipment|values|history|commands|stop$/.test(name)) continue;
      if (/^GET .*\/(equipment|commands)$/.test(name)) continue;
      const outside = [row["guest without slot"], row["guest with another's machine"]];
      if (name === "POST /api/v1/stop" || name.includes("/kiosk")) continue;
      // What no guest ever may is refused for what he is, not for which machine it is.
      if (row["guest in slot"] === "403 auth/forbidden") continue;
      expect(outside, name).toEqual(["404 request/not-found", "404 request/not-found"]);
    }
  });
});
