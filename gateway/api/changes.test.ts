import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { InjectBench } from "./testing/inject.ts";
import type { ChangesPage } from "./wire/changes.ts";
import type { CommissioningView } from "./wire/commissioning.ts";

let bench: InjectBench;

beforeEach(async () => {
  bench = new InjectBench();
  bench.bench.people.put("anna", "administrator");
  bench.bench.people.put("bruno", "administrator");
  await bench.bench.changes.startWaiting();
});

afterEach(() => bench.close());

const list = (as: string) => bench.call<ChangesPage>("GET", "/api/v1/config/changes", { as });

async function decide(as: string, what: "confirm" | "accept", digest?: string, equipment = "press") {
  const shown = digest ?? bench.bench.changes.desk.control("press")?.digest;
  return bench.call<ChangesPage>("POST", `/api/v1/config/changes/${equipment}/${what}`, {
    as,
    body: { digest: shown },
  });
}

describe("GET /config/changes", () => {
  it("shows what waits, from what to what, in both languages", async () => {
    const { status, body } = await list("anna");
    expect(status).toBe(200);
    expect(body.items).toMatchObject([
      {
        equipment: "press",
        whole: false,
        targets: ["press/speed"],
        changes: [
          {
            ...{ target: "press/speed", key: "limits", whole: false },
            label: { en: "Limits", it: "Limiti" },
            ...{ from: { en: "0 … 400" }, to: { en: "0 … 500" } },
          },
        ],
        accepted: { by: "system:first-start", address: "local" },
        now: { allowed: true },
        mayAccept: true,
      },
    ]);
  });

  it("says that an operator looks only, and is nothing for a viewer", async () => {
    expect((await list("operator")).body.items).toMatchObject([{ mayAccept: false }]);
    expect((await list("viewer")).status).toBe(403);
  });

  it("leaves out machines that are not his to see", async () => {
    bench.bench.people.put("oven-only", "operator", ["oven"]);
    expect((await list("oven-only")).body.items).toEqual([]);
  });
});

describe("confirming and accepting", () => {
  it("takes two administrators; the second sees who was the first", async () => {
    expect(await decide("bruno", "accept")).toMatchObject({ status: 409, body: { code: "config/second-person" } });
    const confirmed = await decide("anna", "confirm");
    expect(confirmed.body.items[0]?.confirmedBy).toEqual({ name: "anna", self: true });
    expect((await list("bruno")).body.items[0]?.confirmedBy).toEqual({ name: "anna", self: false });
    expect(await decide("anna", "accept")).toMatchObject({ status: 409, body: { code: "config/second-person" } });
    expect(await decide("bruno", "accept")).toMatchObject({ status: 200, body: { items: [] } });
    expect((await list("anna")).body.items).toEqual([]);
    expect(bench.bench.audit.entries.map(({ action, who }) => [action, who]).slice(-2)).toEqual([
      ["config.confirmed", "anna"],
      ["config.accepted", "bruno"],
    ]);
  });

  it("takes nothing but what was shown", async () => {
    expect(await decide("anna", "confirm", "0".repeat(64))).toMatchObject({ body: { code: "request/conflict" } });
    expect(await decide("anna", "confirm", "latest")).toMatchObject({ body: { code: "request/invalid" } });
    expect(await decide("anna", "confirm", undefined, "lathe")).toMatchObject({ body: { code: "request/not-found" } });
  });

  it("waits while the machine runs", async () => {
    await decide("anna", "confirm");
    bench.bench.changes.moment = { kind: "state", name: "Execute" };
    const [waiting] = (await list("bruno")).body.items;
    expect(waiting?.now.allowed).toBe(false);
    expect(waiting?.now.say?.it).toContain("Execute");
    expect(await decide("bruno", "accept")).toMatchObject({ status: 409, body: { code: "site/not-now" } });
  });

  it.each(["viewer", "operator", "supervisor", "inside"])("is nothing for %s", async (name) => {
    expect(await decide(name, "confirm")).toMatchObject({ status: 403 });
    expect(await decide(name, "accept")).toMatchObject({ status: 403 });
  });
});

describe("GET /equipment/{id}/commissioning", () => {
  const sheet = (as: string, id = "press") =>
    bench.call<CommissioningView>("GET", `/api/v1/equipment/${id}/commissioning`, { as });

  it("says what can be done from afar, in words", async () => {
    const { status, body } = await sheet("viewer");
    expect(status).toBe(200);
    expect(body.tags.map(({ target, class: of }) => [target, of])).toEqual([
      ["press/speed", "C1"],
      ["press/stop_request", "C1"],
      ["press/recipe", "C2"],
    ]);
    expect(body.tags[0]?.rows.find(({ key }) => key === "limits")?.value.en).toBe("0 … 500");
    expect(body.machine.find(({ key }) => key === "local")?.value).toEqual({
      en: "key, remote at true",
      it: "key, remoto a true",
    });
    expect(body).toMatchObject({
      waiting: [{ target: "press/speed" }],
      signature: "none",
      accepted: { by: "system:first-start" },
    });
  });

  it("is there for a guest in his slot alone", async () => {
    expect((await sheet("inside")).status).toBe(200);
    expect((await sheet("elsewhere")).status).toBe(404);
    expect((await sheet("viewer", "lathe")).status).toBe(404);
  });
});
