import { DataType } from "node-opcua";
import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { EquipmentView } from "../../gateway/api/wire/equipment.ts";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type OddDevices, startOddDevices } from "../rig/odd-devices.ts";
import { password } from "../rig/plant.ts";
import { until } from "../rig/until.ts";

/** What devices do that they should not, and what they call their values, in the words of the pages. */
let odd: OddDevices;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  odd = await startOddDevices({ people: { ada: "administrator" } });
  const ada = await odd.plant.enter("ada");
  // Until the driver has subscribed, nobody hears.
  const heard = async () => {
    await odd.say("plant/cell/humidity", "48");
    return (await ada.value("cell/humidity")).value === 48;
  };
  await until(heard, "a message from the broker", 60_000);
  odd.server.set("Level", DataType.Double, 12.5);
  const named = async () => (await ada.get<EquipmentView>("/equipment/cell")).body.tags.some(({ offered }) => offered);
  await until(named, "what the server calls its values", 60_000);
  for (const name of ["dust", "noise"]) await odd.say(`plant/cell/${name}`, "1");
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await odd?.[Symbol.asyncDispose]();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});
afterEach(() => visitor?.close());

const device = (name: string): Locator => visitor.page.getByRole("article", { name });

/** Whole: no side scrolling, no barrier, no complaint. */
async function expectSound(name: string): Promise<void> {
  await visitor.picture(name);
  expect(await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  expect(await visitor.barriers()).toEqual([]);
  expect(visitor.complaints).toEqual([]);
}

describe.each([
  ["desk", desk],
  ["phone", phone],
] as const)("on a %s", (room, options) => {
  it("the Devices page says what is read by polling and why, and which messages are no tag", async () => {
    visitor = await Visitor.open(browser, odd.plant.url, options);
    await visitor.go("#/devices");
    await visitor.signIn("ada", password);
    await device("cell-plc").getByText("Read by polling").waitFor();
    const line = device("cell-plc").getByText(/^2, every 250 ms or less often: .*subscription/);
    await line.waitFor();
    await device("cell-air").getByText("Messages that are no tag").waitFor();
    await device("cell-air").getByText("2, the last on plant/cell/noise, plant/cell/dust").waitFor();
    await line.scrollIntoViewIfNeeded();
    await expectSound(`${room}-devices-lines`);
  });

  it("a machine's page shows an enumeration with the text that the server gives its value", async () => {
    visitor = await Visitor.open(browser, odd.plant.url, options);
    await visitor.go("#/machines/cell");
    await visitor.signIn("ada", password);
    await visitor.page.getByText("2 (Blue)").first().waitFor();
    await expectSound(`${room}-machine-texts`);
  });
});
