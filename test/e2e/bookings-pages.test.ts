import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";
import { bookNow } from "../rig/slot.ts";

/** The pages of people, bookings, devices, log and trends with something in them, in both languages, at the desk and in the hand. */
let plant: Plant;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  if (browserMissing) return;
  plant = await startPlant({
    people: { ada: "administrator", gina: "guest" },
    change({ equipment }) {
      if (equipment["furnace"]) equipment["furnace"]["bookable"] = true;
    },
  });
  await bookNow(await plant.enter("ada"), "gina", "furnace", 1_800_000);
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});
afterEach(() => visitor?.close());

type Language = "EN" | "IT";

/** Pages, and what stands on each when it has loaded. */
const pages: readonly { readonly hash: string; readonly words: Record<Language, RegExp> }[] = [
  { hash: "#/bookings", words: { EN: /gina/, IT: /gina/ } },
  { hash: "#/people", words: { EN: /Administrator/, IT: /Amministratore/ } },
  { hash: "#/devices", words: { EN: /Furnace controller/, IT: /Controllore del forno/ } },
  { hash: "#/log", words: { EN: /\bada\b/, IT: /\bada\b/ } },
  { hash: "#/trends", words: { EN: /Trends/, IT: /Andamenti/ } },
];

const rooms: readonly [string, Language, BrowserContextOptions][] = [
  ["desk", "EN", desk],
  ["desk", "IT", { ...desk, colorScheme: "dark" }],
  ["phone", "IT", phone],
  ["phone", "EN", phone],
];

describe.each(rooms)("at the %s, in %s", (room, language, options) => {
  it.each(pages)("$hash is whole, without a barrier and without a complaint", async ({ hash, words }) => {
    visitor = await Visitor.open(browser, plant.url, options);
    const { page } = visitor;
    await visitor.go(hash);
    await page.getByRole("button", { name: language, exact: true }).click();
    await visitor.signIn("ada", password);
    await page.getByRole("main").getByText(words[language]).first().waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe(language.toLowerCase());
    // What is fetched for the page has come, and charts have drawn.
    await page.waitForLoadState("networkidle", { timeout: 3000 }).catch(() => undefined);
    await visitor.picture(`pages-${room}-${language}-${hash.slice(2)}`);
    expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
    expect(await visitor.barriers()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });
});
