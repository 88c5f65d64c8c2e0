import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** A trend, compared with what was before and handed on as a link; its figures are those of what is seen. */
let plant: Plant;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({ people: { ada: "administrator" } });
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});
afterEach(() => visitor?.close());

const rooms: readonly [string, BrowserContextOptions][] = [
  ["desk", desk],
  ["phone", phone],
];

describe.each(rooms)("a trend at the %s", (room, options) => {
  it("is compared with the time before, and its link leads to the same window", async () => {
    visitor = await Visitor.open(browser, plant.url, options);
    const { page } = visitor;
    await visitor.go();
    await visitor.signIn("ada", password);
    await visitor.go("#/trends?tags=furnace/temperature&span=15m");
    await page.getByRole("region", { name: /^Trend of / }).waitFor();
    await page.getByLabel("Compare with").selectOption({ label: "the time before" });
    await expect.poll(() => page.url(), { timeout: 60_000 }).toContain("compare=before");
    // Nothing was recorded in the time before, and that is said.
    await page.getByText("the time before", { exact: true }).last().waitFor();
    await page.getByRole("button", { name: "Copy link" }).click();
    await page.getByText(/Link to this time copied|Copy it by hand/).waitFor();
    await visitor.picture(`${room}-trend-compared`);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    expect(await visitor.barriers()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });
});
