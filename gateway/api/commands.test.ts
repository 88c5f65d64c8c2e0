import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InjectBench } from "./testing/inject.ts";
import type { Command, CommandProblem, DryRun, WhyAnswer } from "./wire/command.ts";
import type { CommandPage } from "./wire/lists.ts";

let bench: InjectBench;

beforeEach(() => {
  bench = new InjectBench();
});

afterEach(() => bench.close());

function write(more: object = {}) {
  const ticket = bench.bench.tickets.current();
  return { target: "press/speed", value: 410, key: "key-00000001", ticket, ...more };
}

describe("POST /commands", () => {
  it("answers 200 with the record when the command is final", async () => {
    const answer = await bench.call<Command>("POST", "/api/v1/commands", { as: "operator", body: write() });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      state: "VERIFIED",
      value: 410,
      oldValue: 400,
      readBack: 410,
      user: "operator",
    });
    expect(bench.bench.writes).toEqual([{ tag: "press/speed", value: 410 }]);
    const read = await bench.call<Command>("GET", `/api/v1/commands/${answer.body.id}`, { as: "viewer" });
    expect(read.body).toEqual({ ...answer.body, mine: false });
  });

  it("answers 202 with its place while it is on the way", async () => {
    const answer = await bench.call<Command>("POST", "/api/v1/commands", { as: "operator", body: write({ wait: 0 }) });
    expect([answer.status, answer.body.state]).toEqual([202, "SENT"]);
    expect(answer.headers["location"]).toBe(`/api/v1/commands/${answer.body.id}`);
  });

  it("answers 409 with every cause when it is refused", async () => {
    bench.bench.set("press/key", false);
    const answer = await bench.call("POST", "/api/v1/commands", { as: "operator", body: write({ value: 900 }) });
    const problem = answer.problem as CommandProblem;
    expect(problem).toMatchObject({ status: 409, code: "command/refused", state: "REFUSED" });
    expect(problem.causes?.map((cause) => cause.cause).sort()).toEqual([
      "local-control",
      "step-limit",
      "value-not-allowed",
    ]);
    expect(bench.bench.writes).toEqual([]);
  });

  it("answers 200 with EXPIRED, which is a result, when the ticket is too old", async () => {
    const body = write();
    await bench.time.advance(6000);
    bench.bench.refresh();
    const answer = await bench.call<Command>("POST", "/api/v1/commands", { as: "operator", body });
    expect([answer.status, answer.body.state]).toEqual([200, "EXPIRED"]);
    expect(bench.bench.writes).toEqual([]);
  });

  it("gives the first result to the same key, and 422 to the same key with another value", async () => {
    const first = await bench.call<Command>("POST", "/api/v1/commands", { as: "operator", body: write() });
    const again = await bench.call<Command>("POST", "/api/v1/commands", { as: "operator", body: write() });
    expect(again.body.id).toBe(first.body.id);
    const other = await bench.call("POST", "/api/v1/commands", { as: "operator", body: write({ value: 420 }) });
    expect([other.status, other.problem.code]).toEqual([422, "command/key-reused"]);
    expect(bench.bench.writes).toHaveLength(1);
  });

  it("does not drop arguments in silence", async () => {
    const answer = await bench.call("POST", "/api/v1/commands", {
      as: "operator",
      body: write({ arguments: { n: 1 } }),
    });
    expect(answer.problem).toMatchObject({ status: 409, causes: [{ cause: "value-not-allowed" }] });
    expect(bench.bench.writes).toEqual([]);
  });

  it.each([
    ["ten thousand of them", Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`a${n}`, n]))],
    ["one with a name of a page", { ["a".repeat(4_000)]: 1 }],
  ])("takes no arguments that no command has: %s", async (_what, given) => {
    for (const path of ["commands", "commands/dry-run", "commands/some-id/operate"]) {
      const { target, value, ticket, key } = write();
      const body = {
        arguments: given,
        ...(path.endsWith("operate") ? { ticket } : { target, value }),
        ...(path === "commands" ? { ticket, key } : {}),
      };
      const answer = await bench.call("POST", `/api/v1/${path}`, { as: "operator", body });
      expect([answer.status, answer.text.length < 10_000], path).toEqual([400, true]);
    }
  });

  it("says what would be checked and written, and does nothing", async () => {
    const dry = await bench.call<DryRun>("POST", "/api/v1/commands/dry-run", {
      as: "operator",
      body: { target: "press/speed", value: 900 },
    });
    expect(dry.body).toMatchObject({
      target: "press/speed",
      class: "C1",
      allowed: false,
      steps: [{ target: "press/speed", value: 900, from: 400 }],
      needs: { select: false, approval: false, permit: "none" },
    });
    expect(dry.body.causes.map((each) => each.cause)).toEqual(["value-not-allowed", "step-limit"]);
    const why = await bench.call<WhyAnswer>("GET", "/api/v1/equipment/press/why?target=press/speed", { as: "viewer" });
    expect(why.body.why[0]).toMatchObject({ kind: "check", truth: false, cause: "no-permission" });
    expect(bench.bench.writes).toEqual([]);
    const elsewhere = await bench.call("GET", "/api/v1/equipment/oven/why?target=press/speed", { as: "viewer" });
    expect(elsewhere.status).toBe(404);
  });

  it("lists records newest first, in pages, of the machine that is asked for", async () => {
    for (const n of [1, 2, 3]) {
      await bench.call("POST", "/api/v1/commands", { as: "operator", body: write({ key: `key-0000000${n}` }) });
      await bench.time.advance(2000);
      bench.bench.refresh();
    }
    const page = await bench.call<CommandPage>("GET", "/api/v1/commands?equipment=press&limit=2", { as: "viewer" });
    expect(page.body.items.map((item) => item.equipment)).toEqual(["press", "press"]);
    expect(page.body.next).toBe(page.body.items[1]?.id);
  });
});

describe("select before operate", () => {
  const target = "press/recipe";
  const selecting = (more: object = {}) => write({ target, value: 7, key: "key-select-1", ...more });
  /** A select is one sign-in's alone. */
  let token = "";
  beforeEach(async () => {
    token = (await bench.bench.people.enter("operator")).accessToken;
  });
  const operate = (id: string, who: { as: string } | { token: string }, more: object = {}) =>
    bench.call<Command>("POST", `/api/v1/commands/${id}/operate`, {
      ...who,
      body: { value: 7, ticket: bench.bench.tickets.current(), ...more },
    });

  it("answers 202 SELECTED with its time and place, then operates to the end", async () => {
    const selected = await bench.call<Command>("POST", "/api/v1/commands", { token, body: selecting() });
    expect([selected.status, selected.body.state]).toEqual([202, "SELECTED"]);
    expect(selected.body.operateBefore).toMatch(/Z$/);
    expect(selected.headers["location"]).toBe(`/api/v1/commands/${selected.body.id}`);
    expect(bench.bench.writes).toEqual([]);
    const done = await operate(selected.body.id, { token });
    expect([done.status, done.body.state, done.body.class]).toEqual([200, "VERIFIED", "C2"]);
    expect(bench.bench.writes).toEqual([{ tag: target, value: 7 }]);
  });

  it("refuses the operate of other values, of somebody else, and of what was taken back", async () => {
    const first = await bench.call<Command>("POST", "/api/v1/commands", { token, body: selecting() });
    const stranger = await operate(first.body.id, { as: "supervisor" });
    expect((stranger.problem as CommandProblem).causes?.[0]?.cause).toBe("selected-by-other");
    expect((await operate(first.body.id, { as: "viewer" })).status).toBe(403);
    const other = await operate(first.body.id, { token }, { value: 8 });
    expect((other.problem as CommandProblem).causes?.[0]?.cause).toBe("not-selected");
    const second = await bench.call<Command>("POST", "/api/v1/commands", {
      token,
      body: selecting({ key: "key-select-2" }),
    });
    const back = await bench.call<Command>("POST", `/api/v1/commands/${second.body.id}/cancel`, {
      token,
      body: { reason: "Not today" },
    });
    expect([back.status, back.body.state]).toEqual([200, "CANCELLED"]);
    expect(back.body.events.at(-1)).toMatchObject({ step: "taken-back-because", data: { reason: "Not today" } });
    expect((await operate(second.body.id, { token })).status).toBe(409);
    expect(bench.bench.writes).toEqual([]);
  });

  it("lets nobody approve what needs no approval, and an operator nothing at all", async () => {
    const { body } = await bench.call<Command>("POST", "/api/v1/commands", { token, body: selecting() });
    const approve = (as: string) =>
      bench.call("POST", `/api/v1/commands/${body.id}/approve`, {
        as,
        body: { ticket: bench.bench.tickets.current() },
      });
    expect((await approve("operator")).status).toBe(403);
    expect(((await approve("supervisor")).problem as CommandProblem).causes?.[0]?.cause).toBe("approval-expired");
  });
});

describe("a stop request", () => {
  it("works with the stop token alone, which is good for nothing else but its record", async () => {
    const { stopToken: token } = await bench.bench.people.enter("operator");
    const answer = await bench.call<Command>("POST", "/api/v1/equipment/press/stop", {
      token,
      body: { reason: "smoke" },
    });
    expect([answer.status, answer.body.kind, answer.body.reason]).toEqual([200, "stop", "smoke"]);
    expect((await bench.call("GET", `/api/v1/commands/${answer.body.id}`, { token })).status).toBe(200);
    for (const url of ["/api/v1/equipment", "/api/v1/auth/me", "/api/v1/ticket", "/api/v1/history"]) {
      expect((await bench.call("GET", url, { token })).status, url).toBe(401);
    }
    expect((await bench.call("POST", "/api/v1/commands", { token, body: write() })).status).toBe(401);
  });

  it.each([
    ["nothing", undefined],
    ["no JSON", "{ broken"],
    ["unknown fields", '{"unknown": 1}'],
    ["a poisoned name", '{"__proto__": 1}'],
    ["null", "null"],
    ["a reason of the wrong kind", '{"reason": 7}'],
    ["more than it takes", `{"reason":"${"x".repeat(20_000)}"}`],
    ["more than anything takes", "x".repeat(1024 * 1024)],
  ])("is not held up by a body of %s, and says that it was left aside", async (_what, raw) => {
    const options = raw === undefined ? {} : { raw };
    for (const url of ["/api/v1/equipment/press/stop", "/api/v1/stop"]) {
      const answer = await bench.call<Command & { stops?: Command[] }>("POST", url, { as: "operator", ...options });
      expect(answer.status).toBe(200);
      const [stop = answer.body] = answer.body.stops ?? [];
      expect([stop.kind, stop.reason ?? null]).toEqual(["stop", null]);
      const said = stop.events.map(({ text }) => text).join();
      expect(said.includes("the body was left aside")).toBe(raw !== undefined);
    }
  });

  it.each(["application/json; charset=;", "???", "multipart/form-data"])(
    "is not held up by the media type %s",
    async (type) => {
      const options = { as: "operator", raw: '{"reason":"r"}', headers: { "content-type": type } };
      const answer = await bench.call<Command>("POST", "/api/v1/equipment/press/stop", options);
      expect([answer.status, answer.body.reason]).toEqual([200, "r"]);
    },
  );

  it("is taken as the plain text that a closing page can still send", async () => {
    const headers = { "content-type": "text/plain" };
    const answer = await bench.call<Command>("POST", "/api/v1/equipment/press/stop", {
      as: "operator",
      raw: '{"reason":"r"}',
      headers,
    });
    expect(answer.body.reason).toBe("r");
  });

  it("works when everything else is over its limit", async () => {
    const tight = new InjectBench({ limits: { requestsPerMinute: 3 } });
    const { accessToken: token } = await tight.bench.people.enter("operator");
    const statuses: number[] = [];
    for (let n = 0; n < 5; n++) statuses.push((await tight.call("GET", "/api/v1/ticket", { token })).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const limited = await tight.call("GET", "/api/v1/ticket", { token });
    expect(limited.problem.code).toBe("request/rate-limited");
    expect(Number(limited.headers["retry-after"])).toBeGreaterThan(0);
    expect((await tight.call("POST", "/api/v1/stop", { token })).status).toBe(200);
    expect((await tight.call("GET", "/healthz")).status).toBe(200);
    await tight.close();
  });

  it("to all stops mine, and a viewer has none", async () => {
    const { body } = await bench.call<{ stops: Command[] }>("POST", "/api/v1/stop", { as: "inside" });
    expect(body.stops.map((stop) => stop.equipment)).toEqual(["press"]);
    expect((await bench.call("POST", "/api/v1/stop", { as: "viewer" })).status).toBe(403);
    expect((await bench.call("POST", "/api/v1/equipment/oven/stop", { as: "inside" })).status).toBe(404);
  });
});

describe("what a stranger or a careless program sends", () => {
  it("R10: a flood of stop requests by nobody, from the same address, holds up no stop of somebody who may", async () => {
    const tight = new InjectBench({ limits: { stopsPerMinute: 3 } });
    const url = "/api/v1/equipment/press/stop";
    const strangers = [];
    for (let n = 0; n < 5; n++) strangers.push((await tight.call("POST", url, { token: "nobody" })).status);
    expect(strangers).toEqual([401, 401, 401, 429, 429]);
    const stops = [];
    for (let n = 0; n < 5; n++)
      stops.push((await tight.call("POST", url, { as: "operator", body: { wait: 0 } })).status);
    expect(new Set(stops)).toEqual(new Set([202]));
    await tight.close();
  });

  it("a text of any length is no value", async () => {
    const bench = new InjectBench();
    const body = { target: "press/speed", value: "x".repeat(5000), key: "long-text-1" };
    const answer = await bench.call("POST", "/api/v1/commands", { as: "operator", body });
    expect([answer.status, answer.problem.code]).toEqual([400, "request/invalid"]);
    await bench.close();
  });
});
