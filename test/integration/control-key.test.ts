import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { causesOf, Operator } from "../rig/operator.ts";
import { ControlledPlant, graceMs, underControl } from "../rig/under-control.ts";
import { until } from "../rig/until.ts";

/**
 * R39, and point 6 of what shows that equipment as a service works: the key at the machine between
 * select and operate. The loss policy of both machines would stop them, and must not run.
 */
let rig: ControlledPlant;
let olga: Operator;
let sara: Operator;

beforeAll(async () => {
  rig = await ControlledPlant.start({
    people: { olga: "operator", sara: "supervisor" },
    change: underControl("stop", "stop"),
  });
});
afterAll(async () => {
  await rig?.close();
});

beforeEach(async () => {
  sara = await Operator.enter(rig.plant.url, "sara");
  await rig.restore(sara);
  olga = await Operator.enter(rig.plant.url, "olga");
});
afterEach(async () => {
  for (const { id } of machines) await olga.release(id);
  olga.close();
  sara.close();
});

interface Machine {
  readonly id: "furnace" | "line1";
  readonly target: string;
  readonly wanted: { readonly arguments: Record<string, unknown> };
  readonly turnKey: (to: "local" | "remote") => void;
  readonly writes: () => number;
  readonly runs: () => boolean;
}

const machines: readonly Machine[] = [
  {
    id: "furnace",
    target: "furnace:soak",
    wanted: { arguments: { target: 870, fan: 70 } },
    turnKey: (to) => rig.furnace.model.turnKey(to),
    writes: () => rig.furnaceWrites().length,
    runs: () => rig.furnace.model.readings.running,
  },
  {
    id: "line1",
    target: "line1:fill",
    wanted: { arguments: { ml: 480 } },
    turnKey: (to) => rig.line.model.station.turnKey(to),
    writes: () => rig.lineWrites().length,
    runs: () => rig.line.model.station.state === "Execute",
  },
];

describe.each(machines)("the key of $id", ({ id, target, wanted, turnKey, writes, runs }) => {
  it("turned to LOCAL between select and operate: refused with local-control, control gone, the machine runs on", async () => {
    expect((await olga.take(id)).status).toBe(200);
    const { body } = await olga.select(target, wanted);
    expect(body.state).toBe("SELECTED");
    turnKey("local");
    const isGone = async (): Promise<boolean> => !(await olga.holds(id));
    await until(isGone, "control is gone", 3000);
    const operated = await olga.operate(body.id, wanted);
    expect([operated.status, causesOf(operated)]).toEqual([409, expect.arrayContaining(["local-control", "no-lease"])]);
    expect((await olga.recorded(body.id)).state).toBe("CANCELLED");
    expect(causesOf(await olga.select(target, wanted))).toContain("local-control");
    expect((await olga.take(id)).status).toBe(409);
    expect([writes(), runs()]).toEqual([0, true]);
    expect(olga.view.of("event").map(({ event }) => event)).toContainEqual(
      expect.objectContaining({ kind: "lease", equipment: id, change: "ended", holder: null, reason: "local-control" }),
    );
  });

  it("turned back to REMOTE gives control back to nobody and starts nothing; no loss policy runs", async () => {
    await olga.take(id);
    const { body } = await olga.select(target, wanted);
    turnKey("local");
    await until(async () => !(await olga.holds(id)), "control is gone", 3000);
    turnKey("remote");
    await sleep(graceMs + 3000);
    expect((await olga.machine(id)).control.holder).toBeNull();
    expect(causesOf(await olga.operate(body.id, wanted))).toContain("not-selected");
    expect([writes(), runs()]).toEqual([0, true]);
  });

  it("turned in the very moment of the operate: refused here or in the controller, never done", async () => {
    await olga.take(id);
    const { body } = await olga.select(target, wanted);
    turnKey("local");
    const operated = await olga.operate(body.id, { ...wanted, wait: 10_000 });
    const said = [operated.body.state, ...causesOf(operated)];
    expect([["REFUSED"], ["FAILED"], ["CANCELLED"]]).toContainEqual(said.slice(0, 1));
    if (operated.body.state === "FAILED") expect(said).toContain("device-rejected");
    expect(rig.furnace.model.readings.setpointC).toBe(850);
    expect(rig.line.model.parameters.volumeMl).toBe(500);
    expect(runs()).toBe(true);
  });

  it("leaves viewing and the stop request on LOCAL", async () => {
    await olga.take(id);
    turnKey("local");
    await until(async () => !(await olga.holds(id)), "control is gone", 3000);
    expect((await olga.person.get(`/equipment/${id}`)).status).toBe(200);
    const stopped = await olga.person.stop(id);
    expect([stopped.status, stopped.body.state, stopped.body.evidence]).toEqual([200, "VERIFIED", "effect"]);
    expect(runs()).toBe(false);
  });
});
