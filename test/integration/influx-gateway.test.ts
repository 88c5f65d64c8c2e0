import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { SystemView } from "../../gateway/api/wire/administration.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";
import { admin, InfluxServer, influxMissing } from "./influx-server.ts";

/** The whole gateway on a simulated furnace: what its own history says, InfluxDB says too, whoever was killed meanwhile. */
const tags = ["temperature", "power", "fan"];
const database = "plant";

let server: InfluxServer;
let plant: Plant;
let person: Person;

beforeAll(async () => {
  if (influxMissing !== undefined) return;
  server = await InfluxServer.create();
  plant = await startPlant({
    people: { olga: "operator" },
    furnace: { tickMs: 10 },
    change: (configuration) => {
      Object.assign(configuration.devices["furnace-plc"] ?? {}, { interval: "20ms", timeout: "500ms" });
      const target = { kind: "influx", url: server.url, database, user: admin.user, password: admin.password };
      configuration["historian"] = { targets: { "plant-influx": { ...target, interval: "100ms", timeout: "1s" } } };
    },
  });
  person = await plant.enter("olga");
});
afterAll(async () => {
  await plant?.close();
  await server?.close();
});

async function target() {
  const { body } = await person.get<SystemView>("/system");
  const [only] = body.targets;
  if (!only) throw new Error("the gateway knows of no target");
  return only;
}

it("after three kill -9 of the gateway and two of the server both hold the same, once each and in order", async (context) => {
  if (influxMissing !== undefined) return context.skip(influxMissing);
  const sinceMs = Date.now() - 60_000;
  for (let round = 0; round < 3; round++) {
    await sleep(1500 + round * 700);
    if (round < 2) await server.kill();
    await sleep(500);
    await plant.kill();
    if (round < 2) await server.start();
    await plant.start();
  }
  await sleep(1000);
  // The furnace is cut off, so that both can be compared while nothing new comes.
  await plant.furnace.faults.set({ kind: "cut" });
  await sleep(3000);
  await expect.poll(async () => (await target()).behind, { timeout: 20_000 }).toBe(0);
  for (const tag of tags) {
    const points = await person.history(`furnace/${tag}`, sinceMs);
    // Of one time the server keeps the last.
    const expected = new Map(points.map(([timeMs, , status]) => [timeMs, status]));
    const rows = async () => {
      const found = await server.query(`SELECT "status" FROM "plancia" WHERE "tag" = '${tag}'`, database);
      return found.map(({ time, status }) => [time, status]);
    };
    await expect.poll(rows, { message: tag, timeout: 10_000 }).toEqual([...expected]);
    expect(expected.size, tag).toBeGreaterThan(5);
  }
});

it("says in the metrics and on the system page how it stands, without a secret", async (context) => {
  if (influxMissing !== undefined) return context.skip(influxMissing);
  const view = await target();
  expect(view).toMatchObject({ id: "plant-influx", kind: "influx", url: server.url, database, state: "current" });
  const response = await fetch(`${plant.url}/metrics`, { headers: { authorization: `Bearer ${person.accessToken}` } });
  const metrics = await response.text();
  for (const name of [
    "sent_total",
    "left_out_total",
    "expired_total",
    "quarantined_total",
    "behind",
    "lag_seconds",
    "failing",
  ])
    expect(metrics).toMatch(new RegExp(`^plancia_forward_${name}\\{target="plant-influx"\\} [0-9.e+-]+$`, "m"));
  expect(JSON.stringify(view) + metrics + plant.gateway.stderr).not.toContain(admin.password);
  await server.kill();
  await plant.furnace.faults.clear();
  await expect.poll(async () => (await target()).state, { timeout: 20_000 }).toBe("failing");
  const { body } = await person.get<SystemView>("/system");
  expect(body.warnings.map(({ en }) => en).join()).toContain("Forwarding to plant-influx waits: ");
});
