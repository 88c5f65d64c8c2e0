import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FactorSecret, Me, SignedIn } from "../../gateway/api/wire/auth.ts";
import type { ProviderList, SignedOut } from "../../gateway/api/wire/single-sign-on.ts";
import { CookieJar } from "../rig/cookie-jar.ts";
import { freePort } from "../rig/free-port.ts";
import { HostileProvider, type Spoil } from "../rig/hostile-provider.ts";
import { client, OidcServer } from "../rig/oidc-server.ts";
import { codeAt, stepNow } from "../rig/one-time-code.ts";
import { Person, request } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** S5, S6, S7: a whole gateway beside a real OpenID Connect provider, and beside one that lies. */
let plant: Plant;
let server: OidcServer;
let hostile: HostileProvider;
let gateway: string;

const groups = [
  { group: "supervisors", role: "supervisor", equipment: ["*"] },
  { group: "operators", role: "operator", equipment: ["furnace"] },
];

beforeAll(async () => {
  const port = await freePort();
  gateway = `http://127.0.0.1:${port}`;
  server = await OidcServer.start(gateway, ["plant"]);
  hostile = await HostileProvider.start();
  const at = (issuer: string, more = {}) => ({
    ...{ name: "Plant account", issuer, clientId: client.id, clientSecret: `\${file:client-secret}`, groups },
    ...more,
  });
  plant = await startPlant({
    port,
    people: { ada: "administrator", maria: "viewer" },
    files: { "client-secret": client.secret },
    change(configuration) {
      configuration["server"] = { listen: "127.0.0.1:0", publicUrl: gateway };
      configuration["security"] = {
        secondFactor: "required",
        oidc: {
          plant: at(server.issuer),
          hostile: at(hostile.issuer, { secondFactor: ["mfa"] }),
          elsewhere: at(`${hostile.issuer}/elsewhere`),
        },
      };
    },
  });
});
afterAll(async () => {
  await plant?.close();
  await hostile?.close();
  await server?.close();
});

const start = (id: string) => `${gateway}/api/v1/auth/oidc/${id}`;
const refresh = async (jar: CookieJar) => {
  const answer = await jar.go(`${gateway}/api/v1/auth/refresh`, { method: "POST" });
  return { status: answer.status, body: (await answer.json()) as SignedIn };
};
const locationOf = (answer: Response) => answer.headers.get("location");

/** By the real provider: everything that a browser would do. */
async function comeIn(subject: string, name: string, of: readonly string[], jar = new CookieJar()): Promise<CookieJar> {
  server.accounts.set(subject, { name, groups: of });
  server.next = subject;
  const back = await jar.follow(start("plant"), `${start("plant")}/callback`);
  expect(locationOf(await jar.go(back))).toBe("/");
  return jar;
}

/** By the one that lies: the address that its browser is sent back to, with its flow cookie. */
async function begun(id = "hostile"): Promise<{ jar: CookieJar; authorize: string }> {
  const jar = new CookieJar();
  return { jar, authorize: locationOf(await jar.go(start(id))) ?? "" };
}

async function refusedWith(jar: CookieJar, callback: string): Promise<string | null> {
  const answer = await jar.go(callback);
  expect(answer.headers.getSetCookie().join()).not.toContain("plancia_session");
  expect((await refresh(jar)).status).toBe(401);
  return locationOf(answer);
}

describe("signing in at a provider", () => {
  it("is offered to whoever is not signed in yet, on the public address", async () => {
    const { body } = await request<ProviderList>(gateway, "GET", "/auth/providers");
    expect(body.items.find(({ id }) => id === "plant")).toEqual({
      id: "plant",
      name: { en: "Plant account", it: "Plant account" },
      start: start("plant"),
    });
  });

  it("sends the browser with PKCE, state and nonce, and keeps them where only the way back reads them", async () => {
    const answer = await fetch(start("plant"), { redirect: "manual", headers: { host: "evil.example" } });
    const asked = new URL(locationOf(answer) ?? "");
    expect([asked.origin, asked.searchParams.get("redirect_uri")]).toEqual([
      server.issuer,
      `${start("plant")}/callback`,
    ]);
    expect(asked.searchParams.get("code_challenge_method")).toBe("S256");
    for (const name of ["state", "nonce", "code_challenge"]) expect(asked.searchParams.get(name)).toHaveLength(43);
    const [cookie = ""] = answer.headers.getSetCookie();
    expect(cookie).toMatch(
      /^plancia_flow=s1\..*Max-Age=600; Path=\/api\/v1\/auth\/oidc\/plant\/callback; HttpOnly; SameSite=Lax$/,
    );
    expect(cookie).not.toContain(asked.searchParams.get("state"));
  });

  it("makes the account by the group, and leaves a local one of the same name alone", async () => {
    const jar = await comeIn("s-maria", "maria", ["cooks", "operators"]);
    const { status, body } = await refresh(jar);
    expect([status, body.user.name, body.user.role, body.user.secondFactor]).toEqual([
      200,
      "maria@plant",
      "operator",
      false,
    ]);
    const local = await plant.enter("maria");
    expect((await local.get<Me>("/auth/me")).body).toMatchObject({ name: "maria", role: "viewer" });
    const person = new Person(gateway, "maria@plant", body);
    expect((await person.value("furnace/setpoint")).value).toBe(850);
    const refused = await person.write("furnace/setpoint", 860);
    expect(refused.body.causes?.[0]?.cause).toBe("second-factor-missing");
    // There is no password to be asked for: a sign-in a moment ago stands for it.
    const { secret } = (await person.post<FactorSecret>("/auth/factor", {})).body;
    expect((await person.post("/auth/factor/activate", { otp: codeAt(secret, stepNow()) })).status).toBe(200);
    expect((await person.write("furnace/setpoint", 860)).body.state).toBe("VERIFIED");
    expect((await local.post<{ code: string }>("/auth/factor", {})).body.code).toBe("auth/failed");
  });

  it("takes the role from today's groups, and ends what is open where none fits any more", async () => {
    const first = await comeIn("s-vera", "vera", ["operators"]);
    const before = (await refresh(first)).body.user;
    const again = (await refresh(await comeIn("s-vera", "another name", ["supervisors"]))).body.user;
    expect([before.role, again.role, again.id === before.id, again.name]).toEqual([
      "operator",
      "supervisor",
      true,
      "vera",
    ]);
    server.accounts.set("s-vera", { name: "vera", groups: ["cooks"] });
    const jar = new CookieJar();
    const back = await jar.follow(start("plant"), `${start("plant")}/callback`);
    expect(await refusedWith(jar, back)).toBe("/#/signin?sso=not-mapped");
    expect((await refresh(first)).status).toBe(401);
  });

  it("refuses whom no group fits, without an account, and never lets anybody be called as the gateway", async () => {
    server.accounts.set("s-otto", { name: "otto", groups: [] });
    server.next = "s-otto";
    const jar = new CookieJar();
    const back = await jar.follow(start("plant"), `${start("plant")}/callback`);
    expect(await refusedWith(jar, back)).toBe("/#/signin?sso=not-mapped");
    const sly = (await refresh(await comeIn("s-sly", "system:gateway", ["operators"]))).body.user;
    expect(sly.name).toBe("s-sly");
    const users = (await plant.plancia(["user", "list"])).stdout;
    expect(users).toContain("vera");
    expect(users).not.toContain("otto");
  });

  it("keeps out who is disabled here", async () => {
    await comeIn("s-dan", "dan", ["operators"]);
    await plant.plancia(["user", "disable", "dan"]);
    const jar = new CookieJar();
    const back = await jar.follow(start("plant"), `${start("plant")}/callback`);
    expect(await refusedWith(jar, back)).toBe("/#/signin?sso=disabled");
  });

  it("goes on to the start page only, whatever is sent along", async () => {
    const { jar, authorize } = await begun();
    const back = hostile.comeBack(authorize, { next: "https://evil.example", redirect_uri: "//evil.example" });
    const answer = await jar.go(back);
    expect([answer.status, locationOf(answer)]).toEqual([303, "/"]);
    expect(answer.headers.getSetCookie().join()).toMatch(
      /plancia_session=[^;]+; Path=\/api\/v1\/auth; HttpOnly; SameSite=Strict/,
    );
    const away = await fetch(`${start("nobody")}?next=https://evil.example`, { redirect: "manual" });
    expect([away.status, locationOf(away)]).toEqual([404, null]);
  });

  it("counts the provider's second factor only where it is configured and was shown", async () => {
    const factorOf = async (claims: Record<string, unknown>) => {
      hostile.claims = claims;
      const { jar, authorize } = await begun();
      await jar.go(hostile.comeBack(authorize));
      hostile.claims = {};
      return (await refresh(jar)).body.user.secondFactor;
    };
    expect([await factorOf({ amr: ["pwd"] }), await factorOf({ amr: ["pwd", "mfa"] })]).toEqual([false, true]);
  });
});

describe("what is refused (S5, S6)", () => {
  it.each<[string, Spoil]>([
    ["no signature", "alg none"],
    ["RS256 turned into HS256 with the public key", "HS256 with the public key"],
    ["HS256 with the client's secret", "HS256 with the client secret"],
    ["another key of the same name", "another key of the same name"],
    ["a key that it brings itself", "its own key in the header"],
    ["another audience", { aud: "another" }],
    ["another party among the audience", { aud: [client.id, "another"], azp: "another" }],
    ["another issuer", { iss: "https://evil.example" }],
    ["a token that has expired", { iat: 1_700_000_000, exp: 1_700_000_300 }],
    ["another nonce", { nonce: "another" }],
    ["no nonce", { nonce: undefined }],
    ["no subject", { sub: undefined }],
    ["a sign-in there that is too long ago for its second factor", { auth_time: 1_700_000_000 }],
  ])("%s", async (_name, spoil) => {
    const { jar, authorize } = await begun();
    hostile.spoil = spoil;
    const location = await refusedWith(jar, hostile.comeBack(authorize));
    hostile.spoil = "nothing";
    expect(location).toBe("/#/signin?sso=provider-refused");
  });

  it("takes the same token where nothing is spoilt", async () => {
    const { jar, authorize } = await begun();
    expect(locationOf(await jar.go(hostile.comeBack(authorize)))).toBe("/");
  });

  it.each<[string, Record<string, string>]>([
    ["another state", { state: "another" }],
    ["no state", { state: "" }],
  ])("%s", async (_name, more) => {
    const { jar, authorize } = await begun();
    expect(await refusedWith(jar, hostile.comeBack(authorize, more))).toBe("/#/signin?sso=flow-lost");
  });

  it("a way back that another browser began, or that another provider's start began", async () => {
    const { authorize } = await begun();
    expect(await refusedWith(new CookieJar(), hostile.comeBack(authorize))).toBe("/#/signin?sso=flow-lost");
    const other = await begun("elsewhere");
    const cookie = other.jar.of(`${start("elsewhere")}/callback`);
    const back = hostile.comeBack(other.authorize).replace("/elsewhere/", "/hostile/");
    const answer = await fetch(back, { redirect: "manual", headers: { cookie } });
    expect(locationOf(answer)).toBe("/#/signin?sso=flow-lost");
  });

  it("a way back that was used, whose first use stays good", async () => {
    const { jar, authorize } = await begun();
    const back = hostile.comeBack(authorize);
    const cookie = jar.of(back);
    expect(locationOf(await jar.go(back))).toBe("/");
    const again = await fetch(back, { redirect: "manual", headers: { cookie } });
    expect([locationOf(again), again.headers.getSetCookie().join().includes("plancia_session")]).toEqual([
      "/#/signin?sso=flow-lost",
      false,
    ]);
    expect((await refresh(jar)).status).toBe(200);
  });

  it("an error of the provider, without showing its text", async () => {
    const { jar, authorize } = await begun();
    const back = hostile.comeBack(authorize, { error: "access_denied", error_description: "<script>" });
    expect(await refusedWith(jar, back)).toBe("/#/signin?sso=provider-refused");
  });

  it("calls no origin that is not configured", async () => {
    const { jar, authorize } = await begun("elsewhere");
    expect(await refusedWith(jar, hostile.comeBack(authorize))).toBe("/#/signin?sso=provider-unavailable");
    expect(hostile.calls.filter((call) => call.startsWith("localhost"))).toEqual([]);
  });

  it("is on the record, with neither code nor token", async () => {
    const ada = await plant.enter("ada");
    const { body } = await ada.get<{ items: { action: string; who: string; detail: { provider?: string } }[] }>(
      "/audit?action=sign-in.failed&limit=200",
    );
    const ours = body.items.filter(({ detail }) => detail.provider === "hostile");
    expect(ours.length).toBeGreaterThan(10);
    const text = JSON.stringify(body) + plant.gateway.stdout + plant.gateway.stderr;
    for (const secret of [client.secret, "eyJ"]) expect(text).not.toContain(secret);
  });
});

describe("leaving", () => {
  it("goes to the provider too, which ends every other sign-in of that person here", async () => {
    const jar = await comeIn("s-lea", "lea", ["operators"]);
    const other = await comeIn("s-lea", "lea", ["operators"]);
    const elsewhere = await comeIn("s-tim", "tim", ["operators"]);
    const { accessToken } = (await refresh(other)).body;
    const left = await jar.go(`${gateway}/api/v1/auth/logout`, { method: "POST" });
    expect(left.status).toBe(200);
    const { provider } = (await left.json()) as SignedOut;
    expect(provider.startsWith(`${server.issuer}/session/end?`)).toBe(true);
    const said = new URL(provider).searchParams.get("id_token_hint")?.split(".")[1] ?? "";
    expect(JSON.parse(Buffer.from(said, "base64url").toString())).toMatchObject({ sub: "s-lea", aud: client.id });
    expect((await refresh(jar)).status).toBe(401);
    expect((await request(gateway, "GET", "/auth/me", { token: accessToken })).status).toBe(200);

    const page = await (await jar.go(provider)).text();
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
    const done = await jar.go(`${server.issuer}/session/end/confirm`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ xsrf, logout: "yes" }).toString(),
    });
    expect([locationOf(done), server.errors]).toEqual([`${gateway}/`, []]);
    await expect
      .poll(async () => (await request(gateway, "GET", "/auth/me", { token: accessToken })).status, { timeout: 5000 })
      .toBe(401);
    expect((await refresh(other)).status).toBe(401);
    expect((await refresh(elsewhere)).status).toBe(200);
  });

  const say = (token: string) =>
    fetch(`${start("hostile")}/backchannel-logout`, {
      method: "POST",
      body: new URLSearchParams({ logout_token: token }),
    });

  it.each<[string, Spoil]>([
    ["no signature", "alg none"],
    ["HS256 with the public key", "HS256 with the public key"],
    ["another key", "another key of the same name"],
    ["another audience", { aud: "another" }],
    ["another issuer", { iss: "https://evil.example" }],
    ["expired", { iat: 1_700_000_000, exp: 1_700_000_300 }],
    ["an ID token", { events: undefined, nonce: "n" }],
    ["with a nonce", { nonce: "n" }],
    ["without an id of its own", { jti: undefined }],
  ])("a logout token is refused and ends nothing: %s", async (_name, spoil) => {
    const { jar, authorize } = await begun();
    await jar.go(hostile.comeBack(authorize));
    expect((await say(await hostile.logoutToken("h-1", spoil))).status).toBe(400);
    expect((await refresh(jar)).status).toBe(200);
  });

  it("a logout token that names a session alone ends that one", async () => {
    const inBy = async (sid: string) => {
      hostile.claims = { sid };
      const { jar, authorize } = await begun();
      await jar.go(hostile.comeBack(authorize));
      hostile.claims = {};
      return jar;
    };
    const [one, other] = [await inBy("session-1"), await inBy("session-2")];
    expect((await say(await hostile.logoutToken("", { sub: undefined, sid: "session-1" }))).status).toBe(200);
    expect([(await refresh(one)).status, (await refresh(other)).status]).toEqual([401, 200]);
  });

  it("a logout token ends the sign-ins of its subject, once", async () => {
    const { jar, authorize } = await begun();
    await jar.go(hostile.comeBack(authorize));
    const token = await hostile.logoutToken("h-1");
    expect((await say(token)).status).toBe(200);
    expect((await refresh(jar)).status).toBe(401);
    expect((await say(token)).status).toBe(400);
    expect((await say("")).status).toBe(400);
  });
});

describe("a provider that is down", () => {
  it("is said at the button, also after a restart, and local accounts go on", async () => {
    await server.close();
    await plant.stop();
    await plant.start();
    const answer = await fetch(start("plant"), { redirect: "manual" });
    expect([answer.status, locationOf(answer)]).toEqual([303, "/#/signin?sso=provider-unavailable"]);
    expect((await (await plant.enter("ada")).get<Me>("/auth/me")).body.name).toBe("ada");
    const { jar, authorize } = await begun();
    expect(locationOf(await jar.go(hostile.comeBack(authorize)))).toBe("/");
  });
});
