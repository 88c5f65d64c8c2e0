import { afterEach, describe, expect, it } from "vitest";
import { type Answer, InjectBench } from "./testing/inject.ts";
import { ReaderPeer } from "./testing/live-bench.ts";
import type { CommandProblem } from "./wire/command.ts";
import type { ControlView, EquipmentView } from "./wire/equipment.ts";
import type { HandOverNote, OnCallEntry } from "./wire/lease.ts";

const lease = "/api/v1/equipment/press/lease";
const bench = new Set<InjectBench>();

function start(): InjectBench {
  const started = new InjectBench();
  bench.add(started);
  return started;
}

afterEach(async () => {
  for (const each of bench) await each.close();
  bench.clear();
});

/** A person with one page open: his requests, and what its socket brought. */
async function page(inject: InjectBench, name: string, userAgent = "desktop") {
  const { accessToken: token } = await inject.bench.people.enter(name);
  const peer = new ReaderPeer();
  peer.attached = (await inject.api).live.attach(peer, { address: "127.0.0.1", userAgent });
  peer.say({ type: "authenticate", token });
  await inject.time.advance(0);
  const call = <Body = ControlView>(method: "GET" | "POST" | "DELETE", url: string, body?: unknown) =>
    inject.call<Body>(method, url, { token, body });
  return { call, peer, token };
}

const causes = (answer: Answer<unknown>) => (answer.problem as CommandProblem).causes?.map((each) => each.cause);

describe("control over HTTP (R40, R41)", () => {
  it("is taken, seen by everybody, and given back", async () => {
    const inject = start();
    const anna = await page(inject, "operator");
    const taken = await anna.call("POST", lease, {});
    expect([taken.status, taken.body]).toEqual([
      200,
      expect.objectContaining({ holder: "operator", mine: true, phone: false, lease: "off", phoneControl: "watch" }),
    ]);
    const seen = await inject.call<EquipmentView>("GET", "/api/v1/equipment/press", { as: "viewer" });
    expect(seen.body.control).toMatchObject({ holder: "operator", mine: false });
    expect(seen.body.control.take.causes.map(({ cause }) => cause)).toEqual(["no-permission", "held-by-other"]);
    expect((await anna.call("DELETE", lease)).body).toMatchObject({ holder: null, mine: false });
    expect((await anna.call("DELETE", lease)).status).toBe(200);
  });

  it("needs no body to be taken", async () => {
    const anna = await page(start(), "operator");
    expect((await anna.call("POST", lease)).status).toBe(200);
  });

  it("is refused without a page, with all causes as a command's", async () => {
    const inject = start();
    inject.bench.set("press/key", false);
    inject.bench.circumstances.cut = true;
    const answer = await inject.call("POST", lease, { as: "operator", body: { phone: true } });
    expect(answer.problem).toMatchObject({ status: 409, code: "command/refused", instance: lease });
    expect(causes(answer)).toEqual(["local-control", "island", "no-permission", "communication-loss"]);
    expect((answer.problem as CommandProblem).causes?.[0]?.text).toEqual({
      en: "The key at the machine is on LOCAL",
      it: "La chiave alla macchina è su LOCAL",
    });
  });

  it("is asked for, withdrawn, declined and handed over, and both sides see it", async () => {
    const inject = start();
    const anna = await page(inject, "operator");
    const carla = await page(inject, "supervisor");
    await anna.call("POST", lease, {});
    const asked = await carla.call("POST", `${lease}/request`, {});
    expect(asked.body.request).toMatchObject({ user: "supervisor", mine: true });
    await carla.call("POST", `${lease}/request`, { withdraw: true });
    await carla.call("POST", `${lease}/request`, {});
    await anna.call("POST", `${lease}/answer`, { accept: false, note: "later" });
    await carla.call("POST", `${lease}/request`, {});
    const over = await anna.call("POST", `${lease}/answer`, { accept: true, note: "Tank is low" });
    expect(over.body).toMatchObject({ holder: "supervisor", mine: false });
    await inject.time.advance(0);
    for (const { peer } of [anna, carla]) {
      const changes = peer.takeOf("event").map(({ event }) => (event.kind === "lease" ? event.change : event.kind));
      expect(changes).toEqual(["taken", "requested", "withdrawn", "requested", "declined", "requested", "handed-over"]);
    }
    const late = await anna.call("POST", `${lease}/answer`, { accept: true });
    expect([late.status, causes(late)]).toEqual([409, ["held-by-other"]]);
    const notes = await carla.call<{ items: HandOverNote[] }>("GET", "/api/v1/equipment/press/hand-over");
    expect(notes.body.items).toEqual([
      expect.objectContaining({ change: "handed-over", from: "operator", to: "supervisor", text: "Tank is low" }),
    ]);
  });

  it("is taken by force with a reason, by a supervisor", async () => {
    const inject = start();
    const anna = await page(inject, "operator");
    const carla = await page(inject, "supervisor");
    await anna.call("POST", lease, {});
    expect((await carla.call("POST", `${lease}/take`, { reason: " " })).status).toBe(400);
    expect((await carla.call("POST", `${lease}/take`, {})).status).toBe(400);
    expect((await anna.call("POST", `${lease}/take`, { reason: "x" })).status).toBe(403);
    expect((await carla.call("POST", `${lease}/take`, { reason: "Wrong recipe" })).status).toBe(200);
    expect(anna.peer.takeOf("event").at(-1)?.event).toEqual({
      kind: "lease",
      equipment: "press",
      change: "forced",
      holder: "supervisor",
      by: "supervisor",
      reason: "Wrong recipe",
    });
  });

  it("knows a phone by the request's browser, too", async () => {
    const inject = start();
    const { token } = await page(inject, "operator");
    const headers = { "user-agent": "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)" };
    expect(causes(await inject.call("POST", lease, { token, body: {}, headers }))).toEqual(["no-permission"]);
  });

  it("is noted in words by whoever has it, nobody else", async () => {
    const inject = start();
    const anna = await page(inject, "operator");
    const url = "/api/v1/equipment/press/hand-over";
    expect((await anna.call("POST", url, { text: "x" })).status).toBe(409);
    await anna.call("POST", lease, {});
    expect((await anna.call("POST", url, { text: "Die changed" })).body).toMatchObject({
      change: "note",
      text: "Die changed",
    });
    const first = await anna.call<{ items: HandOverNote[]; next?: string }>("GET", `${url}?limit=1`);
    expect(first.body.items).toHaveLength(1);
    const rest = await anna.call<{ items: HandOverNote[]; next?: string }>(
      "GET",
      `${url}?limit=1&next=${first.body.next}`,
    );
    expect(rest.body).toEqual({ items: [] });
  });

  it("R43: reading is no sign that somebody is there, doing something is", async () => {
    const inject = start();
    const anna = await page(inject, "operator");
    await anna.call("POST", lease, {});
    const activeMs = () => inject.bench.control.leases.holder("press")?.activeMs;
    const takenMs = activeMs();
    await inject.time.advance(1000);
    await anna.call("GET", "/api/v1/equipment");
    await anna.call("POST", "/api/v1/values", { tags: ["press/speed"] });
    expect(activeMs()).toBe(takenMs);
    await anna.call("POST", "/api/v1/equipment/press/stop");
    expect(activeMs()).toBe(inject.time.monotonicMs());
  });
});

describe("what on-call was told, over HTTP (R17)", () => {
  it("is listed, told live to whoever may answer, and acknowledged once", async () => {
    const inject = start();
    const anna = await page(inject, "operator");
    const carla = await page(inject, "supervisor");
    const viewer = await page(inject, "viewer");
    await anna.call("POST", lease, {});
    anna.peer.terminate();
    anna.peer.attached?.gone();
    await inject.time.advance(16_000);
    const told = (peer: ReaderPeer) => peer.takeOf("event").filter(({ event }) => event.kind === "on-call");
    expect([told(carla.peer).length, told(viewer.peer).length]).toEqual([1, 0]);
    const { body } = await carla.call<OnCallEntry[]>("GET", "/api/v1/on-call");
    expect(body).toHaveLength(1);
    const url = `/api/v1/on-call/${body[0]?.id}/acknowledge`;
    expect((await carla.call<OnCallEntry>("POST", url)).body).toMatchObject({ acknowledgedBy: "supervisor" });
    expect((await carla.call("POST", url)).status).toBe(404);
    expect((await carla.call<OnCallEntry[]>("GET", "/api/v1/on-call")).body).toEqual([]);
  });
});
