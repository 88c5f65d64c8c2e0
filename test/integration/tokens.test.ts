import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { MadeToken, TokenList } from "../../gateway/api/wire/tokens.ts";
import { LiveView } from "../rig/live-view.ts";
import { BookingGateway, drained, password, type Reply } from "./booking-gateway.ts";

/** A program's token from its making to its end, at HTTP and at an open socket, over the real services and records. */
const openMs = Date.UTC(2026, 5, 1, 9);
const atMost = 1000;
const day = 86_400_000;

let gateway: BookingGateway;
beforeAll(async () => {
  gateway = await new BookingGateway(openMs).start({
    ...{ admin: "administrator", supervisor: "supervisor", olga: "operator", vera: "viewer", aldo: "auditor" },
  });
  gateway.poll({ "press/key": true, "press/guard": true, "press/recipe": 1 });
  gateway.poll({ "press/speed": 420.125, "press/running": true, "oven/setpoint": 450.125, "oven/running": true });
});
afterAll(() => gateway.close());

let names = 0;
const wish = (more: object = {}) => ({
  ...{ name: `program ${++names}`, permissions: ["equipment:view"], equipment: ["press"] },
  expiresAt: new Date(gateway.nowMs + day).toISOString(),
  ...more,
});
async function make(who: string, more: object = {}): Promise<MadeToken> {
  const answer = await gateway.ask<MadeToken>(who, "POST /api/v1/tokens", { body: wish(more) });
  expect(answer.status, answer.text).toBe(201);
  return answer.body;
}
async function bearing(text: string, route: string, body?: object, headers: object = {}): Promise<Reply> {
  const [method = "GET", path = ""] = route.split(" ");
  const response = await fetch(`${gateway.url}${path}`, {
    method,
    headers: {
      ...{ authorization: `Bearer ${text}`, ...headers },
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  return { status: response.status, text: answer, body: answer === "" ? {} : JSON.parse(answer) };
}
const looks = async (text: string): Promise<number> => (await bearing(text, "GET /api/v1/equipment/press")).status;
const revoke = (who: string, id: string) => gateway.ask(who, `DELETE /api/v1/tokens/${id}`);
const open = (text: string): Promise<LiveView> => LiveView.open(gateway.url, text, ["*"]);
const noted = async (action: string) =>
  (await gateway.records.audit.list({ limit: 200 })).filter((entry) => entry.action === action);
let keys = 0;
async function command(text: string, target: string, value: unknown = undefined): Promise<Reply> {
  const ticket = await gateway.ticket();
  const what = value === undefined ? {} : { value };
  const sent = bearing(text, "POST /api/v1/commands", {
    target,
    ...what,
    key: `program-key-${++keys}`,
    ticket,
  });
  return sent;
}

describe("a token", () => {
  it("is told once, stored as a hash, and listed without either", async () => {
    const { token, text } = await make("olga");
    expect(text).toMatch(/^plt_[A-Za-z0-9_-]{16}_[A-Za-z0-9_-]{43}$/);
    const own = await gateway.ask<TokenList>("olga", "GET /api/v1/tokens");
    expect(own.body.items.find(({ id }) => id === token.id)).toEqual(token);
    const secret = text.slice(-43);
    const stored = await gateway.records.access.findToken(token.id);
    expect([own.text.includes(secret), own.text.includes(stored?.hash ?? "none")]).toEqual([false, false]);
    expect(JSON.stringify(stored)).not.toContain(secret);
    expect(await looks(text)).toBe(200);
  });

  it("shows its last use and where from, and puts a first address on the record", async () => {
    const { token, text } = await make("olga");
    await looks(text);
    await looks(text);
    const found = async () =>
      (await gateway.ask<TokenList>("olga", "GET /api/v1/tokens")).body.items.find(({ id }) => id === token.id);
    await expect.poll(async () => (await found())?.lastUsedFrom).toBe("127.0.0.1");
    expect((await found())?.lastUsedAt).toBe(new Date(gateway.nowMs).toISOString());
    const uses = (await noted("token.used-from-new-address")).filter(({ target }) => target === token.id);
    expect(uses.map(({ who, address }) => [who, address])).toEqual([[`olga (${token.name})`, "127.0.0.1"]]);
  });

  it.each<[string, object, string]>([
    ["a permission that one has not", { permissions: ["audit:read"] }, "/permissions/0"],
    ["a permission that no token has", { permissions: ["control:take"] }, "/permissions/0"],
    ["a machine that there is not", { equipment: ["lathe"] }, "/equipment/0"],
    ["a pattern", { equipment: ["pre*"] }, "/equipment/0"],
    ["no end", { expiresAt: "9999-12-31T00:00:00.000Z" }, "/expiresAt"],
    ["what is no address", { addresses: ["lan"] }, "/addresses/0"],
  ])("is not made with %s", async (_what, more, pointer) => {
    const answer = await gateway.ask("olga", "POST /api/v1/tokens", { body: wish(more) });
    expect([answer.status, answer.text.includes(pointer)]).toEqual([400, true]);
  });

  it("is made by nobody who may have none, and twice under no name", async () => {
    expect((await gateway.ask("aldo", "POST /api/v1/tokens", { body: wish() })).status).toBe(403);
    const { token } = await make("olga");
    expect((await gateway.ask("olga", "POST /api/v1/tokens", { body: wish({ name: token.name }) })).status).toBe(409);
  });

  it("is seen and revoked by its owner and by an administrator, and is not there for others", async () => {
    const { token, text } = await make("olga");
    expect((await revoke("vera", token.id)).status).toBe(404);
    expect((await gateway.ask("vera", "GET /api/v1/tokens?user=u-olga")).status).toBe(404);
    expect((await gateway.ask("vera", "GET /api/v1/tokens?user=*")).status).toBe(404);
    const all = await gateway.ask<TokenList>("admin", "GET /api/v1/tokens?user=*");
    expect(all.body.items.find(({ id }) => id === token.id)?.owner).toEqual({ id: "u-olga", name: "olga" });
    expect(await looks(text)).toBe(200);
    expect((await revoke("admin", token.id)).status).toBe(204);
    expect(await looks(text)).toBe(401);
    const entries = [...(await noted("token.made")), ...(await noted("token.revoked"))];
    expect(entries.filter(({ target }) => target === token.id).map(({ who }) => who)).toEqual(["olga", "admin"]);
    await expect
      .poll(async () => (await noted("token.refused")).find(({ target }) => target === token.id)?.detail)
      .toMatchObject({ why: "revoked" });
  });

  it("is good from its addresses alone", async () => {
    const far = await make("olga", { addresses: ["203.0.113.0/24"] });
    const near = await make("olga", { addresses: ["127.0.0.0/8"] });
    expect([await looks(far.text), await looks(near.text)]).toEqual([401, 200]);
    const forged = { "x-forwarded-for": "203.0.113.7", forwarded: "for=203.0.113.7" };
    expect((await bearing(far.text, "GET /api/v1/equipment/press", undefined, forged)).status).toBe(401);
  });

  it("writes class C1, on its machines, and nothing above", async () => {
    const { text, token } = await make("olga", { permissions: ["equipment:view", "equipment:write"] });
    const done = await command(text, "press/speed", 410);
    expect(done.status, done.text).toBe(200);
    expect(done.body).toMatchObject({ state: "VERIFIED", user: `olga (${token.name})` });
    expect(gateway.written.at(-1)).toEqual({ tag: "press/speed", value: 410 });
    const refused = await command(text, "press/recipe", 2);
    expect([refused.status, JSON.stringify(refused.body)]).toEqual([409, expect.stringContaining("no-permission")]);
    // Its owner is not refused for that.
    const ticket = await gateway.ticket();
    const body = { target: "press/recipe", value: 2, key: "owner-key-1", ticket };
    expect((await gateway.ask<{ state: string }>("olga", "POST /api/v1/commands", { body })).body.state).toBe(
      "SELECTED",
    );
    expect((await command(text, "oven/setpoint", 300)).status).toBe(404);
    expect(gateway.written.length).toBe(1);
  });

  it("stops only with that scope, and is on the record under its own name", async () => {
    const stopping = await make("olga", { permissions: ["equipment:view", "equipment:stop"] });
    const looking = await make("olga");
    expect((await bearing(looking.text, "POST /api/v1/equipment/press/stop")).status).toBe(403);
    expect((await bearing(stopping.text, "POST /api/v1/equipment/oven/stop")).status).toBe(404);
    expect((await bearing(stopping.text, "POST /api/v1/equipment/press/stop", { wait: 0 })).status).toBeLessThan(300);
    await expect.poll(async () => (await noted("stop.requested")).at(0)?.who).toBe(`olga (${stopping.token.name})`);
    gateway.poll({ "press/running": true, "press/stop_request": false });
  });
});

describe("an open socket of a token", () => {
  const closes = async (view: LiveView): Promise<number> => {
    await gateway.pass(atMost);
    return view.closed;
  };

  it("sees what the token is scoped to, and says nothing that a person would", async () => {
    const { text } = await make("olga");
    const view = await open(text);
    const [subscribed] = view.of("subscribed");
    expect(new Set(subscribed?.tags.map(({ tag }) => tag.split("/")[0]))).toEqual(new Set(["press"]));
    view.say({ type: "active" });
    view.say({ type: "lease-alive", n: 1, visible: true, active: true });
    await view.until(() => view.of("error").length === 2);
    expect(view.of("error").map(({ code }) => code)).toEqual(["auth/forbidden", "auth/forbidden"]);
    view.close();
  });

  it("belongs to that token: a person's does not become it, nor it a person's", async () => {
    const { text } = await make("olga");
    const view = await open(text);
    const other = await make("olga");
    view.say({ type: "authenticate", token: other.text });
    await view.until(() => view.of("error").length === 1);
    expect(view.of("error").map(({ code }) => code)).toEqual(["auth/forbidden"]);
    view.close();
  });

  it.each<[string, (token: MadeToken["token"]) => Promise<unknown>, () => Promise<unknown>]>([
    ["revoked", ({ id }) => revoke("olga", id), async () => undefined],
    ["past its end", async ({ expiresAt }) => gateway.passUntil(Date.parse(expiresAt)), async () => undefined],
    [
      "of an owner who is disabled",
      () => gateway.ask("admin", "PATCH /api/v1/users/u-olga", { body: { disabled: true } }),
      () => gateway.ask("admin", "PATCH /api/v1/users/u-olga", { body: { disabled: false } }),
    ],
    [
      "of an owner who may have none any more",
      () => gateway.ask("admin", "PATCH /api/v1/users/u-olga", { body: { role: "auditor" } }),
      () => gateway.ask("admin", "PATCH /api/v1/users/u-olga", { body: { role: "operator" } }),
    ],
    [
      "of an owner whose password an administrator sets",
      () => gateway.ask("admin", "PATCH /api/v1/users/u-olga", { body: { password } }),
      async () => undefined,
    ],
    [
      "of an owner of whom an administrator ends everything",
      () => gateway.ask("admin", "DELETE /api/v1/users/u-olga/sign-ins"),
      async () => undefined,
    ],
    [
      "of an owner who ends everything",
      () => gateway.ask("olga", "DELETE /api/v1/auth/sign-ins"),
      // This sign-in stays, and what ended stays so.
      async () => expect((await gateway.ask("olga", "GET /api/v1/auth/me")).status).toBe(200),
    ],
  ])("ends within a second when the token is %s", async (_what, end, restore) => {
    const made = await make("olga", { expiresAt: new Date(gateway.nowMs + 20_000).toISOString() });
    const view = await open(made.text);
    await end(made.token);
    expect(await closes(view)).toBe(4401);
    expect(await looks(made.text)).toBe(401);
    await restore();
    gateway.signInAgain("olga");
  });

  it("loses a machine within a second with its owner, and stays open", async () => {
    const { text } = await make("olga", { equipment: ["*"] });
    const view = await open(text);
    await gateway.ask("admin", "PATCH /api/v1/users/u-olga", { body: { equipment: ["oven"] } });
    await gateway.pass(atMost);
    await drained(view);
    expect(view.of("revoked").flatMap(({ handles }) => handles)).toContain(0);
    expect(await looks(text)).toBe(404);
    await gateway.ask("admin", "PATCH /api/v1/users/u-olga", { body: { equipment: ["*"] } });
    view.close();
  });
});

describe("a program beside people", () => {
  it("keeps no screen unlocked: its use is no sign of a person (R43)", async () => {
    gateway.screens.start();
    const { text } = await make("vera");
    const lockMs = gateway.plant.security.signIn.lockMs;
    await gateway.ask("vera", "GET /api/v1/auth/me");
    for (let passed = 0; passed <= lockMs; passed += lockMs / 4) {
      await gateway.pass(lockMs / 4);
      expect(await looks(text)).toBe(200);
    }
    await gateway.pass(60_000);
    expect((await gateway.ask<{ locked: boolean }>("vera", "GET /api/v1/auth/me")).body.locked).toBe(true);
    // And a locked screen of its owner holds no program up.
    expect(await looks(text)).toBe(200);
    gateway.screens.stop();
    for (const name of ["admin", "olga", "supervisor", "vera"]) gateway.signInAgain(name);
  });
});

describe("find where this lets someone in", () => {
  const routes = (): readonly string[] =>
    gateway.api.routes.filter(({ method }) => method !== "HEAD").map(({ method, url }) => `${method} ${url}`);
  const filled = (route: string): string =>
    route
      .replace(/:(id|equipment)\b/, "press")
      .replace(/:\w+/g, "u-olga")
      .replace("*", "x");

  it("a token that looks opens nothing that changes anything, whatever is sent", async () => {
    const { text } = await make("admin", { equipment: ["*"] });
    const before = [gateway.written.length, (await gateway.records.people.listUsers()).length];
    for (const route of routes().filter((each) => !each.startsWith("GET ") && each.includes("/api/v1/"))) {
      if (/\/(login|login\/passkey|first|join|values|dry-run|enrol|backchannel-logout)$/.test(route)) continue;
      const { status } = await bearing(text, filled(route), {});
      expect([route, status === 401 || status === 403]).toEqual([route, true]);
    }
    expect([gateway.written.length, (await gateway.records.people.listUsers()).length]).toEqual(before);
  });

  it("no shape of a wrong token is another credential, and none is told from another", async () => {
    const { text, token } = await make("olga", { permissions: ["equipment:view", "equipment:stop"] });
    const stop = (await gateway.ask<{ stopToken: string }>("olga", "GET /api/v1/auth/me")).body;
    expect(stop.stopToken).toBeUndefined();
    const wrong = [
      text.slice(0, -1),
      `${text}a`,
      `${text.slice(0, -1)}${text.endsWith("A") ? "E" : "A"}`,
      text.toUpperCase(),
      `plt_${token.id}_${"A".repeat(43)}`,
      `plt_${"A".repeat(16)}_${text.slice(-43)}`,
      `plt_${token.id}_`,
      text.slice(-43),
      `program:${token.id}`,
      (await gateway.records.access.findToken(token.id))?.hash ?? "",
      "plt_constructor",
      `plt_${"__proto__".padEnd(16, "_")}_${"A".repeat(43)}`,
    ];
    const answers = new Set<string>();
    for (const credential of wrong)
      for (const route of ["GET /api/v1/equipment/press", "POST /api/v1/equipment/press/stop", "POST /api/v1/stop"]) {
        const { status, body } = await bearing(credential, route);
        expect([credential.length, route, status]).toEqual([credential.length, route, 401]);
        if (credential.startsWith(`plt_${"A".repeat(16)}`) || credential.endsWith("A".repeat(43)))
          answers.add(String(body.detail));
      }
    expect(answers.size).toBe(1);
  });

  it("a cookie beside a token adds nothing, and a token beside a cookie opens no sign-in", async () => {
    const login = await fetch(`${gateway.url}/api/v1/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ username: "admin", password: "kettle-moon-harvest-32" }),
    });
    const cookie = login.headers.get("set-cookie")?.split(";")[0] ?? "";
    const { text } = await make("olga");
    expect((await bearing(text, "GET /api/v1/users", undefined, { cookie })).status).toBe(403);
    for (const route of ["POST /api/v1/auth/refresh", "POST /api/v1/auth/logout"])
      expect([route, (await bearing(text, route, undefined, { cookie })).status]).toEqual([route, 403]);
  });

  it("a token is no word in the address, and no user name and password", async () => {
    const { text } = await make("olga");
    for (const query of [`token=${text}`, `access_token=${text}`]) {
      const response = await fetch(`${gateway.url}/api/v1/equipment?${query}`);
      expect(response.status).toBe(401);
      await response.body?.cancel();
    }
    const basic = `Basic ${Buffer.from(`olga:${text}`).toString("base64")}`;
    expect((await bearing("x", "GET /api/v1/equipment", undefined, { authorization: basic })).status).toBe(401);
    const login = { username: "olga", password: text };
    expect((await bearing("x", "POST /api/v1/auth/login", login)).status).toBe(401);
  });

  it("a selection of the owner is neither operated, approved nor taken back by its program", async () => {
    const { text } = await make("supervisor", { permissions: ["equipment:view", "equipment:write"], equipment: ["*"] });
    for (const what of ["operate", "approve", "cancel"])
      expect((await bearing(text, `POST /api/v1/commands/any/${what}`, {})).status).toBe(403);
  });

  it("no program makes, lists or revokes a token", async () => {
    const { text, token } = await make("admin", {
      permissions: ["equipment:view", "audit:read", "system:view"],
      equipment: ["*"],
    });
    expect((await bearing(text, "GET /api/v1/tokens")).status).toBe(403);
    expect((await bearing(text, "POST /api/v1/tokens", wish())).status).toBe(403);
    expect((await bearing(text, `DELETE /api/v1/tokens/${token.id}`)).status).toBe(403);
    expect(await looks(text)).toBe(200);
  });

  it("a clock set back revives no token that has ended", async () => {
    const { text } = await make("olga", { expiresAt: new Date(gateway.nowMs + 10_000).toISOString() });
    await gateway.pass(11_000);
    expect(await looks(text)).toBe(401);
    await revoke("olga", (await make("olga")).token.id);
    expect(await looks(text)).toBe(401);
  });

  it("no secret is in the records, whatever was asked with it", async () => {
    const { text } = await make("olga");
    await looks(text);
    await bearing(`${text.slice(0, -1)}_`, "GET /api/v1/equipment");
    const secret = text.slice(-43, -1);
    const everything = JSON.stringify([
      await gateway.records.audit.list({ limit: 1000 }),
      await gateway.records.access.listTokens({}),
    ]);
    expect(everything).not.toContain(secret);
    expect(readFileSync(new URL(import.meta.url), "utf8")).not.toContain(secret);
  });
});
