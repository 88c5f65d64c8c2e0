import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, CDPSession, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, openBrowser, phone, Visitor } from "../rig/browser.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** In the hand: watch, stop, call; everything else at a desk. */
let plant: Plant;
let person: Person;
let browser: Browser;
let visitor: Visitor;
let finger: CDPSession;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({ people: { olga: "operator" } });
  person = await plant.enter("olga");
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach(async (context) => {
  if (browserMissing) context.skip(browserMissing);
  await plant.restore(person);
  visitor = await Visitor.open(browser, plant.url, phone);
  finger = await visitor.context.newCDPSession(visitor.page);
  await visitor.go();
  await visitor.signIn("olga", password);
  await visitor.page.getByRole("link", { name: "Heat-treatment furnace", exact: true }).tap();
  await visitor.page.getByText("live, ").first().waitFor();
});
afterEach(() => visitor?.close());

const stopButton = (): Locator => visitor.page.getByRole("button", { name: "Remote stop request" });

/** A real touch, so long. */
async function press(ms: number): Promise<void> {
  const box = await stopButton().boundingBox();
  if (!box) throw new Error("the stop request is not on the screen");
  const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
  await finger.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  await sleep(ms);
  await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
}

describe("a phone", () => {
  it("watches, and has no set-points", async () => {
    const { page } = visitor;
    plant.furnace.model.moveDoor("open");
    await page.getByRole("region", { name: "Process" }).getByText("open", { exact: true }).waitFor();
    expect(await page.getByRole("textbox").count()).toBe(0);
    expect(await page.getByRole("region", { name: "Set-points" }).count()).toBe(0);
    await page.getByText("Set-points are changed at a desk").waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it("stops by a press of 1 s and by nothing shorter", async () => {
    const before = plant.furnace.writes.count;
    await press(300);
    await sleep(1200);
    expect(plant.furnace.writes.since(before)).toEqual([]);
    expect(plant.furnace.model.readings.running).toBe(true);
    // More than the second, since the page may see the finger later than it came.
    await press(1800);
    await visitor.page.getByText("machine stopped (confirmed)").waitFor();
    expect(plant.furnace.model.readings.running).toBe(false);
    await visitor.picture("phone-stopped");
  });

  it("has the stop request, the tabs and nothing over them, with targets large enough for a thumb", async () => {
    const box = await stopButton().boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(phone.viewport.height);
    for (const tab of await visitor.page.getByRole("navigation").getByRole("link").all())
      expect((await tab.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    expect(await visitor.page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
  });

  it("sees a pulled cable as the desk does", async () => {
    await plant.furnace.faults.set({ kind: "cut" });
    await visitor.page.getByText("Stale since").first().waitFor();
    await visitor.page.getByText("Bad, ").first().waitFor();
    await visitor.picture("phone-bad");
    expect(await visitor.barriers()).toEqual([]);
  });

  it("loses the connection at once when the system says so, and calls the site", async () => {
    await visitor.context.setOffline(true);
    await visitor.page.getByRole("alert").getByText("Connection lost").waitFor({ timeout: 3000 });
    expect(await visitor.page.getByRole("link", { name: /Call the hall/ }).getAttribute("href")).toBe(
      "tel:+39025550199",
    );
    await visitor.picture("phone-lost");
    await visitor.context.setOffline(false);
    await visitor.page.getByRole("alert").getByText("Connection lost").waitFor({ state: "detached" });
  });
});
