import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { DeviceView } from "../../gateway/api/wire/administration.ts";
import type { ModbusFaultInput } from "../../simulators/modbus/fault.ts";
import type { LiveView } from "../rig/live-view.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** R16 from end to end: what the wire does, and what a reader sees. */
const periodMs = 200;
/** Above the rule: the sweep's own period, and two busy cores. */
const slackMs = 1000;
const tag = "furnace/temperature";
const severity = (status: number) => status >>> 30;

let plant: Plant;
let person: Person;
let view: LiveView;

beforeAll(async () => {
  plant = await startPlant({
    people: { vera: "viewer", oscar: "operator" },
    change: ({ devices }) => Object.assign(devices["furnace-plc"] ?? {}, { interval: "200ms", timeout: "300ms" }),
  });
  person = await plant.enter("vera");
});
afterAll(() => plant?.close());

beforeEach(async () => {
  await plant.restore(person);
  view?.close();
  view = await person.watch(["furnace/*"]);
  await view.until(() => severity(view.sample(tag)?.status ?? 3) === 0);
});

/** Waits for it and says when it came, by the gateway's own clock. */
async function moment(wanted: "good" | "uncertain" | "bad", withinMs: number): Promise<number> {
  const wantedSeverity = ["good", "uncertain", "bad"].indexOf(wanted);
  await view.until(() => severity(view.sample(tag)?.status ?? 3) === wantedSeverity, withinMs);
  return view.sample(tag)?.at ?? 0;
}

/** Before the others: a connection that was lost three times has another letter. */
describe("a device", () => {
  it("tells what it asks and how well it is, and why it was lost when it is back", async () => {
    const oscar = await plant.enter("oscar");
    const device = async () => (await oscar.get<{ items: readonly DeviceView[] }>("/devices")).body.items[0];
    const letter = async () => (await device())?.namur.letter;
    await expect.poll(async () => (await device())?.requestsPerS ?? 0, { timeout: 20_000 }).toBeGreaterThan(1);
    await expect.poll(letter, { timeout: 20_000 }).toBe("good");
    expect((await device())?.statistics).toMatchObject({ plan: { of: "blocks", count: expect.any(Number) } });
    const headers = { authorization: `Bearer ${oscar.accessToken}` };
    const metrics = await (await fetch(`${plant.url}/metrics`, { headers })).text();
    expect(metrics).toContain('plancia_device_namur{device="furnace-plc"} 0');
    expect(metrics).toMatch(/plancia_device_planned\{device="furnace-plc"\} [1-9]/);
    expect(metrics).toContain('plancia_driver_running{driver="modbus"} 1');
    expect(metrics).toContain('plancia_driver_restarts_total{driver="modbus"} 0');
    expect(metrics).toMatch(/plancia_device_round_trip_p99_seconds\{device="furnace-plc"\} 0\.\d+/);
    await plant.furnace.faults.set({ kind: "exception", code: 2 });
    await expect.poll(async () => (await device())?.namur, { timeout: 20_000 }).toMatchObject({ letter: "F" });
    await plant.furnace.faults.set({ kind: "cut" });
    await expect.poll(async () => (await device())?.namur.reason, { timeout: 20_000 }).toBe("no-connection");
    await plant.furnace.faults.clear();
    await expect.poll(letter, { timeout: 30_000 }).toBe("good");
    const back = await device();
    expect(back).toMatchObject({ state: "connected", lastError: { text: expect.stringMatching(/./) } });
    expect(Date.parse(back?.lastError?.time ?? "")).toBeGreaterThan(Date.now() - 120_000);
  });
});

describe("a pulled cable", () => {
  it("makes values Uncertain within 3 periods, then Bad; put back they return by themselves and nothing is written", async () => {
    const { pid } = plant.gateway;
    const pulledAt = Date.now();
    await plant.furnace.faults.set({ kind: "cut" });
    expect((await moment("uncertain", 5000)) - pulledAt).toBeLessThan(3 * periodMs + slackMs);
    expect(view.sample(tag)?.value).toBeCloseTo(plant.furnace.model.readings.temperatureC, -1);
    expect((await moment("bad", 5000)) - pulledAt).toBeLessThan(6 * periodMs + slackMs);
    expect(view.sample(tag)?.value).toBeNull();
    const shown = await person.value(tag);
    expect(shown.value).toBeNull();
    expect(shown.last?.value).toBeCloseTo(plant.furnace.model.readings.temperatureC, -1);
    const links = view.of("beat").at(-1)?.links;
    expect(links).toMatchObject([{ device: "furnace-plc", state: "lost" }]);

    await plant.furnace.faults.clear();
    await moment("good", 20_000);
    expect(view.sample(tag)?.value).toBeCloseTo(plant.furnace.model.readings.temperatureC, -1);
    expect(plant.gateway.pid).toBe(pid);
    expect(plant.furnace.writes.all()).toEqual([]);
  });

  it("leaves a gap in the history, and no value inside of it", async () => {
    await plant.furnace.faults.set({ kind: "cut" });
    await moment("bad", 5000);
    const from = view.sample(tag)?.sourceMs ?? 0;
    const mendedAt = Date.now();
    await plant.furnace.faults.clear();
    await moment("good", 20_000);
    const committed = async () => (await person.history(tag, from)).some(([, , status]) => severity(status) === 0);
    await expect.poll(committed, { timeout: 10_000 }).toBe(true);
    const inside = (await person.history(tag, from)).filter(([time]) => time <= mendedAt);
    expect(inside.length).toBeGreaterThan(0);
    for (const [, value, status] of inside) expect([value, severity(status)]).toEqual([null, 2]);
  });
});

describe("what is not an answer does not become a value", () => {
  it.each<[string, ModbusFaultInput]>([
    ["silence", { kind: "drop" }],
    ["answers that come late", { kind: "late", ms: 900 }],
    ["answers that come late, right before the next", { kind: "late" }],
    ["answers of another unit", { kind: "falsify", what: "unit" }],
    ["answers to another transaction", { kind: "falsify", what: "transaction" }],
    ["answers of another function", { kind: "falsify", what: "function" }],
    ["frames that end in the middle", { kind: "truncate" }],
    ["exception 4", { kind: "exception", code: 4 }],
  ])("%s", async (_what, fault) => {
    await plant.furnace.faults.set(fault);
    await moment("bad", 10_000);
    const since = view.received.length;
    // What a late or foreign answer would bring now is another number than the one before.
    plant.furnace.model.set("fanPercent", 33);
    await view.until(() => view.of("beat").length > 0 && view.received.length > since + 2, 10_000);
    const samples = view.received
      .slice(since)
      .flatMap((message) => (message.type === "samples" ? message.samples : []));
    expect(samples.filter(([, value, status]) => value !== null || severity(status) === 0)).toEqual([]);
    await plant.furnace.faults.clear();
    await moment("good", 30_000);
    await view.until(() => view.sample("furnace/fan")?.value === 33, 10_000);
    expect(plant.furnace.writes.all()).toEqual([]);
  });

  it("a machine that stands still on a living line stays Good", async () => {
    await plant.furnace.faults.set({ kind: "freeze" });
    await new Promise((resolve) => setTimeout(resolve, 8 * periodMs));
    expect((await person.value(tag)).status).toBe(0);
    expect(view.sample(tag)?.status).toBe(0);
  });
});
