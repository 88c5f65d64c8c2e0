import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fastify } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { collectRoutes } from "./policy.ts";
import { InjectBench } from "./testing/inject.ts";
import type { Me, SignedIn } from "./wire/auth.ts";

let bench: InjectBench;

const long = "a".repeat(9000);

beforeEach(() => {
  bench = new InjectBench();
});

afterEach(() => bench.close());

describe("every route", () => {
  it("declares its policy, else the app does not start", async () => {
    const app = fastify();
    const routes = collectRoutes(app);
    app.get("/open", { config: { policy: "public" } }, async () => "");
    app.get("/forgotten", async () => "");
    await app.ready();
    expect(routes).toThrow("GET /forgotten");
  });

  it("settles who asks before it looks at what was sent", async () => {
    const broken = { raw: "{ not json" };
    expect((await bench.call("POST", "/api/v1/commands", broken)).status).toBe(401);
    expect((await bench.call("POST", "/api/v1/commands", { ...broken, as: "viewer" })).status).toBe(403);
    expect((await bench.call("POST", "/api/v1/commands", { ...broken, as: "operator" })).status).toBe(400);
  });

  it("tells the audit of a role that lacks the permission", async () => {
    await bench.call("POST", "/api/v1/users", { as: "operator", body: {} });
    expect(bench.bench.denied).toEqual(["operator people:manage POST /api/v1/users"]);
  });

  it("is described in OpenAPI 3.1 with its way of signing in", async () => {
    const { body } = await bench.call<{
      openapi: string;
      paths: Record<string, Record<string, { security: object[] }>>;
    }>("GET", "/api/v1/openapi.json");
    expect(body.openapi).toBe("3.1.0");
    const stop = body.paths["/api/v1/stop"]?.["post"]?.security;
    expect(stop).toEqual([{ accessToken: [] }, { stopToken: [] }, { apiToken: [] }]);
    expect(body.paths["/api/v1/tokens"]?.["post"]?.security).toEqual([{ accessToken: [] }]);
    expect(body.paths["/api/v1/auth/login"]?.["post"]?.security).toEqual([]);
    const described = Object.keys(body.paths).length;
    expect(described).toBeGreaterThan(20);
  });
});

describe("errors", () => {
  it("are problem documents with a stable code and the pointer to each wrong field", async () => {
    const body = { target: "press/speed", key: "short", ticket: 7, extra: 1 };
    const answer = await bench.call("POST", "/api/v1/commands", { as: "operator", body });
    expect(answer.headers["content-type"]).toBe("application/problem+json");
    expect(answer.problem).toMatchObject({ status: 400, code: "request/invalid", instance: "/api/v1/commands" });
    expect(answer.problem.errors?.map((field) => field.pointer).sort()).toEqual(["/extra", "/key", "/ticket"]);
  });

  it("that are ours show a reference number and nothing of the inside", async () => {
    const lines: object[] = [];
    const log = { debug() {}, info() {}, warn() {}, error: (line: object) => lines.push(line), child: () => log };
    const failing = new InjectBench({ log });
    failing.bench.people.renew = () => Promise.reject(new Error("x"));
    failing.bench.useCases.audit.list = () => Promise.reject(new TypeError("password=hunter2"));
    const answer = await failing.call("GET", "/api/v1/audit?limit=5", { as: "administrator" });
    await failing.close();
    expect(answer.problem).toMatchObject({ status: 500, code: "internal" });
    expect(answer.text).not.toContain("hunter2");
    const [line] = lines as { reference: string; path: string }[];
    expect(answer.problem.detail).toContain(line?.reference);
    expect(line?.path).toBe("/api/v1/audit");
  });

  it.each([
    ["GET", "/nowhere", 404, "request/not-found"],
    ["GET", "/api/v1/nowhere", 404, "request/not-found"],
    ["GET", "/api/v1/equipment/%2e%2e%2f%2e%2e%2fetc%2fpasswd", 404, "request/not-found"],
    ["GET", "/api/v1/equipment/press%00", 404, "request/not-found"],
    ["GET", "/api/v1/equipment/__proto__", 404, "request/not-found"],
    ["GET", "/api/v1/equipment/constructor", 404, "request/not-found"],
    ["GET", "/api/v1/commands/toString", 404, "request/not-found"],
    ["GET", "/api/v1/values?tags=__proto__/constructor", 404, "request/not-found"],
    [
      "GET",
      "/api/v1/history?tags=__proto__/a&start=2026-01-01T00:00:00Z&end=2026-01-02T00:00:00Z",
      404,
      "request/not-found",
    ],
    ["GET", "/api/v1/equipment/%zz", 400, "request/invalid"],
    ["GET", "/api/v1/live", 404, "request/not-found"],
    ["GET", `/api/v1/values?tags=${long}`, 414, "request/uri-too-long"],
    ["GET", "/api/v1/values?nonsense=1", 400, "request/invalid"],
    ["GET", "/api/v1/audit?limit=0", 400, "request/invalid"],
    ["GET", "/api/v1/audit?next=1e400", 400, "request/invalid"],
    ["GET", "/api/v1/users?next=nobody", 400, "request/invalid"],
  ] as const)("answers %s %.60s with %i", async (method, url, status, code) => {
    const answer = await bench.call(method, url, { as: "administrator" });
    expect([answer.status, answer.problem.code]).toEqual([status, code]);
  });

  it.each([
    ['{"__proto__": {"role": "administrator"}}', 400, "request/invalid"],
    ['{"constructor": {"prototype": {}}}', 400, "request/invalid"],
    ["[".repeat(100_000), 400, "request/invalid"],
    [`{"reason":"${"x".repeat(300_000)}"}`, 413, "request/too-large"],
    [`{"value":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, 400, "request/invalid"],
    ["", 400, "request/invalid"],
    ["null", 400, "request/invalid"],
  ])("refuses a body that is no command", async (raw, status, code) => {
    const answer = await bench.call("POST", "/api/v1/commands", { as: "operator", raw });
    expect([answer.status, answer.problem.code]).toEqual([status, code]);
  });

  it("name the kind of body that is taken", async () => {
    const headers = { "content-type": "text/xml" };
    const answer = await bench.call("POST", "/api/v1/commands", { as: "operator", raw: "<a/>", headers });
    expect([answer.status, answer.problem.code]).toEqual([415, "request/unsupported-media-type"]);
  });
});

describe("sign-in", () => {
  it("answers with tokens and a cookie that only the sign-in routes see", async () => {
    const login = { username: "viewer", password: "secret of viewer" };
    const answer = await bench.call<SignedIn>("POST", "/api/v1/auth/login", { body: login });
    expect(answer.body).toMatchObject({ expiresIn: 600, user: { name: "viewer", role: "viewer" } });
    expect(answer.headers["set-cookie"]).toBe("plancia_session=cookie-1; Path=/api/v1/auth; HttpOnly; SameSite=Strict");
    expect(answer.headers["cache-control"]).toBe("no-store");
    const me = await bench.call<Me>("GET", "/api/v1/auth/me", { token: answer.body.accessToken });
    expect(me.body.permissions).toEqual(["equipment:view", "history:read", "bookings:view", "tokens:own"]);
  });

  it("says nothing more than that it failed", async () => {
    const wrong = { username: "viewer", password: "wrong" };
    const unknown = { username: "nobody", password: "wrong" };
    const first = await bench.call("POST", "/api/v1/auth/login", { body: wrong });
    const second = await bench.call("POST", "/api/v1/auth/login", { body: unknown });
    expect(first.status).toBe(401);
    expect(first.body).toEqual(second.body);
  });

  it("marks the cookie Secure behind the proxy of an https public address", async () => {
    const server = {
      host: "",
      port: 0,
      publicUrl: "https://plancia.example/",
      origins: [],
      tls: { mode: "none" },
    } as const;
    Object.assign(bench.bench.plant.server, server);
    const body = { username: "viewer", password: "secret of viewer" };
    const answer = await bench.call("POST", "/api/v1/auth/login", { body, headers: { host: "plancia.example" } });
    expect(answer.headers["set-cookie"]).toContain("; Secure");
  });

  it("renews by the cookie, whose id rotates, and only from our own pages", async () => {
    const { cookie } = await bench.bench.people.enter("viewer");
    const headers = { cookie: `plancia_session=${cookie}`, host: "plancia.lan" };
    const foreign = await bench.call("POST", "/api/v1/auth/refresh", {
      headers: { ...headers, origin: "https://evil.example" },
    });
    expect([foreign.status, foreign.problem.code]).toEqual([403, "auth/forbidden"]);
    const own = await bench.call("POST", "/api/v1/auth/refresh", {
      headers: { ...headers, origin: "http://plancia.lan" },
    });
    expect(own.status).toBe(200);
    expect(own.headers["set-cookie"]).not.toContain(`=${cookie};`);
    expect((await bench.call("POST", "/api/v1/auth/refresh")).status).toBe(401);
  });

  it("ends by the token or by the cookie alone", async () => {
    const { accessToken } = await bench.bench.people.enter("viewer");
    const answer = await bench.call("POST", "/api/v1/auth/logout", { token: accessToken });
    expect(answer.status).toBe(204);
    expect(answer.headers["set-cookie"]).toContain("plancia_session=;");
    expect((await bench.call("GET", "/api/v1/auth/me", { token: accessToken })).status).toBe(401);
    const second = await bench.bench.people.enter("viewer");
    await bench.call("POST", "/api/v1/auth/logout", { headers: { cookie: `plancia_session=${second.cookie}` } });
    expect((await bench.call("GET", "/api/v1/auth/me", { token: second.accessToken })).status).toBe(401);
  });

  it("takes the first administrator once, by the link", async () => {
    const body = { secret: await bench.bench.people.createFirstLink(), username: "anna", password: "long enough" };
    const answer = await bench.call<SignedIn>("POST", "/api/v1/auth/first", { body });
    expect(answer.body.user).toMatchObject({ name: "anna", role: "administrator" });
    expect((await bench.call("POST", "/api/v1/auth/first", { body })).status).toBe(410);
  });

  it("greets before it, without a name of anybody", async () => {
    const { body } = await bench.call("GET", "/api/v1/greeting");
    expect(body).toEqual({
      site: "Test",
      gateway: "test",
      notice: { version: expect.stringMatching(/^[0-9a-f]{12}$/), text: expect.anything(), checked: true },
      timezone: "Europe/Rome",
      phone: "+39 02 0000000",
      firstRun: false,
      languages: ["it", "en"],
    });
  });
});

describe("what leaves", () => {
  it("never holds a password's hash", async () => {
    const page = await bench.call("GET", "/api/v1/users", { as: "administrator" });
    const changed = await bench.call("PATCH", "/api/v1/users/u-viewer", {
      as: "administrator",
      body: { language: "it" },
    });
    expect(page.text + changed.text).not.toContain("never to be seen");
    expect(changed.body).toMatchObject({ id: "u-viewer", language: "it" });
  });

  it("carries the headers that keep foreign scripts, frames and caches out", async () => {
    const { headers } = await bench.call("GET", "/api/v1/greeting");
    expect(headers["content-security-policy"]).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' data:;font-src 'self';connect-src 'self';manifest-src 'self';worker-src 'self';base-uri 'none';form-action 'self';frame-ancestors 'none';object-src 'none'",
    );
    expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    expect(headers["strict-transport-security"]).toBeUndefined();
  });

  it("allows inline styles on the path of the API's documentation only", async () => {
    const docs = await bench.call("GET", "/api/docs/");
    expect(docs.status).toBe(200);
    expect(docs.headers["content-security-policy"]).toContain("style-src 'self' 'unsafe-inline'");
    expect(docs.headers["content-security-policy"]).toContain("script-src 'self';");
    expect((await bench.call("GET", "/api/docs")).status).toBe(200);
  });

  it("comes in pages where it is a list of records", async () => {
    const first = await bench.call<{ items: { id: string }[]; next: string }>("GET", "/api/v1/users?limit=3", {
      as: "administrator",
    });
    const rest = await bench.call<{ items: { id: string }[]; next?: string }>(
      "GET",
      `/api/v1/users?limit=10&next=${first.body.next}`,
      {
        as: "administrator",
      },
    );
    expect([first.body.items.length, rest.body.items.length, rest.body.next]).toEqual([3, 6, undefined]);
  });

  it("pages the audit by its numbers, newest first", async () => {
    for (let n = 0; n < 5; n++) await bench.call("POST", "/api/v1/stop", { as: "operator" });
    const first = await bench.call<{ items: { n: number }[]; next: string }>("GET", "/api/v1/audit?limit=4", {
      as: "supervisor",
    });
    const second = await bench.call<{ items: { n: number }[] }>(
      "GET",
      `/api/v1/audit?limit=4&next=${first.body.next}`,
      { as: "supervisor" },
    );
    expect(second.body.items[0]?.n).toBe((first.body.items[3]?.n ?? 0) - 1);
  });

  it("is counted for Prometheus, behind a token", async () => {
    expect((await bench.call("GET", "/metrics")).status).toBe(401);
    expect((await bench.call("GET", "/metrics", { as: "viewer" })).status).toBe(403);
    const { text } = await bench.call("GET", "/metrics", { as: "operator" });
    expect(text).toContain('plancia_device_connected{device="oven-plc"} 1');
    expect(text).toContain('plancia_http_answers_total{status="4xx"} 2');
    expect(text).toMatch(/plancia_history_samples_total \d+/);
    expect(text).toContain('plancia_own_certificate_end_seconds{certificate="opcua"} 2082758400');
  });

  it("counts sign-in alarms, kiosks and their links", async () => {
    const user = { id: "u-olga", name: "olga" } as Parameters<typeof bench.bench.signInAlarms.raise>[1];
    bench.bench.signInAlarms.raise("cookie-reused", user, "203.0.113.7", {});
    bench.bench.signInAlarms.raise("cookie-reused", user, "203.0.113.7", {});
    await bench.bench.kiosk.enrolled();
    await expect(
      bench.bench.kiosk.desk.enrol("none", { address: "203.0.113.7", userAgent: "a test" }),
    ).rejects.toThrow();
    const { text } = await bench.call("GET", "/metrics", { as: "operator" });
    for (const line of [
      "plancia_sign_in_alarms 1",
      'plancia_sign_in_alarms_total{kind="cookie-reused"} 2',
      'plancia_sign_in_alarms_total{kind="passkey-copied"} 0',
      "plancia_sign_in_alarms_displaced_total 0",
      "plancia_kiosks 1",
      "plancia_kiosk_links 0",
      "plancia_kiosk_enrolments_total 1",
      "plancia_kiosk_enrolments_refused_total 1",
    ])
      expect(text.split("\n")).toContain(line);
  });
});

describe("values and tags", () => {
  it("tell value, status and times of what is seen, 64-bit integers as text", async () => {
    const { body } = await bench.call("GET", "/api/v1/values?tags=oven/count,press/speed", { as: "viewer" });
    expect(body).toEqual([
      expect.objectContaining({
        tag: "oven/count",
        value: "9007199254740993",
        status: 0,
        sourceTime: "2026-01-01T00:00:00.000Z",
      }),
      expect.objectContaining({ tag: "press/speed", value: 400 }),
    ]);
  });

  it("take many names in the body as well", async () => {
    const { body } = await bench.call<unknown[]>("POST", "/api/v1/values", {
      as: "viewer",
      body: { tags: ["oven/*", "press/key"] },
    });
    expect(body).toHaveLength(7);
  });

  it("of another's machine are as unknown as those that do not exist", async () => {
    const hidden = await bench.call("GET", "/api/v1/values?tags=oven/count", { as: "inside" });
    const missing = await bench.call("GET", "/api/v1/values?tags=attic/count", { as: "inside" });
    expect(hidden.problem).toEqual({ ...missing.problem, errors: [{ pointer: "/tags", detail: "oven/count" }] });
    const machine = await bench.call("GET", "/api/v1/equipment/oven", { as: "inside" });
    expect(machine.problem).toMatchObject({ status: 404, code: "request/not-found" });
    const { body } = await bench.call<{ tag: string }[]>("GET", "/api/v1/tags", { as: "inside" });
    expect(body.every(({ tag }) => tag.startsWith("press/"))).toBe(true);
  });

  it("have what their device says beside what the configuration says, which alone limits", async () => {
    const list = async () => {
      const { body } = await bench.call<Record<string, unknown>[]>("GET", "/api/v1/tags", { as: "viewer" });
      return body.find(({ tag }) => tag === "press/speed");
    };
    const before = await list();
    expect(before).not.toHaveProperty("offered");
    const offered = { range: [0, 99_999] as const, texts: { "400": "Fast" } };
    bench.bench.offers.set("press/speed", offered);
    expect(await list()).toEqual({ ...before, offered });
    bench.bench.offers.clear();
  });

  it("show the last good one where the present one is not", async () => {
    const { image, plant } = bench.bench;
    const { BatchBuilder } = await import("../core/sample.ts");
    const { Status } = await import("../core/status.ts");
    const batch = new BatchBuilder();
    batch.push(plant.tags[0]?.handle ?? 0, null, Status.Bad_NoCommunication, bench.time.wallMs());
    image.apply(batch.build(bench.time.wallMs()));
    const { body } = await bench.call("GET", "/api/v1/values?tags=press/speed", { as: "viewer" });
    expect(body).toEqual([
      expect.objectContaining({
        value: null,
        status: 0x80310000,
        last: { value: 400, sourceTime: "2026-01-01T00:00:00.000Z" },
      }),
    ]);
  });

  it("survive a pattern made of stars", async () => {
    const pattern = `${"*a".repeat(90)}*b`;
    const answer = await bench.call("GET", `/api/v1/tags?match=${pattern}`, { as: "viewer" });
    expect([answer.status, answer.body]).toEqual([200, []]);
  });
});

describe("the dashboard's files", () => {
  it("are served with caches that fit, and nothing beside their folder", async () => {
    const outside = await mkdtemp(join(tmpdir(), "plancia-api-"));
    const folder = join(outside, "dist");
    await mkdir(join(folder, "assets"), { recursive: true });
    await writeFile(join(outside, "secret.txt"), "hidden words");
    await writeFile(join(folder, ".env"), "hidden words");
    await writeFile(join(folder, "index.html"), "<title>Plancia</title>");
    await writeFile(join(folder, "assets", "index-abc123.js"), "1");
    const serving = new InjectBench({ dashboardFolder: folder });
    const page = await serving.call("GET", "/");
    expect([page.status, page.text, page.headers["cache-control"]]).toEqual([
      200,
      "<title>Plancia</title>",
      "no-store",
    ]);
    const script = await serving.call("GET", "/assets/index-abc123.js");
    expect(script.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    for (const path of [
      "/%2e%2e%2fsecret.txt",
      "/..%2fsecret.txt",
      "/assets/..%2f..%2fsecret.txt",
      "/.env",
      "/index.html%00",
      "/assets",
      "/gone.js",
    ]) {
      const answer = await serving.call("GET", path);
      expect(answer.text, path).not.toContain("hidden words");
      expect(answer.status, path).toBeGreaterThanOrEqual(400);
      expect(answer.headers["content-type"], path).toBe("application/problem+json");
    }
    await serving.close();
    await rm(outside, { recursive: true });
  });
});
