import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { textOf } from "../core/text.ts";
import { guardedPress } from "../services/testing/site-bench.ts";
import { type Answer, InjectBench } from "./testing/inject.ts";
import { twoMachines } from "./testing/plant.ts";
import type { Command } from "./wire/command.ts";
import type { KioskView } from "./wire/kiosk.ts";

const anna = { user: "anna", pin: "482915" };
const own = { origin: "http://localhost:80", "sec-fetch-site": "same-origin" };

let http: InjectBench;
let cookie: string;
beforeEach(async () => {
  const plant = twoMachines();
  const machines = plant.equipment.map((each) =>
    each.id === "press" ? { ...each, commands: guardedPress.commands ?? [] } : each,
  );
  http = new InjectBench({}, { ...plant, equipment: machines });
  const { kiosk } = http.bench;
  kiosk.put("anna", anna.pin);
  kiosk.put("bruno", "730164");
  await kiosk.site.start();
  cookie = `plancia_kiosk=${(await kiosk.enrolled()).key}`;
});
afterEach(() => http.close());

/** As the page of the enrolled kiosk does. */
function at<Body = KioskView>(
  method: "GET" | "POST",
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer<Body>> {
  return http.call<Body>(method, `/api/v1/kiosk${path}`, {
    ...(body === undefined ? {} : { body }),
    headers: { ...own, host: "localhost:80", cookie, ...headers },
  });
}

describe("a kiosk's key", () => {
  it("comes for the one-time link, once, in a cookie that goes nowhere else", async () => {
    const secret = await http.bench.kiosk.add("second", "oven");
    const answer = await at("POST", "/enrol", { secret }, { cookie: "" });
    expect([answer.status, answer.body.machine.id]).toEqual([200, "oven"]);
    const set = answer.headers["set-cookie"] ?? "";
    expect(set).toMatch(/^plancia_kiosk=\S+; Max-Age=34560000; Path=\/api\/v1\/kiosk; HttpOnly; SameSite=Strict$/);
    expect(answer.text).not.toContain(/plancia_kiosk=([^;]+)/.exec(set)?.[1]);
    const again = await at("POST", "/enrol", { secret }, { cookie: "" });
    expect([again.status, again.problem.code]).toEqual([410, "auth/link-used"]);
  });

  it("is given anew to a device in use, and not with every answer", async () => {
    const gives = async () => (await at("GET", "")).headers["set-cookie"] !== undefined;
    expect([await gives(), await gives()]).toEqual([true, false]);
  });

  it("is bound to one machine, and to nothing but the kiosk", async () => {
    expect((await at("GET", "")).body.machine.id).toBe("press");
    for (const url of ["/api/v1/equipment", "/api/v1/auth/me", "/api/v1/audit"])
      expect((await http.call("GET", url, { headers: { ...own, cookie } })).status).toBe(401);
    const stop = await http.call("POST", "/api/v1/equipment/oven/stop", { headers: { ...own, cookie } });
    expect(stop.status).toBe(401);
  });

  it.each(["", "plancia_kiosk=", "plancia_kiosk=guessed", `plancia_kiosk=${"x".repeat(500)}`, "plancia_session=x"])(
    "is needed: %s",
    async (wrong) => {
      const answer = await at("GET", "", undefined, { cookie: wrong });
      expect([answer.status, answer.problem.code]).toEqual([401, "auth/required"]);
    },
  );

  it("is not replaced by any sign-in", async () => {
    for (const as of ["operator", "supervisor", "administrator"]) {
      const headers = { ...own, host: "localhost:80" };
      for (const path of ["/island", "/lock-out", "/confirm"]) {
        const body = { ...anna, ...(path === "/island" ? { on: true } : {}) };
        expect((await http.call("POST", `/api/v1/kiosk${path}`, { as, body, headers })).status).toBe(401);
      }
    }
    expect(http.bench.kiosk.site.island("press")).toBe(false);
  });

  it.each([
    ["forwarded", "for=192.0.2.1"],
    ["x-forwarded-for", "192.0.2.1"],
    ["x-forwarded-proto", "https"],
    ["x-forwarded-host", "plant.example"],
    ["via", "1.1 proxy"],
    ["x-real-ip", "192.0.2.1"],
    ["X-Forwarded-Anything", ""],
  ])("opens nothing through a proxy (%s)", async (name, value) => {
    const { kiosk } = http.bench;
    for (const answer of [
      await at("GET", "", undefined, { [name]: value }),
      await at("POST", "/confirm", anna, { [name]: value }),
      await at("POST", "/stop", undefined, { [name]: value }),
      await at("POST", "/enrol", { secret: await kiosk.add(`n${name}`) }, { [name]: value }),
    ])
      expect([answer.status, answer.problem.code]).toEqual([403, "auth/forbidden"]);
    expect(kiosk.site.permit("press")).toBeUndefined();
  });

  it.each([
    ["another site", { origin: "http://evil.example", "sec-fetch-site": "cross-site" }],
    ["another host that is configured for people", { origin: "https://plancia.example" }],
    ["the same name over another scheme", { origin: "https://localhost:80" }],
    ["another port", { origin: "http://localhost:81" }],
    ["a page without origin", { origin: "null" }],
    ["a page of the same site that is not ours", { "sec-fetch-site": "same-site" }],
    ["an address bar", { "sec-fetch-site": "none" }],
  ])("opens nothing from %s", async (_name, headers) => {
    const answer = await at("POST", "/confirm", anna, headers);
    expect([answer.status, answer.problem.code]).toEqual([403, "auth/forbidden"]);
  });

  it("opens nothing that changes something to what does not say where it comes from", async () => {
    const headers = { host: "localhost:80", cookie };
    expect((await http.call("GET", "/api/v1/kiosk", { headers })).status).toBe(200);
    expect((await http.call("POST", "/api/v1/kiosk/confirm", { headers, body: anna })).status).toBe(403);
  });
});

describe("what the kiosk shows", () => {
  it("is its machine as it stands, and the gateway's clock", async () => {
    http.bench.kiosk.control = { holder: "E. Greco", since: http.time.wallMs() };
    const { body } = await at("GET", "");
    expect(body).toMatchObject({
      kiosk: { name: "panel" },
      at: new Date(http.time.wallMs()).toISOString(),
      machine: { id: "press", name: textOf("Press") },
      state: { name: "Execute" },
      local: { declared: "key", remote: true },
      control: { holder: "E. Greco" },
      confirmation: { holdsMs: 60_000 },
      pending: [],
      island: { cut: false, site: false },
      lockOuts: [],
      stop: { allowed: true, declared: true },
      record: { commands: [] },
      attendants: ["anna", "bruno"],
      phone: "+39 02 0000000",
    });
    expect(JSON.stringify(body)).not.toContain("plain");
  });

  it("names who asks for what, and how long it waits", async () => {
    const until = http.time.wallMs() + 30_000;
    http.bench.kiosk.pending.push({
      ...{ id: "c1", command: textOf("Start"), user: "E. Greco", consequence: textOf("The table moves"), until },
      approval: false,
    });
    await http.time.advance(10_000);
    expect((await at("GET", "")).body.pending).toEqual([
      {
        ...{ id: "c1", command: textOf("Start"), user: "E. Greco", consequence: textOf("The table moves") },
        ...{ approval: false, leftMs: 20_000 },
      },
    ]);
  });
});

describe("what is set at the kiosk", () => {
  it("is confirmed with a PIN", async () => {
    const answer = await at("POST", "/confirm", anna);
    expect([answer.status, answer.body.confirmation?.given]).toEqual([200, { by: "anna", leftMs: 60_000 }]);
    await http.time.advance(15_000);
    expect((await at("GET", "")).body.confirmation?.given?.leftMs).toBe(45_000);
  });

  it("is not confirmed where the machine does not allow it, and the answer says why", async () => {
    http.bench.set("press/key", false);
    const answer = await at("POST", "/confirm", anna);
    expect([answer.status, answer.problem.code, answer.problem.detail]).toEqual([
      409,
      "site/not-now",
      "the key at the machine is not on REMOTE",
    ]);
    expect((await at("GET", "")).body.confirmation?.obstacle).toBe("key");
  });

  it("locks out, and is lifted by the same person alone", async () => {
    const { body } = await at("POST", "/lock-out", { ...anna, reason: "belt change" });
    const id = body.lockOuts[0]?.id;
    expect(body.lockOuts).toMatchObject([{ person: "anna", reason: "belt change" }]);
    const other = await at("POST", "/lock-out/lift", { user: "bruno", pin: "730164", id });
    expect([other.status, other.problem.code]).toEqual([403, "auth/forbidden"]);
    expect((await at("POST", "/lock-out/lift", { ...anna, id: "none" })).status).toBe(404);
    expect((await at("POST", "/lock-out/lift", { ...anna, id })).body.lockOuts).toEqual([]);
  });

  it("cuts the machine off and connects it again", async () => {
    expect((await at("POST", "/island", { ...anna, on: true })).body.island).toMatchObject({ cut: true, who: "anna" });
    expect((await at("POST", "/island", { ...anna, on: false })).body.island.cut).toBe(false);
  });

  it("takes a wrong PIN with one answer, then makes this kiosk wait", async () => {
    for (let i = 0; i < 3; i++) {
      const answer = await at("POST", "/island", { ...anna, pin: "000001", on: true });
      expect([answer.status, answer.problem.code]).toEqual([401, "auth/failed"]);
    }
    const answer = await at("POST", "/island", { ...anna, on: true });
    expect([answer.status, answer.headers["retry-after"]]).toEqual([429, "7"]);
    expect(http.bench.audit.entries.filter(({ action }) => action === "kiosk.pin-failed")).toHaveLength(3);
    expect(JSON.stringify(http.bench.audit.entries)).not.toContain("000001");
  });

  it.each([
    ["no PIN", { user: "anna" }],
    ["a short PIN", { user: "anna", pin: "48291" }],
    ["a PIN with letters", { user: "anna", pin: "48291a" }],
    ["a number", { user: "anna", pin: 482915 }],
    ["more than is asked", { ...anna, role: "administrator" }],
    ["a name that is an object", { user: {}, pin: "482915" }],
  ])("refuses %s", async (_name, body) => {
    expect((await at("POST", "/confirm", body)).status).toBe(400);
  });

  it("stops the machine without a PIN, whatever is sent along", async () => {
    const answer = await at<Command>("POST", "/stop", undefined, { "content-type": "application/json" });
    expect([answer.status, answer.body.user, answer.body.kind]).toEqual([200, "kiosk:panel", "stop"]);
    expect(http.bench.machine.get("press/running")).toBe(false);
    expect((await at<Command>("GET", `/stop/${answer.body.id}`)).body.state).toBe("VERIFIED");
    expect((await at("GET", "/stop/none")).status).toBe(404);
    http.bench.set("press/running", true);
    const odd = await http.call("POST", "/api/v1/kiosk/stop", {
      raw: "{not json",
      headers: { ...own, host: "localhost:80", cookie },
    });
    expect(odd.status).toBe(200);
  });
});

describe("from afar", () => {
  it("there is no route that sets or lifts anything of the site but the kiosk's", async () => {
    const { routes } = await http.api;
    const site = routes.filter(
      ({ url }) => !url.includes("/config/") && /lock-?out|island|confirm|permit|chain|kiosk|pin/i.test(url),
    );
    expect(site.length).toBeGreaterThan(0);
    for (const { url, policy } of site)
      expect([url, policy]).toEqual([url, url === "/api/v1/kiosk/enrol" ? "kiosk-enrolment" : "kiosk"]);
  });

  it("strangers at the kiosk's address do not take its requests away", async () => {
    await http.close();
    http = new InjectBench({ limits: { requestsPerMinute: 5 } });
    await http.bench.kiosk.site.start();
    cookie = `plancia_kiosk=${(await http.bench.kiosk.enrolled()).key}`;
    const strangers = [];
    for (let i = 0; i < 8; i++) strangers.push((await at("GET", "", undefined, { cookie: "" })).status);
    expect(strangers.slice(-2)).toEqual([429, 429]);
    for (let i = 0; i < 8; i++) expect((await at("GET", "")).status).toBe(200);
  });
});
