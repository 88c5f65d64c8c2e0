import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { browserMissing, openBrowser, Visitor } from "../rig/browser.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** S17: whatever a name holds is text on screen, and nothing that it says is done. */
const evil = `<img src=x onerror="document.title='taken'"><script>document.title='taken'</script>{{constructor}}`;

let plant: Plant;
let browser: Browser;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({
    people: { olga: "administrator" },
    change(configuration) {
      const { furnace } = configuration.equipment;
      if (!furnace) throw new Error("no furnace");
      furnace["name"] = `F ${evil}`;
      for (const tag of Object.values(furnace.tags)) tag["name"] = `T ${evil}`;
      configuration["site"] = { id: "rig", name: `S ${evil}`, timezone: "Europe/Rome" };
    },
  });
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});

it("names of site, machine and tags with markup in them are shown as they are, on every page", async () => {
  const visitor = await Visitor.open(browser, plant.url);
  await visitor.go();
  await visitor.signIn("olga", password);
  await visitor.page.getByText(`F ${evil}`).first().waitFor();
  for (const hash of ["#/", "#/machines/furnace", "#/trends", "#/bookings", "#/log", "#/devices", "#/system"]) {
    await visitor.go(hash);
    await visitor.page.waitForTimeout(500);
    expect(await visitor.page.title(), hash).not.toBe("taken");
    expect(await visitor.page.locator("img[src=x]").count(), hash).toBe(0);
  }
  expect(visitor.complaints.filter((each) => !/favicon/.test(each))).toEqual([]);
  await visitor.close();
});
