import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ControlView, EquipmentView } from "../../gateway/api/wire/equipment.ts";
import type { HandOverNote, OnCallEntry } from "../../gateway/api/wire/lease.ts";
import type { LoggedWrite } from "../../simulators/modbus/write-log.ts";
import type { LiveView } from "../rig/live-view.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** Who has control of a real machine over a real socket, and what follows when that is gone (R15, R40). */
let plant: Plant;
let anna: Person;
let carla: Person;
const open = new Set<LiveView>();
let before = 0;

beforeAll(async () => {
  plant = await startPlant({
    people: { anna: "operator", carla: "supervisor" },
    change: ({ equipment }) => {
      Object.assign(equipment["furnace"] ?? {}, {
        lease: "required",
        onLossOfControl: { policy: "stop", grace: "17s" },
      });
    },
  });
  anna = await plant.enter("anna");
  carla = await plant.enter("carla");
}, 60_000);
afterAll(() => plant?.close());

beforeEach(async () => {
  await plant.restore(anna);
  before = plant.furnace.writes.count;
});
afterEach(() => {
  for (const view of open) view.close();
  open.clear();
});

const written = (): readonly LoggedWrite[] => plant.furnace.writes.since(before);
const stopped = (): boolean => written().some(({ function: code, values }) => code === 5 && values[0] === true);
const take = (person: Person) => person.post<ControlView>("/equipment/furnace/lease", {});
const control = async (person: Person) => (await person.get<EquipmentView>("/equipment/furnace")).body.control;

/** A page that answers what it is asked, as long as it is open. */
async function page(person: Person): Promise<LiveView> {
  const view = await person.watch(["furnace/temperature"]);
  open.add(view);
  view.socket.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString());
    if (message.type === "lease-prompt") view.say({ type: "lease-alive", n: message.n, visible: true });
  });
  return view;
}

describe("control of a machine", () => {
  it("is needed for a set-point, lives while the page answers, and ends with the key on LOCAL", async () => {
    const view = await page(anna);
    expect((await anna.write("furnace/setpoint", 870)).body.causes?.map(({ cause }) => cause)).toEqual(["no-lease"]);
    expect((await take(anna)).status).toBe(200);
    expect((await anna.write("furnace/setpoint", 870)).body.state).toBe("VERIFIED");
    const refused = await carla.write("furnace/setpoint", 880);
    expect(refused.body.causes?.map(({ cause }) => cause)).toContain("held-by-other");
    await sleep(17_000);
    expect((await control(anna)).mine).toBe(true);
    plant.furnace.model.turnKey("local");
    await view.until(() => view.of("event").some(({ event }) => event.kind === "lease" && event.change === "ended"));
    expect((await control(anna)).holder).toBeNull();
    await sleep(1000);
    expect(stopped()).toBe(false);
  }, 40_000);

  it("that is gone with its page runs the policy after the grace, and on-call is told until somebody answers", async () => {
    const watching = await page(carla);
    const view = await page(anna);
    await take(anna);
    await sleep(1000);
    view.close();
    const goneMs = performance.now();
    await watching.until(() => watching.of("event").some(({ event }) => event.kind === "on-call"), 25_000);
    const afterMs = performance.now() - goneMs;
    expect(afterMs).toBeGreaterThan(14_000);
    expect(afterMs).toBeLessThan(19_000);
    const until = performance.now() + 5000;
    while (plant.furnace.model.readings.running && performance.now() < until) await sleep(50);
    expect([stopped(), plant.furnace.model.readings.running]).toEqual([true, false]);
    const { body: calls } = await carla.get<OnCallEntry[]>("/on-call");
    expect(calls.map(({ equipment }) => equipment)).toEqual(["furnace"]);
    const notes = await carla.get<{ items: HandOverNote[] }>("/equipment/furnace/hand-over?limit=1");
    expect(notes.body.items[0]).toMatchObject({ change: "expired", from: "anna", state: "Execute" });

    await plant.kill();
    await plant.start();
    carla = await plant.enter("carla");
    anna = await plant.enter("anna");
    expect((await carla.get<OnCallEntry[]>("/on-call")).body).toEqual(calls);
    await carla.post(`/on-call/${calls[0]?.id}/acknowledge`, {});
    expect((await carla.get<OnCallEntry[]>("/on-call")).body).toEqual([]);
  }, 90_000);

  it("is nobody's after a restart, and nothing starts by itself", async () => {
    await page(anna);
    expect((await take(anna)).status).toBe(200);
    await plant.kill();
    before = plant.furnace.writes.count;
    await plant.start();
    anna = await plant.enter("anna");
    carla = await plant.enter("carla");
    await page(anna);
    await sleep(2000);
    expect((await control(anna)).holder).toBeNull();
    expect(written()).toEqual([]);
  }, 60_000);
});
