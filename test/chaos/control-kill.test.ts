import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Command } from "../../gateway/api/wire/command.ts";
import { causesOf, Operator } from "../rig/operator.ts";
import { ControlledPlant, underControl } from "../rig/under-control.ts";
import { until } from "../rig/until.ts";

/**
 * kill -9 of the gateway at every step of a command that is selected first. One write at most; after the
 * restart a select is CANCELLED, an intent without its result UNKNOWN, nothing is sent again, nobody has
 * control and nothing starts (R5, R6, R14, R40).
 */
const seed = Number(process.env["PLANCIA_TEST_SEED"] ?? 1);
const rounds = 12;

let rig: ControlledPlant;
let olga: Operator;
let sara: Operator;

beforeAll(async () => {
  rig = await ControlledPlant.start({
    line: { state: "Stopped" },
    people: { olga: "operator", sara: "supervisor" },
    change: (configuration) => {
      underControl("stop", "stop")(configuration);
      // An answer may be waited for as long as a test needs.
      Object.assign(configuration.devices["furnace-plc"] ?? {}, { timeout: "20s" });
      // Writes go one at a time: a heartbeat whose answer is held back would keep the command from the wire.
      delete configuration.equipment["line1"]?.["heartbeat"];
    },
  });
});
afterAll(() => rig?.close());

beforeEach(async () => {
  sara = await Operator.enter(rig.plant.url, "sara");
  await rig.restore(sara, "Idle");
  olga = await Operator.enter(rig.plant.url, "olga");
  await olga.takes("furnace", "line1");
});
afterEach(() => {
  olga.close();
  sara.close();
});

/** Killed, and started again; whoever was there is signed in anew. */
async function killAndStart(): Promise<void> {
  await rig.plant.kill();
  await rig.furnace.faults.clear();
  await rig.line.opcua.clearFaults();
  await rig.plant.start();
  olga = await Operator.enter(rig.plant.url, "olga");
  sara = await Operator.enter(rig.plant.url, "sara");
}

interface Killed {
  readonly id: string;
  readonly target: string;
  readonly wanted: { readonly arguments?: Record<string, unknown> };
  readonly state: "CANCELLED" | "UNKNOWN";
}

/** What has to hold after every one of these kills. */
async function nothingOfItIsLeft({ id, target, wanted, state }: Killed): Promise<void> {
  const written = [rig.furnaceWrites().length, rig.lineWrites().length];
  await until(async () => (await isGood("furnace/key")) && (await isGood("line1/key")), "both machines are seen");
  expect((await olga.recorded(id)).state).toBe(state);
  for (const machine of ["furnace", "line1"]) expect((await olga.machine(machine)).control.holder).toBeNull();
  const again = await olga.operate(id, wanted);
  expect(["UNKNOWN", "REFUSED"]).toContain(again.body.state);
  expect(causesOf(await olga.select(target, wanted))).toContain("no-lease");
  await sleep(3000);
  expect([rig.furnaceWrites().length, rig.lineWrites().length]).toEqual(written);
  expect((await olga.recorded(id)).state).toBe(state);
  const { code, stdout, stderr } = await rig.plant.plancia(["audit", "verify"]);
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/the chain holds/);
}

async function isGood(tag: string): Promise<boolean> {
  return (await olga.person.value(tag)).status === 0;
}

async function isSent(id: string): Promise<boolean> {
  const { state, events } = await olga.recorded(id);
  return state === "SENT" && events.some(({ text }) => text === "intent recorded");
}

const soak = { arguments: { target: 870, fan: 70 } };

describe("kill -9", () => {
  it("when it is selected: CANCELLED, and not to be operated any more", async () => {
    const { body } = await olga.select("furnace:soak", soak);
    expect(body.state).toBe("SELECTED");
    await killAndStart();
    expect(rig.furnaceWrites()).toEqual([]);
    await nothingOfItIsLeft({ id: body.id, target: "furnace:soak", wanted: soak, state: "CANCELLED" });
  });

  it.each([
    ["waits for the second person", false],
    ["is approved", true],
  ])("when it %s: CANCELLED, and the approval is good for nothing", async (_what, approved) => {
    const wanted = { arguments: { target: 880 } };
    const { body } = await olga.select("furnace:overheat", wanted);
    expect(body.state).toBe("PENDING_APPROVAL");
    if (approved) expect((await sara.approve(body.id)).body.state).toBe("SELECTED");
    await killAndStart();
    expect(causesOf(await sara.approve(body.id))).toContain("approval-expired");
    expect(rig.furnaceWrites()).toEqual([]);
    await nothingOfItIsLeft({ id: body.id, target: "furnace:overheat", wanted, state: "CANCELLED" });
  });

  it("between intent and write (OPC UA, while the permit is read): UNKNOWN, no write, no start", async () => {
    const { body } = await olga.select("line1:start");
    expect(body.state).toBe("SELECTED");
    await rig.line.opcua.setFault({ kind: "delay", ms: 3000 });
    void olga.operate(body.id).catch(() => undefined);
    await until(() => isSent(body.id), "the intent is recorded");
    await rig.plant.kill();
    expect(rig.lineWrites()).toEqual([]);
    await killAndStart();
    await nothingOfItIsLeft({ id: body.id, target: "line1:start", wanted: {}, state: "UNKNOWN" });
    expect(rig.line.model.station.state).toBe("Idle");
  });

  it("between intent and write (Modbus, while it waits behind another one): UNKNOWN, never sent", async () => {
    const { body } = await olga.select("furnace:soak", soak);
    await rig.furnace.faults.set({ kind: "delay", ms: 10_000, on: "writes" });
    void olga.person.write("furnace/ramp", 12, { wait: 0 }).catch(() => undefined);
    await until(() => rig.furnaceWrites().length === 1, "the other one is on the wire");
    void olga.operate(body.id, soak).catch(() => undefined);
    await until(() => isSent(body.id), "the intent is recorded");
    await sleep(200);
    await killAndStart();
    expect(rig.furnaceWrites().map(({ address }) => address)).toEqual([2]);
    await nothingOfItIsLeft({ id: body.id, target: "furnace:soak", wanted: soak, state: "UNKNOWN" });
  });

  it("between the first write and the second: UNKNOWN, the second is never sent", async () => {
    const { body } = await olga.select("furnace:soak", soak);
    await rig.furnace.faults.set({ kind: "delay", ms: 10_000, on: "writes" });
    void olga.operate(body.id, soak).catch(() => undefined);
    await until(() => rig.furnaceWrites().length === 1, "the first write is on the wire");
    await killAndStart();
    expect(rig.furnaceWrites()).toMatchObject([{ address: 0 }]);
    await nothingOfItIsLeft({ id: body.id, target: "furnace:soak", wanted: soak, state: "UNKNOWN" });
  });

  it("after the write, before its answer (OPC UA): UNKNOWN, one write", async () => {
    const wanted = { arguments: { recipe: 2 } };
    const { body } = await olga.select("line1:load_recipe", wanted);
    await rig.line.opcua.setFault({ kind: "delay", ms: 5000 });
    void olga.operate(body.id, wanted).catch(() => undefined);
    await until(() => rig.lineWrites().length === 1, "the write is on the wire");
    await killAndStart();
    expect(rig.lineWrites()).toMatchObject([{ value: 2 }]);
    await nothingOfItIsLeft({ id: body.id, target: "line1:load_recipe", wanted, state: "UNKNOWN" });
  });

  it("after the answer, before the result (the line is starting): UNKNOWN, the start goes out once", async () => {
    const { body } = await olga.select("line1:start");
    void olga.operate(body.id).catch(() => undefined);
    await until(() => rig.line.model.station.state === "Starting", "the line starts");
    await sleep(500);
    await killAndStart();
    expect(rig.lineWrites()).toMatchObject([{ value: 2 }]);
    await nothingOfItIsLeft({ id: body.id, target: "line1:start", wanted: {}, state: "UNKNOWN" });
  });

  it(`at ${rounds} seeded moments of a select and its operate: one write at most, and what reached the wire has its intent on record`, async () => {
    let random = seed;
    const ends = new Set<string>();
    for (let round = 0; round < rounds; round++) {
      random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
      const value = 300 + round;
      const key = randomUUID();
      const wanted = { arguments: { target: 851 + round, fan: 61 } };
      rig.mark();
      const asked = olga
        .select("furnace:soak", wanted, key)
        .then(({ body }) => olga.operate(body.id, { ...wanted, wait: 0 }))
        .catch(() => undefined);
      await sleep((random / 2 ** 32) * 400);
      await killAndStart();
      await asked;
      const { items } = (await olga.person.get<{ items: Command[] }>("/commands?equipment=furnace&limit=1")).body;
      const mine = items.filter(({ arguments: given }) => given?.["target"] === 851 + round);
      const writes = rig.furnaceWrites();
      expect(writes.filter(({ address }) => address === 0).length, `round ${round}, ${value}`).toBeLessThanOrEqual(1);
      expect(writes.filter(({ address }) => address === 3).length, `round ${round}`).toBeLessThanOrEqual(1);
      if (writes.length > 0) expect(["UNKNOWN", "VERIFIED"], `round ${round}`).toContain(mine[0]?.state);
      if (mine[0]) expect(["CANCELLED", "UNKNOWN", "VERIFIED"]).toContain(mine[0].state);
      ends.add(writes.length > 0 ? "written" : (mine[0]?.state ?? "nothing"));
      await sleep(500);
      expect(rig.furnaceWrites()).toHaveLength(writes.length);
      await rig.restore(sara, "Idle");
      await olga.takes("furnace", "line1");
    }
    // Moments on both sides of the wire, else nothing was tried.
    expect([...ends]).toContain("written");
    expect(ends.size).toBeGreaterThan(1);
  });
});
