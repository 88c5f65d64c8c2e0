import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { HttpGate, type Trouble } from "../rig/http-gate.ts";
import { causesOf, Operator } from "../rig/operator.ts";
import { ControlledPlant, underControl } from "../rig/under-control.ts";
import { until } from "../rig/until.ts";

/**
 * What is selected first, from a page through a proxy to both machines, judged by what came over their
 * wires. F16, F18, and point 4 of what shows that equipment as a service works.
 */
let rig: ControlledPlant;
let gate: HttpGate;
let olga: Operator;
let sara: Operator;

beforeAll(async () => {
  rig = await ControlledPlant.start({
    line: { state: "Stopped" },
    people: { olga: "operator", sara: "supervisor" },
    change: underControl("continue"),
  });
});
afterAll(() => rig?.close());

beforeEach(async () => {
  gate = await HttpGate.open(rig.plant.port);
  sara = await Operator.enter(rig.plant.url, "sara");
  await rig.restore(sara, "Idle");
  olga = await Operator.enter(gate.url, "olga");
  await olga.takes("furnace", "line1");
});
afterEach(async () => {
  for (const machine of ["furnace", "line1"]) await olga?.release(machine, rig.plant.url);
  olga?.close();
  sara.close();
  await gate.close();
});

const soak = { arguments: { target: 870, fan: 70 } };
const wordsOf = { target: [0x4459, 0x8000], fan: [70] };

/** One selected command for each protocol: target, what is wanted, what came over the wire. */
const commands: readonly [string, string, Record<string, unknown>, () => readonly unknown[]][] = [
  ["Modbus, two writes", "furnace:soak", soak, () => rig.furnaceWrites().map(({ values }) => values)],
  ["OPC UA", "line1:load_recipe", { arguments: { recipe: 2 } }, () => rig.lineWrites().map(({ value }) => value)],
];
const wholeOf = (target: string): readonly unknown[] =>
  target === "furnace:soak" ? [wordsOf.target, wordsOf.fan] : [2];

describe.each(commands)("a selected command over %s", (_protocol, target, wanted, written) => {
  it("is selected without a write, operated once, and VERIFIED by reads made after it", async () => {
    const selected = await olga.select(target, wanted);
    expect([selected.status, selected.body.state]).toEqual([202, "SELECTED"]);
    expect(Date.parse(selected.body.operateBefore ?? "")).toBeGreaterThan(Date.now() + 20_000);
    await sleep(300);
    expect(written()).toEqual([]);
    const operated = await olga.operate(selected.body.id, wanted);
    expect([operated.status, operated.body.state, operated.body.evidence]).toEqual([200, "VERIFIED", "effect"]);
    expect(written()).toEqual(wholeOf(target));
  });

  it("whose operate is held in a proxy for 11 s is EXPIRED, and nothing is written", async () => {
    const { body } = await olga.select(target, wanted);
    gate.trouble("POST", /operate$/, { kind: "hold", ms: 11_000 });
    const operated = await olga.operate(body.id, wanted);
    expect([operated.status, operated.body.state]).toEqual([200, "EXPIRED"]);
    expect(written()).toEqual([]);
    // It was used up all the same: a fresh ticket brings it back no more.
    expect((await olga.operate(body.id, wanted)).body).toMatchObject({ id: body.id, state: "EXPIRED" });
    await sleep(300);
    expect(written()).toEqual([]);
  });

  it("whose select is held in a proxy for 11 s is EXPIRED, and holds nothing", async () => {
    gate.trouble("POST", /commands$/, { kind: "hold", ms: 11_000 });
    const selected = await olga.select(target, wanted);
    expect([selected.status, selected.body.state]).toEqual([200, "EXPIRED"]);
    expect((await olga.command(target, wanted)).body.state).toBe("VERIFIED");
  });

  it.each<[string, Trouble]>([
    ["answer to the operate is lost", { kind: "drop-answer" }],
    ["connection breaks when the operate has arrived", { kind: "reset", when: "after" }],
  ])("whose %s is one write, and asked again answers what came of it", async (_what, trouble) => {
    const { body } = await olga.select(target, wanted);
    gate.trouble("POST", /operate$/, trouble);
    const lost = olga.operate(body.id, wanted).catch(() => undefined);
    await until(() => gate.arrived === 1, "the operate arrives");
    const again = await olga.operate(body.id, wanted);
    expect([again.status, again.body.id, again.body.state]).toEqual([200, body.id, "VERIFIED"]);
    await sleep(1000);
    expect(written()).toEqual(wholeOf(target));
    if (trouble.kind === "reset") await lost;
  });

  it("whose connection breaks before the operate arrives is not written, and can be operated still", async () => {
    const { body } = await olga.select(target, wanted);
    gate.trouble("POST", /operate$/, { kind: "reset", when: "before" });
    await expect(olga.operate(body.id, wanted)).rejects.toThrow();
    await sleep(300);
    expect(written()).toEqual([]);
    expect((await olga.operate(body.id, wanted)).body.state).toBe("VERIFIED");
    expect(written()).toEqual(wholeOf(target));
  });

  it("whose answer to the select is lost is selected once under its key", async () => {
    const key = randomUUID();
    gate.trouble("POST", /commands$/, { kind: "drop-answer" });
    void olga.select(target, wanted, key).catch(() => undefined);
    await until(() => gate.arrived === 1, "the select arrives");
    const first = await olga.select(target, wanted, key);
    const second = await olga.select(target, wanted, key);
    expect([first.body.state, second.body.id]).toEqual(["SELECTED", first.body.id]);
    expect((await olga.operate(first.body.id, wanted)).body.state).toBe("VERIFIED");
    expect((await olga.select(target, wanted, key)).body).toMatchObject({ id: first.body.id, state: "VERIFIED" });
    expect(written()).toEqual(wholeOf(target));
  });

  it("operated three times at the same moment is one write", async () => {
    const { body } = await olga.select(target, wanted);
    const answers = await Promise.all([1, 2, 3].map(() => olga.operate(body.id, wanted)));
    expect(answers.map((answer) => answer.body.state)).toEqual(["VERIFIED", "VERIFIED", "VERIFIED"]);
    expect(written()).toEqual(wholeOf(target));
  });

  it("is nobody else's to operate: not another person's, not the same person's in another browser", async () => {
    const { body } = await olga.select(target, wanted);
    const elsewhere = await Operator.enter(rig.plant.url, "olga");
    expect(causesOf(await elsewhere.operate(body.id, wanted))).toEqual(["selected-by-other"]);
    expect(causesOf(await sara.operate(body.id, wanted))).toEqual(["selected-by-other"]);
    elsewhere.close();
    expect(written()).toEqual([]);
  });

  it("dies with the last socket of whoever selected it", async () => {
    const { body } = await olga.select(target, wanted);
    olga.close();
    await until(async () => (await olga.recorded(body.id)).state === "CANCELLED", "the select dies", 3000);
    await olga.reconnect();
    expect(causesOf(await olga.operate(body.id, wanted))).toContain("not-selected");
    expect(written()).toEqual([]);
  });
});

describe("a second person", () => {
  it.each([
    ["Modbus, C3", "furnace:overheat", { arguments: { target: 880 } }, () => rig.furnaceWrites().length],
    [
      "OPC UA, a recipe that nobody has tried",
      "line1:load_recipe",
      { arguments: { recipe: 9 } },
      () => rig.lineWrites().length,
    ],
  ] as const)("approves what is written once, over %s", async (_what, target, wanted, writes) => {
    const selected = await olga.select(target, wanted);
    expect([selected.status, selected.body.state]).toEqual([202, "PENDING_APPROVAL"]);
    const { id } = selected.body;
    expect(causesOf(await olga.operate(id, wanted))).toEqual(["approval-missing"]);
    expect((await olga.approve(id)).status).toBe(403);
    const approved = await sara.approve(id);
    expect([approved.body.state, approved.body.approval?.user]).toEqual(["SELECTED", "sara"]);
    await sleep(300);
    expect(writes()).toBe(0);
    expect((await olga.operate(id, wanted)).body.state).toBe("VERIFIED");
    expect(causesOf(await sara.approve(id))).toEqual(["approval-expired"]);
    expect(writes()).toBe(1);
  });
});

describe("a set-point through a proxy", () => {
  it.each([
    ["Modbus", "furnace/setpoint", 860, () => rig.furnaceWrites().length],
    ["OPC UA", "line1/speed_setpoint", 130, () => rig.lineWrites().length],
  ] as const)(
    "over %s: held for 11 s EXPIRED; its answer lost, and sent again under its key, one write",
    async (_what, target, value, writes) => {
      gate.trouble("POST", /commands$/, { kind: "hold", ms: 11_000 });
      expect((await olga.person.write(target, value)).body.state).toBe("EXPIRED");
      expect(writes()).toBe(0);
      const key = randomUUID();
      gate.trouble("POST", /commands$/, { kind: "drop-answer" });
      void olga.person.write(target, value, { key }).catch(() => undefined);
      await until(() => gate.arrived === 2, "the write arrives");
      expect((await olga.person.write(target, value, { key })).body.state).toBe("VERIFIED");
      expect(writes()).toBe(1);
      expect((await olga.person.write(target, value + 1, { key })).status).toBe(422);
      expect(writes()).toBe(1);
    },
  );
});
