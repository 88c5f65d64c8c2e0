import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** Every page in both languages, light and dark, at the desk and in the hand: whole, readable and without complaint. */
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

type Language = "en" | "it";

/** Pages, and a word of each in either language. */
const pages: readonly { readonly name: string; readonly hash: string; readonly words: Record<Language, RegExp> }[] = [
  { name: "overview", hash: "#/", words: { en: /Nothing needs attention/, it: /Niente richiede attenzione/ } },
  { name: "machines", hash: "#/machines", words: { en: /Heat-treatment furnace/, it: /Forno di trattamento/ } },
  { name: "machine", hash: "#/machines/furnace", words: { en: /Set-points|at a desk/, it: /Setpoint|scrivania/i } },
  { name: "approvals", hash: "#/approvals", words: { en: /Nothing to approve/, it: /Niente da approvare/ } },
  { name: "system", hash: "#/system", words: { en: /Running for/, it: /In funzione/i } },
  { name: "nothing", hash: "#/nowhere", words: { en: /Nothing here/, it: /./ } },
];

/** Whole: no side scrolling, no barrier. */
async function expectSound(name: string): Promise<void> {
  await visitor.picture(name);
  expect(await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  expect(await visitor.barriers()).toEqual([]);
}

const rooms: readonly [string, Language, "light" | "dark", BrowserContextOptions][] = [
  ["desk", "en", "light", desk],
  ["desk", "it", "dark", desk],
  ["small desk", "it", "light", { ...desk, viewport: { width: 1024, height: 768 } }],
  ["phone", "it", "light", phone],
  ["phone", "en", "dark", phone],
];

describe.each(rooms)("%s, %s, %s", (room, language, colorScheme, options) => {
  it("every page is whole", async () => {
    visitor = await Visitor.open(browser, plant.url, { ...options, colorScheme });
    const { page } = visitor;
    await visitor.go();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    if (language === "it") {
      await page.getByRole("button", { name: "IT", exact: true }).click();
      await page.getByRole("heading", { name: "Accesso" }).waitFor();
    }
    expect(await page.locator("html").getAttribute("lang")).toBe(language);
    const name = (of: string) => `${room.replace(" ", "-")}-${language}-${colorScheme}-${of}`;
    await expectSound(name("sign-in"));
    await visitor.signIn("ada", password);
    for (const { name: of, hash, words } of pages) {
      await visitor.go(hash);
      await page.getByRole("main").getByText(words[language]).first().waitFor();
      if (hash.includes("furnace"))
        await page
          .getByText(/^(live|in diretta), /)
          .first()
          .waitFor();
      await expectSound(name(of));
    }
    expect(visitor.complaints).toEqual([]);
  });
});
