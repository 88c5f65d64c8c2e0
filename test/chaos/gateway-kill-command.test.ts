import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../gateway/api/wire/command.ts";
import type { LoggedWrite } from "../../simulators/modbus/write-log.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** R5 under kill -9: one write at most, and nothing that is not known is called known. */
const seed = Number(process.env["PLANCIA_TEST_SEED"] ?? 1);
const final = ["VERIFIED", "FAILED", "UNKNOWN", "EXPIRED", "REFUSED", "CANCELLED"];
const rounds = 10;

let plant: Plant;
let person: Person;
let before = 0;

beforeAll(async () => {
  plant = await startPlant({
    people: { olga: "operator" },
    change: ({ devices, equipment }) => {
      // A write stays on the wire for as long as the test needs.
      Object.assign(devices["furnace-plc"] ?? {}, { timeout: "20s" });
      const setpoint = equipment["furnace"]?.tags["setpoint"];
      if (setpoint) setpoint["writable"] = { class: "C1", limits: [20, 1100] };
    },
  });
  person = await plant.enter("olga");
});
afterAll(() => plant?.close());

beforeEach(async () => {
  await plant.restore(person);
  before = plant.furnace.writes.count;
});

const written = (): readonly LoggedWrite[] => plant.furnace.writes.since(before);

async function expectAuditHolds(): Promise<void> {
  const { code, stdout, stderr } = await plant.plancia(["audit", "verify"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/the chain holds/);
}

async function commandOf(key: string, value: number): Promise<Command | undefined> {
  // The record does not show its key; values of one round are its own.
  const { body } = await person.get<{ items: Command[] }>("/commands?equipment=furnace&limit=50");
  const found = body.items.filter((command) => command.kind === "write" && command.value === value);
  expect(found.length, key).toBeLessThanOrEqual(1);
  return found[0];
}

describe("kill -9", () => {
  it("between intent and result: one write on the wire, UNKNOWN after the restart, never sent again", async () => {
    await plant.furnace.faults.set({ kind: "delay", ms: 15_000, on: "writes" });
    const key = randomUUID();
    const asked = await person.write("furnace/setpoint", 861, { key, wait: 0 });
    expect([asked.status, asked.body.state]).toEqual([202, "SENT"]);
    await expect.poll(() => written().length, { timeout: 5000, interval: 5 }).toBe(1);
    await plant.kill();
    await plant.furnace.faults.clear();
    await plant.start();
    const after = await person.get<Command>(`/commands/${asked.body.id}`);
    expect([after.status, after.body.state]).toEqual([200, "UNKNOWN"]);
    await expect.poll(async () => (await person.value("furnace/setpoint")).status, { timeout: 10_000 }).toBe(0);
    const again = await person.write("furnace/setpoint", 861, { key });
    expect([again.body.id, again.body.state]).toEqual([asked.body.id, "UNKNOWN"]);
    expect((await person.write("furnace/setpoint", 862, { key })).status).toBe(422);
    await sleep(1500);
    expect(written()).toHaveLength(1);
    await expectAuditHolds();
  });

  it(`at ${rounds} seeded moments of a command: what reached the wire has its intent on record, and goes once`, async () => {
    let random = seed;
    let reached = 0;
    for (let round = 0; round < rounds; round++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      const afterMs = (random / 2 ** 32) * 60;
      const value = 871 + round;
      const key = randomUUID();
      const ticket = await person.ticket();
      const first = plant.furnace.writes.count;
      // Whether an answer comes before the kill is chance; what it says must hold.
      const asked = person.write("furnace/setpoint", value, { key, ticket, wait: 0 }).catch(() => undefined);
      await sleep(afterMs);
      await plant.kill();
      const answer = await asked;
      await plant.start();
      const record = await commandOf(key, value);
      const writes = plant.furnace.writes.since(first);
      expect(writes.length, `round ${round}`).toBeLessThanOrEqual(1);
      if (writes.length === 1) expect(["UNKNOWN", "VERIFIED"], `round ${round}`).toContain(record?.state);
      if (record) expect(final).toContain(record.state);
      if (answer?.status === 200) expect(record?.id).toBe(answer.body.id);
      await expect.poll(async () => (await person.value("furnace/setpoint")).status, { timeout: 10_000 }).toBe(0);
      await sleep(300);
      expect(plant.furnace.writes.since(first)).toHaveLength(writes.length);
      reached += writes.length;
      await expectAuditHolds();
    }
    // Moments on both sides of the wire, else nothing was tried.
    expect(reached).toBeGreaterThan(0);
    expect(reached).toBeLessThan(rounds);
  });

  it("while a stop request is being repeated: nothing of it is kept for later", async () => {
    await plant.furnace.faults.set({ kind: "drop", on: "writes" });
    const asked = person.stop("furnace").catch(() => undefined);
    await sleep(800);
    await plant.kill();
    await asked;
    await plant.furnace.faults.clear();
    const sent = written().length;
    await plant.start();
    await expect.poll(async () => (await person.value("furnace/running")).status, { timeout: 10_000 }).toBe(0);
    await sleep(1500);
    expect(written()).toHaveLength(sent);
    expect(plant.furnace.model.readings.running).toBe(true);
    await expectAuditHolds();
  });
});
