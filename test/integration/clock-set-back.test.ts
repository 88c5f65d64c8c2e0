import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditPage } from "../../gateway/api/wire/audit.ts";
import type { EquipmentView } from "../../gateway/api/wire/equipment.ts";
import { type Plant, startPlant } from "../rig/plant.ts";
import { bookNow } from "../rig/slot.ts";

/**
 * R3: the gateway is stopped, its clock is set back, and it starts again. For the gateway that is the same as
 * a mark that lies so far ahead of its clock, which a test can make without touching the computer's.
 */
let plant: Plant;

beforeAll(async () => {
  plant = await startPlant({
    people: { olga: "operator", ada: "administrator", guido: "guest" },
    change: ({ equipment }) => Object.assign(equipment["furnace"] ?? {}, { bookable: true }),
  });
}, 60_000);
afterAll(() => plant?.close());

async function restartWithClockBack(byMs: number): Promise<void> {
  await plant.stop();
  const at = new Date(Date.now() + byMs).toISOString();
  writeFileSync(join(plant.data, "clock.json"), JSON.stringify({ seen: at, passed: at }));
  await plant.start();
}

describe("a clock that was set back while the gateway was down", () => {
  it("brings back no sign-in, no token and no booking that had ended, and lets people sign in anew", async () => {
    const ada = await plant.enter("ada");
    const olga = await plant.enter("olga");
    const guido = await plant.enter("guido");
    await bookNow(ada, "guido", "furnace", 3_600_000);
    expect((await guido.get("/equipment/furnace")).status).toBe(200);

    await restartWithClockBack(0);
    expect((await olga.get("/equipment")).status).toBe(200);
    expect((await guido.get("/equipment/furnace")).status).toBe(200);

    // Token of 5 min, slot of 1 h.
    await restartWithClockBack(2 * 3_600_000);
    expect((await olga.get("/equipment")).status).toBe(401);
    const again = await plant.enter("guido");
    expect((await again.get("/equipment/furnace")).status).toBe(404);
    expect((await olga.stop("furnace", olga.stopToken)).status).toBe(200);

    // A sign-in lives 12 h.
    await restartWithClockBack(13 * 3_600_000);
    expect((await olga.stop("furnace", olga.stopToken)).status).toBe(401);
    const today = await plant.enter("ada");
    const { body } = await today.get<AuditPage>("/audit?limit=100");
    expect(body.items.map(({ action }) => action)).toContain("clock.unsynchronised");
    const view = await today.watch(["furnace/temperature"]);
    await view.until(() => view.of("samples").length > 0);
    const { body: machine } = await today.get<EquipmentView>("/equipment/furnace");
    expect(machine.id).toBe("furnace");
    view.close();
  }, 90_000);
});
