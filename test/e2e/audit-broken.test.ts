import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { addKiosk, guardedFurnace } from "../rig/kiosk.ts";
import { Person } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** The audit cannot be written: no screen is without the alarm, and none keeps it longer than it is true. */
let plant: Plant;
let browser: Browser;
const open: Visitor[] = [];

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({ people: { ada: "administrator", olga: "operator" }, change: guardedFurnace });
});
afterAll(async () => {
  for (const visitor of open) await visitor.close();
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});

async function visitor(options: Parameters<typeof Visitor.open>[2] = {}): Promise<Visitor> {
  const opened = await Visitor.open(browser, plant.url, options);
  open.push(opened);
  return opened;
}

function rename(from: string, to: string): void {
  using records = new DatabaseSync(join(plant.data, "records.db"), { timeout: 10_000 });
  records.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
}

const band = (page: Page, title = "The audit cannot be written") => page.getByRole("alert").getByText(title);
const pages = ["", "machines", "machines/furnace", "machines/furnace/commissioning", "machines/furnace/mill"].concat([
  "approvals",
  "trends",
  "history",
  "bookings",
  "log",
  "people",
  "devices",
  "system",
  "me",
  "nowhere",
]);

describe("the audit cannot be written", () => {
  it("stands on every page, on the phone and at the machine, and goes when it can be written again", async () => {
    const desk = await visitor();
    await desk.go();
    await desk.signIn("ada", password);
    const small = await visitor({ ...phone, locale: "it-IT" });
    await small.go();
    await small.page.getByRole("button", { name: "IT", exact: true }).click();
    await small.signIn("olga", password);
    const kiosk = await visitor({ viewport: { width: 1024, height: 768 }, locale: "en-GB" });
    await kiosk.go(`#/kiosk?secret=${(await addKiosk(plant, "furnace", "Alarm")).secret}`);
    await kiosk.page.getByRole("button", { name: "Enrol this device" }).click();
    const shown = [band(desk.page), band(small.page, "Il registro non può essere scritto"), band(kiosk.page)] as const;
    await kiosk.page.getByRole("heading", { name: "Heat-treatment furnace" }).waitFor();
    await small.page.getByText("Forno di trattamento termico").first().waitFor();
    for (const each of shown) expect(await each.count()).toBe(0);

    rename("audit", "gone");
    // Anything that has to be on the record finds it out.
    await Person.signIn(plant.url, "olga", "not the password").catch(() => undefined);
    await Promise.all(shown.map((each) => each.waitFor()));
    for (const each of [desk, small, kiosk]) {
      expect(await each.barriers()).toEqual([]);
      expect(await each.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    }
    await kiosk.picture("audit-broken-kiosk");
    await small.picture("audit-broken-phone");
    for (const hash of pages) {
      await desk.go(`#/${hash}`);
      await band(desk.page).waitFor();
    }
    await desk.picture("audit-broken-desk");

    rename("gone", "audit");
    await Promise.all(shown.map((each) => each.waitFor({ state: "detached" })));
    expect((await plant.plancia(["audit", "verify"])).code).toBe(0);
  });
});
