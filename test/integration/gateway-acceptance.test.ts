import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import type { ChangesPage } from "../../gateway/api/wire/changes.ts";
import type { CommissioningView } from "../../gateway/api/wire/commissioning.ts";
import { type Configuration, writeConfiguration } from "../rig/configuration.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";

/** R9 on a whole gateway: what widens control waits, and is accepted on the box or by two. */
let plant: Plant;
let olga: Person;

beforeEach(async () => {
  plant = await startPlant({ people: { olga: "operator", ada: "administrator", bea: "administrator" } });
  await plant.stop();
  edit({ limits: [20, 1200] });
  await plant.start();
  olga = await plant.enter("olga");
  await plant.restore(olga);
});
afterEach(() => plant?.close());

function edit(writable: object): void {
  const configuration = parse(readFileSync(plant.configuration, "utf8")) as Configuration;
  const tag = configuration.equipment["furnace"]?.tags["setpoint"];
  if (tag) tag["writable"] = { ...(tag["writable"] as object), ...writable };
  writeConfiguration(plant.configuration, configuration);
}

async function causesOfWrite(target = "furnace/setpoint", value = 860): Promise<readonly string[]> {
  const { body } = await olga.write(target, value);
  return (body.causes ?? []).map(({ cause }) => cause);
}

/** The heating goes off, and the gateway has seen it. */
async function stopFurnace(): Promise<void> {
  expect((await olga.stop("furnace")).body.state).toBe("VERIFIED");
  for (let tries = 0; (await olga.value("furnace/running")).value !== false; tries++) {
    if (tries > 100) throw new Error("the furnace does not stop");
    await sleep(50);
  }
}

describe("a configuration that widens control", () => {
  it("stands still until somebody on the box accepts it, while the machine does not run", async () => {
    expect(await causesOfWrite()).toEqual(["approval-missing"]);
    expect(await causesOfWrite("furnace/fan", 70)).toEqual([]);

    const shown = await plant.plancia(["config", "show"]);
    expect(shown.stdout).toMatch(/furnace\/setpoint +Limits +20 … 1100 +20 … 1200/);
    const running = await plant.plancia(["config", "accept", "--yes"]);
    expect([running.code, running.stderr]).toEqual([1, expect.stringMatching(/Execute/)]);
    expect(await causesOfWrite()).toEqual(["approval-missing"]);

    // R10: a stop waits for nobody's acceptance.
    await stopFurnace();
    const accepted = await plant.plancia(["config", "accept", "furnace", "--yes"]);
    expect([accepted.code, accepted.stdout]).toEqual([0, expect.stringMatching(/accepted: furnace/)]);
    expect(await causesOfWrite()).toEqual([]);
    expect((await plant.plancia(["config", "show"])).stdout).toMatch(/nothing waits/);
    expect((await plant.plancia(["audit", "verify"])).code).toBe(0);
  });

  it("is accepted from afar by two administrators, and by none alone", async () => {
    await stopFurnace();
    const [ada, bea] = [await plant.enter("ada"), await plant.enter("bea")];
    const { items } = (await ada.get<ChangesPage>("/config/changes")).body;
    const body = { digest: items[0]?.digest };
    const path = "/config/changes/furnace";
    expect((await ada.post(`${path}/accept`, body)).status).toBe(409);
    expect((await ada.post(`${path}/confirm`, body)).status).toBe(200);
    expect((await ada.post(`${path}/accept`, body)).status).toBe(409);
    expect((await olga.post(`${path}/accept`, body)).status).toBe(403);
    expect(await bea.post<ChangesPage>(`${path}/accept`, body)).toMatchObject({ status: 200, body: { items: [] } });
    expect(await causesOfWrite()).toEqual([]);
    const sheet = (await olga.get<CommissioningView>("/equipment/furnace/commissioning")).body;
    expect(sheet).toMatchObject({ waiting: [], accepted: { by: "ada, bea" } });
    const audit = (await ada.get<{ items: { action: string; detail: object }[] }>("/audit?action=config.accepted"))
      .body;
    expect(audit.items).toMatchObject([
      {
        detail: { confirmedBy: "ada", changes: { "furnace/setpoint: Limits": { from: "20 … 1100", to: "20 … 1200" } } },
      },
    ]);
  });

  it("is accepted on the folder where no gateway runs, and still waits for whoever did not", async () => {
    await plant.stop();
    const accepted = await plant.plancia(["config", "accept", "furnace", "--yes"]);
    expect([accepted.code, accepted.stderr]).toEqual([0, expect.stringMatching(/No gateway runs here/)]);
    await plant.start();
    olga = await plant.enter("olga");
    await plant.restore(olga);
    expect(await causesOfWrite()).toEqual([]);
  });

  it("that goes back to what was accepted waits no more, and one that narrows never did", async () => {
    await plant.stop();
    edit({ limits: [20, 1000] });
    expect((await plant.plancia(["config", "show"])).stdout).toMatch(/nothing waits/);
    await plant.start();
    olga = await plant.enter("olga");
    await plant.restore(olga);
    expect(await causesOfWrite()).toEqual([]);
    expect(await causesOfWrite("furnace/setpoint", 1050)).toContain("value-not-allowed");
    // What narrowed is what was accepted from now on.
    await plant.stop();
    edit({ limits: [20, 1100] });
    expect((await plant.plancia(["config", "show"])).stdout).toMatch(/20 … 1000 +20 … 1100/);
  });
});
