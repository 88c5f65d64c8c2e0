import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { anna, guardedFurnace, KioskDevice, setPins } from "../rig/kiosk.ts";
import { type Person, request } from "../rig/person.ts";
import { type Plant, startPlant } from "../rig/plant.ts";
import { until } from "../rig/until.ts";

/** R20 and R41 on a whole gateway: whose a confirmation at the machine is. */
let plant: Plant;
let kiosk: KioskDevice;

beforeAll(async () => {
  plant = await startPlant({
    people: { olga: "operator", anna: "operator", bruno: "supervisor" },
    change: (file) => {
      guardedFurnace(file);
      Object.assign(file.equipment["furnace"] ?? {}, { lease: "required" });
    },
  });
  await setPins(plant);
  ({ device: kiosk } = await KioskDevice.enrol(plant, "furnace", "Furnace panel"));
}, 60_000);
afterAll(() => plant?.close());

/** Signed in with a page that answers what it is asked, as long as somebody is there. */
interface AtPage {
  readonly person: Person;
  there: boolean;
}

async function withPage(name: "olga" | "bruno"): Promise<AtPage> {
  const page: AtPage = { person: await plant.enter(name), there: true };
  const view = await page.person.watch(["furnace/temperature"]);
  view.socket.on("message", (data: Buffer) => {
    const message = JSON.parse(data.toString());
    if (page.there && message.type === "lease-prompt") view.say({ type: "lease-alive", n: message.n, visible: true });
  });
  return page;
}

const given = async () => (await kiosk.now()).body.confirmation?.given?.by;
const lease = "/equipment/furnace/lease";
const letGo = ({ person }: AtPage) => request(person.url, "DELETE", lease, { token: person.accessToken });

describe("an attendant's confirmation", () => {
  let olga: AtPage;
  let bruno: AtPage;
  beforeAll(async () => {
    olga = await withPage("olga");
    bruno = await withPage("bruno");
  }, 30_000);

  it.each<[string, () => Promise<unknown>, () => AtPage]>([
    [
      "is taken by force",
      () => bruno.person.post(`${lease}/take`, { reason: "Olga is needed elsewhere" }),
      () => bruno,
    ],
    ["is let go", () => letGo(olga), () => olga],
    [
      "is handed over",
      async () => {
        await bruno.person.post(`${lease}/request`, {});
        return olga.person.post(`${lease}/answer`, { accept: true });
      },
      () => bruno,
    ],
    [
      "ends because nobody is there any more",
      async () => {
        olga.there = false;
      },
      () => olga,
    ],
  ])(
    "is for whoever had control when it was given, and ends when control %s",
    async (_how, ends, last) => {
      await plant.restore(olga.person);
      await until(async () => (await olga.person.post(lease, {})).status === 200, "olga has control");
      expect((await kiosk.post("/confirm", anna)).status).toBe(200);
      expect(await given()).toBe("anna");
      const ended = (await ends()) as { status: number } | undefined;
      expect(ended?.status ?? 200).toBe(200);
      // Far less than the minute for which it would be good.
      await until(async () => (await given()) === undefined, "the confirmation ends", 40_000);
      olga.there = true;
      await letGo(last());
    },
    90_000,
  );
});
