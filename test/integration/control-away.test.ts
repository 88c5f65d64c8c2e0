import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { addLights, Lights } from "../rig/lights.ts";
import { Mosquitto, mosquittoMissing } from "../rig/mosquitto.ts";
import { causesOf, Operator } from "../rig/operator.ts";
import { ControlledPlant, underControl } from "../rig/under-control.ts";
import { until } from "../rig/until.ts";

/**
 * F18, R4: commands given, selected or waiting while a device or its broker goes away and comes back.
 * None of them runs on the return, and nothing starts.
 */
let rig: ControlledPlant;
let broker: Mosquitto | undefined;
let pki: string;
let olga: Operator;
let sara: Operator;

beforeAll(async () => {
  pki = mkdtempSync(join(tmpdir(), "plancia-line-pki-"));
  if (!mosquittoMissing) broker = await Mosquitto.start();
  rig = await ControlledPlant.start({
    line: { pki },
    people: { olga: "operator", sara: "supervisor" },
    change: (configuration) => {
      underControl("continue", "continue")(configuration);
      if (broker) addLights(configuration, broker);
    },
  });
});
afterAll(async () => {
  await rig?.close();
  await broker?.close();
  rmSync(pki, { recursive: true, force: true });
});

beforeEach(async () => {
  sara = await Operator.enter(rig.plant.url, "sara");
  await rig.restore(sara);
  olga = await Operator.enter(rig.plant.url, "olga");
  await olga.takes("furnace", "line1");
});
afterEach(async () => {
  for (const machine of ["furnace", "line1"]) await olga.release(machine);
  olga.close();
  sara.close();
});

async function isGood(tag: string): Promise<boolean> {
  return (await olga.person.value(tag)).status === 0;
}

interface Away {
  readonly name: string;
  readonly tag: string;
  readonly target: string;
  readonly wanted: { readonly arguments: Record<string, unknown> };
  readonly direct: readonly [string, number];
  readonly goAway: () => Promise<void>;
  readonly comeBack: () => Promise<void>;
  readonly writes: () => number;
}

const ways: readonly Away[] = [
  {
    name: "a furnace whose cable is pulled (Modbus)",
    tag: "furnace/temperature",
    target: "furnace:soak",
    wanted: { arguments: { target: 870, fan: 70 } },
    direct: ["furnace/setpoint", 860],
    goAway: () => rig.furnace.faults.set({ kind: "cut" }),
    comeBack: () => rig.furnace.faults.clear(),
    writes: () => rig.furnaceWrites().length,
  },
  {
    name: "a line whose cable is pulled (OPC UA)",
    tag: "line1/speed",
    target: "line1:fill",
    wanted: { arguments: { ml: 480 } },
    direct: ["line1/speed_setpoint", 130],
    goAway: () => rig.line.opcua.setFault({ kind: "cut" }),
    comeBack: () => rig.line.opcua.clearFaults(),
    writes: () => rig.lineWrites().length,
  },
  {
    name: "a line whose controller is restarted (OPC UA)",
    tag: "line1/speed",
    target: "line1:fill",
    wanted: { arguments: { ml: 480 } },
    direct: ["line1/speed_setpoint", 130],
    goAway: () => rig.line.opcua.close(),
    comeBack: () => rig.line.opcua.listen(),
    writes: () => rig.lineWrites().length,
  },
];

describe.each(ways)("$name", ({ tag, target, wanted, direct, goAway, comeBack, writes }) => {
  it("runs nothing on its return of what was given while it was away", async () => {
    await goAway();
    const given = await Promise.all([
      olga.person.write(...direct),
      olga.select(target, wanted),
      olga.person.write(direct[0], direct[1] + 5),
    ]);
    for (const { body } of given) expect(["REFUSED", "FAILED", "EXPIRED", "UNKNOWN"]).toContain(body.state);
    await until(async () => !(await isGood(tag)), "the gateway sees that it is away");
    const { body: refused } = await olga.select(target, wanted);
    expect(causesOf({ status: 409, body: refused })).toContain("device-unhealthy");
    await comeBack();
    await until(() => isGood(tag), "it is back");
    await sleep(1500);
    expect(writes()).toBe(0);
  });

  it("does not run on its return what was selected before and operated while it was away", async () => {
    const { body } = await olga.select(target, wanted);
    expect(body.state).toBe("SELECTED");
    await goAway();
    const operated = await olga.operate(body.id, { ...wanted, wait: 10_000 });
    expect(["REFUSED", "FAILED", "EXPIRED", "UNKNOWN"]).toContain(operated.body.state);
    await comeBack();
    await until(() => isGood(tag), "it is back");
    await sleep(1500);
    expect(writes()).toBe(0);
    // Nor can it be operated again: it has ended.
    expect((await olga.operate(body.id, wanted)).body.state).not.toBe("VERIFIED");
    expect(writes()).toBe(0);
  });

  it("that comes back within the 30 s of a select has not been operated by that", async () => {
    const { body } = await olga.select(target, wanted);
    await goAway();
    await until(async () => !(await isGood(tag)), "the gateway sees that it is away");
    await comeBack();
    await until(() => isGood(tag), "it is back");
    await sleep(1000);
    expect(writes()).toBe(0);
    expect(["SELECTED", "CANCELLED", "EXPIRED"]).toContain((await olga.recorded(body.id)).state);
  });
});

it("R20: after the chain was out of sight nobody has control, nothing is selected, and control is taken anew", async () => {
  const { station } = rig.line.model;
  const wanted = { arguments: { ml: 480 } };
  const { body } = await olga.select("line1:fill", wanted);
  expect(body.state).toBe("SELECTED");
  await rig.line.opcua.setFault({ kind: "cut" });
  await until(async () => !(await isGood("line1/estop_chain")), "the chain is out of sight");
  // Seen by nobody: closed before, closed after.
  station.moveChain("open");
  station.moveChain("closed");
  await rig.line.opcua.clearFaults();
  await until(() => isGood("line1/estop_chain"), "the chain is in sight again");
  // On a crowded computer the key (away for more than 5 s) or the controller's own lock ends it first.
  const why: unknown[] = ["chain-unseen", "key-unreadable", "device-lock-lost"];
  const told = () => olga.view.of("event").flatMap(({ event }) => (event.kind === "lease" ? [event] : []));
  const over = (): boolean => told().some(({ reason }) => why.includes(reason));
  await until(over, () => `control is over; told: ${JSON.stringify(told())}`);
  expect(await olga.holds("line1")).toBe(false);
  expect((await olga.recorded(body.id)).state).toBe("CANCELLED");
  expect(causesOf(await olga.select("line1:fill", wanted))).toContain("no-lease");
  expect(await olga.holds("furnace")).toBe(true);
  // The controller keeps its own lock for the session that is gone until that runs out.
  rig.line.lock.breakAtPanel();
  await olga.takes("line1");
  // The controller has latched what the gateway could not see.
  await until(() => station.state === "Aborted", "the controller has latched it");
  expect(causesOf(await olga.select("line1:fill", wanted))).not.toContain("no-lease");
  expect(rig.lineWrites().length).toBe(0);
});

it("a write that waits for its turn when the cable is pulled never leaves, and the one on the wire is not sent again", async () => {
  await rig.furnace.faults.set({ kind: "delay", ms: 1500, on: "writes" });
  const first = olga.person.write("furnace/fan", 70, { wait: 15_000 });
  await until(() => rig.furnaceWrites().length === 1, "the first is on the wire");
  const second = olga.person.write("furnace/setpoint", 860, { wait: 15_000 });
  const third = olga.person.write("furnace/ramp", 12, { wait: 15_000 });
  await sleep(300);
  await rig.furnace.faults.set({ kind: "cut" });
  const states = (await Promise.all([first, second, third])).map(({ body }) => body.state);
  expect(states[0]).toBe("UNKNOWN");
  for (const state of states.slice(1)) expect(["FAILED", "EXPIRED", "REFUSED"]).toContain(state);
  await rig.furnace.faults.clear();
  await until(() => isGood("furnace/temperature"), "it is back");
  await sleep(1500);
  expect(rig.furnaceWrites()).toHaveLength(1);
});

it("a controller that hangs and lives again gets a write once at most, and nobody calls it done before it is read", async () => {
  await rig.line.opcua.setFault({ kind: "hang" });
  const { body } = await olga.person.write("line1/speed_setpoint", 130, { wait: 30_000 });
  expect(["UNKNOWN", "FAILED", "EXPIRED"]).toContain(body.state);
  await rig.line.opcua.clearFaults();
  await until(() => isGood("line1/speed"), "it is back", 60_000);
  await sleep(1500);
  expect(rig.lineWrites().length).toBeLessThanOrEqual(1);
  expect((await olga.recorded(body.id)).state).toBe(body.state);
});

describe("the hall's lights, behind a broker that keeps all it may", () => {
  let lights: Lights;

  beforeEach(async (context) => {
    if (!broker) context.skip(mosquittoMissing ?? "");
    lights = new Lights(broker as Mosquitto);
    await lights.plugIn();
    lights.switchByHand(false);
    await until(async () => (await olga.person.value("hall/lights")).value === false, "the lights are seen off");
    lights.asked.length = 0;
  });
  afterEach(() => lights.pullOut());

  const asked = () => olga.person.write("hall/lights", true, { wait: 15_000 });

  it("switched once stay as they are set by hand since, also when the broker is restarted", async () => {
    expect((await asked()).body.state).toBe("VERIFIED");
    lights.switchByHand(false);
    await broker?.stop();
    await broker?.start();
    await until(() => isGood("hall/lights"), "the broker is back");
    await sleep(1500);
    expect([lights.asked, lights.on]).toEqual([['{"on":true}'], false]);
  });

  it("asked for while the broker is away are never switched on its return", async () => {
    await broker?.stop();
    const { body } = await asked();
    expect(["REFUSED", "FAILED", "EXPIRED", "UNKNOWN"]).toContain(body.state);
    await broker?.start();
    await until(() => isGood("hall/lights"), "the broker is back");
    await sleep(1500);
    expect([lights.asked, lights.on]).toEqual([[], false]);
  });

  it("asked for while their relay is away are never switched on its return, nor after a restart of the broker", async () => {
    await lights.pullOut();
    // What they said last, heard after the write, would answer for it.
    const heardMs = async () => Date.parse((await olga.person.value("hall/lights")).confirmedAt ?? "");
    await until(async () => (await heardMs()) >= lights.saidMs, "what they said last is heard");
    // What the broker kept says that they are off; nobody answers.
    const { body } = await asked();
    expect(body.state).toBe("UNKNOWN");
    await broker?.stop();
    await broker?.start();
    await lights.plugIn();
    await sleep(1500);
    expect([lights.asked, lights.on]).toEqual([[], false]);
  });

  it("are not called VERIFIED by a message that the broker kept from before", async () => {
    expect((await asked()).body.state).toBe("VERIFIED");
    await lights.pullOut();
    await broker?.stop();
    await broker?.start();
    await until(async () => (await olga.person.value("hall/lights")).value === true, "what was kept is shown");
    const { body } = await asked();
    expect(["UNKNOWN", "REFUSED", "FAILED"]).toContain(body.state);
  });
});
