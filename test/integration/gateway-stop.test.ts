import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../gateway/api/wire/command.ts";
import { loadInstallationKey } from "../../gateway/auth/installation-key.ts";
import { tokenKeyOf } from "../../gateway/auth/token-keys.ts";
import { accessTokenLifetimeS, createAccessTokens } from "../../gateway/auth/tokens.ts";
import { silentLog } from "../../gateway/core/log.ts";
import type { LoggedWrite } from "../../simulators/modbus/write-log.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** R10 from the door to the wire: nothing stands in the way of a stop request. */
const stopCoil = { function: 5, address: 0, values: [true] };
const fans = Array.from({ length: 50 }, (_, n) => `fan_${n}`);

let plant: Plant;
let person: Person;
let others: readonly Person[];
let before = 0;

beforeAll(async () => {
  plant = await startPlant({
    people: { olga: "operator", otto: "operator", oskar: "operator", vera: "viewer" },
    change: ({ equipment }) => {
      const tags = equipment["furnace"]?.tags;
      // Fifty names of one register, so that fifty writes can be on their way at once.
      for (const name of fans) if (tags) tags[name] = { ...tags["fan"], writable: { class: "C1", limits: [0, 100] } };
    },
  });
  person = await plant.enter("olga");
  others = [person, await plant.enter("otto"), await plant.enter("oskar")];
});
afterAll(() => plant?.close());

beforeEach(async () => {
  await plant.restore(person);
  before = plant.furnace.writes.count;
});

const written = (): readonly LoggedWrite[] => plant.furnace.writes.since(before);

/** @returns an access token of this sign-in that ended a minute ago, signed with the gateway's own key. */
async function expiredToken(): Promise<string> {
  const parts = person.accessToken.split(".")[1] ?? "";
  const claims = JSON.parse(Buffer.from(parts, "base64url").toString()) as { sub: string; sid: string };
  const key = loadInstallationKey(join(plant.data, "keys", "installation.key"), silentLog);
  const past = Date.now() - (accessTokenLifetimeS + 60) * 1000;
  const clock = { wallMs: () => past, monotonicMs: () => performance.now() };
  using records = new DatabaseSync(join(plant.data, "records.db"), { readOnly: true });
  const { salt } = records.prepare("SELECT salt FROM token_keys").get() as { salt: string };
  const newest = { ...tokenKeyOf(key, salt), signedUntilMs: undefined };
  return createAccessTokens({ keys: { newest, find: () => newest }, issuer: "rig", clock }).issue(
    claims.sub,
    claims.sid,
  );
}

describe("a stop request", () => {
  it("is VERIFIED when the machine is read to have stopped", async () => {
    const { status, body } = await person.stop("furnace");
    expect([status, body.state, body.evidence]).toEqual([200, "VERIFIED", "effect"]);
    expect(plant.furnace.model.readings.running).toBe(false);
    expect(written()[0]).toMatchObject(stopCoil);
    expect(body.events.map((event) => event.text).join("\n")).toMatch(/requested[\s\S]*sent[\s\S]*confirmed/);
  });

  it("is a level: once more changes nothing, and every write of it is the same", async () => {
    await person.stop("furnace");
    const { body } = await person.stop("furnace");
    expect(body.state).toBe("VERIFIED");
    for (const write of written()) expect(write).toMatchObject(stopCoil);
  });

  it("works with the stop token alone, which is good for nothing else", async () => {
    const token = person.stopToken;
    expect((await person.get("/equipment", token)).status).toBe(401);
    const ticket = await person.ticket();
    const write = { target: "furnace/setpoint", value: 900, key: "stop-token-1", ticket };
    expect((await person.post("/commands", write, token)).status).toBe(401);
    const { status, body } = await person.stop("furnace", token);
    expect([status, body.state]).toEqual([200, "VERIFIED"]);
    expect((await person.get(`/commands/${body.id}`, token)).body).toMatchObject({ state: "VERIFIED" });
  });

  it("works by the stop token after the access token has ended", async () => {
    const ended = await expiredToken();
    expect((await person.get("/equipment", ended)).status).toBe(401);
    expect((await person.stop("furnace", ended)).status).toBe(401);
    expect((await person.stop("furnace", person.stopToken)).body.state).toBe("VERIFIED");
  });

  it("works with everything else broken: key on LOCAL, records that cannot be written, the stop token only", async () => {
    plant.furnace.model.turnKey("local");
    using records = new DatabaseSync(join(plant.data, "records.db"));
    records.exec("BEGIN EXCLUSIVE");
    const ticket = await person.ticket();
    const refused = person.write("furnace/setpoint", 900, { ticket, wait: 0 });
    const began = performance.now();
    const { status, body } = await person.stop("furnace", person.stopToken);
    expect([status, body.state]).toEqual([200, "VERIFIED"]);
    expect(performance.now() - began).toBeLessThan(2500);
    expect(plant.furnace.model.readings.running).toBe(false);
    records.exec("ROLLBACK");
    expect((await refused).status).not.toBe(200);
    expect(written().filter(({ function: code }) => code !== 5)).toEqual([]);
  });

  it("is next on the wire before 50 writes that wait, and cancels them", async () => {
    await plant.furnace.faults.set({ kind: "delay", ms: 200, on: "writes" });
    const ticket = await person.ticket();
    const writes = fans.map((name, n) =>
      (others[n % 3] as Person).write(`furnace/${name}`, 1 + n, { ticket, wait: 20_000 }),
    );
    await expect.poll(() => written().length, { timeout: 5000, interval: 10 }).toBeGreaterThanOrEqual(3);
    const onWire = written().length;
    const { body } = await person.stop("furnace");
    expect(body.state).toBe("VERIFIED");
    const at = written().findIndex((write) => write.function === 5);
    // The one that was in flight when the request came may still be logged before it.
    expect(at - onWire).toBeLessThanOrEqual(2);
    const states = (await Promise.all(writes)).map((answer) => answer.body.state ?? answer.status);
    expect(states.filter((state) => state === "CANCELLED").length).toBeGreaterThan(30);
    const after = written().slice(at + 1);
    expect(after.filter((write) => write.function !== 5)).toEqual([]);
  });

  it("is repeated until the feedback comes, 3 s long, and then said to be not confirmed", async () => {
    await plant.furnace.faults.set({ kind: "drop", on: "writes" });
    const began = performance.now();
    const { body } = await person.stop("furnace");
    expect(body.state).toBe("UNKNOWN");
    expect(body.events.at(-1)?.text).toContain("NOT CONFIRMED");
    expect(performance.now() - began).toBeGreaterThan(2900);
    expect(written().length).toBeGreaterThan(1);
  });

  it("is over with its 3 s: nothing of it runs when the cable is put back", async () => {
    await plant.furnace.faults.set({ kind: "cut" });
    // A request that leaves before the gateway has seen the cut is UNKNOWN, and rightly so.
    await expect.poll(async () => (await person.value("furnace/running")).status, { timeout: 20_000 }).not.toBe(0);
    const { body } = await person.stop("furnace");
    expect(body.state).toBe("FAILED");
    await plant.furnace.faults.clear();
    await expect.poll(async () => (await person.value("furnace/running")).status, { timeout: 20_000 }).toBe(0);
    await sleep(1000);
    expect(written()).toEqual([]);
    expect(plant.furnace.model.readings.running).toBe(true);
  });

  it("of all my machines stops all of them", async () => {
    const { status, body } = await person.post<{ stops: readonly Command[] }>("/stop", {}, person.stopToken);
    expect([status, body.stops.map((stop) => stop.state)]).toEqual([200, ["VERIFIED"]]);
  });

  it("is not a viewer's to make, and reaches no wire then", async () => {
    const viewer = await plant.enter("vera");
    expect((await viewer.stop("furnace")).status).toBe(403);
    expect((await viewer.stop("furnace", viewer.stopToken)).status).toBeGreaterThanOrEqual(403);
    expect(written()).toEqual([]);
  });
});
