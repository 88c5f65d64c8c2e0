import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type Configuration, writeConfiguration } from "../rig/configuration.ts";
import { root } from "../rig/node-process.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** R9 and R19 in the browser: what waits, two administrators who let it, and the sheet that is signed. */
let plant: Plant;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({
    people: { ada: "administrator", bea: "administrator", olga: "operator" },
    change: ({ equipment }) => {
      if (equipment["furnace"]) equipment["furnace"]["commissioning"] = commissioning;
    },
  });
  await restartWith({ limits: [20, 1200] });
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});
afterEach(() => visitor?.close());

const commissioning = {
  hazards: [{ en: "Heating starts while the door is open", it: "Il riscaldamento parte con la porta aperta" }],
  measures: [
    { en: "The controller cuts the heating at the door", it: "Il controllore taglia il riscaldamento alla porta" },
  ],
  signedBy: "Ing. Rossi",
  signedOn: "2026-01-20",
};

async function restartWith(writable: object): Promise<void> {
  await plant.stop();
  const configuration = parse(readFileSync(plant.configuration, "utf8")) as Configuration;
  const tag = configuration.equipment["furnace"]?.tags["setpoint"];
  if (tag) tag["writable"] = { ...(tag["writable"] as object), ...writable };
  writeConfiguration(plant.configuration, configuration);
  await plant.start();
}

async function open(name: string, hash: string, options: BrowserContextOptions = desk, language = "EN"): Promise<void> {
  visitor = await Visitor.open(browser, plant.url, options);
  await visitor.go(hash);
  await visitor.page.getByRole("button", { name: language, exact: true }).click();
  await visitor.signIn(name, password);
}

const panel = () => visitor.page.getByRole("region", { name: /configuration that wait|configurazione in attesa/ });

async function expectSound(picture: string): Promise<void> {
  await visitor.picture(picture);
  expect(await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  expect(await visitor.barriers()).toEqual([]);
  expect(visitor.complaints).toEqual([]);
}

const rooms: readonly [string, "EN" | "IT", BrowserContextOptions][] = [
  ["desk", "EN", desk],
  ["desk", "IT", { ...desk, colorScheme: "dark" }],
  ["phone", "IT", phone],
];

describe.each(rooms)("at the %s, in %s", (room, language, options) => {
  it("shows what waits, from what to what", async () => {
    await open("olga", "#/system", options, language);
    await panel().getByText("20 … 1200").waitFor();
    await panel().scrollIntoViewIfNeeded();
    await expectSound(`commissioning-${room}-${language}-waits`);
    // Who is no administrator decides nothing.
    expect(await panel().getByRole("button").count()).toBe(0);
  });

  it("shows the sheet, and what of it is not in force", async () => {
    await open("olga", "#/machines/furnace/commissioning", options, language);
    const { page } = visitor;
    await page
      .getByRole("heading", { name: language === "EN" ? /Commissioning sheet/ : /messa in servizio/ })
      .waitFor();
    await page.getByText(language === "EN" ? /1 change that widens control/ : /1 modifica che amplia/).waitFor();
    await page.getByText("Ing. Rossi").first().waitFor();
    await page.getByText("2023/1230").waitFor();
    await expectSound(`commissioning-${room}-${language}-sheet`);
  });
});

describe("on paper", () => {
  it("stands alone, black on white, on A4", async () => {
    await open("olga", "#/machines/furnace/commissioning", { ...desk, colorScheme: "dark" });
    const { page } = visitor;
    await page.getByText("2023/1230").waitFor();
    await page.setViewportSize({ width: 794, height: 1123 });
    await page.emulateMedia({ media: "print" });
    await visitor.picture("commissioning-paper");
    for (const gone of [page.getByRole("navigation"), page.getByRole("button", { name: "Print" })])
      for (const one of await gone.all()) expect(await one.isVisible()).toBe(false);
    const colours = await page.evaluate(
      "[getComputedStyle(document.documentElement).backgroundColor, getComputedStyle(document.querySelector('h1')).color]",
    );
    expect(colours).toEqual(["rgb(255, 255, 255)", "rgb(0, 0, 0)"]);
    await page.getByText("Signature", { exact: true }).waitFor();
    const paper = await page.pdf({
      path: join(root, "test", ".out", "screens", "commissioning.pdf"),
      preferCSSPageSize: true,
    });
    expect(paper.toString("latin1")).toMatch(/\/MediaBox \[0 0 59[45][.\d]* 84[12][.\d]*\]/);
  });
});

describe("two administrators", () => {
  it("confirm and accept; one alone does not get there, and neither does anybody while it runs", async () => {
    await plant.restore(await plant.enter("olga"));
    await open("ada", "#/system");
    await panel()
      .getByText(/The machine is in Execute/)
      .waitFor();
    await panel().getByRole("button", { name: "Confirm…" }).click();
    const dialog = visitor.page.getByRole("dialog");
    await dialog.getByText("Nothing changes yet").waitFor();
    // R12: whoever presses Enter without looking confirms nothing.
    expect(await visitor.page.evaluate("document.activeElement.textContent")).toBe("Cancel");
    await visitor.picture("commissioning-confirm");
    await dialog.getByRole("button", { name: /^Confirm for/ }).click();
    await panel().getByText("You confirmed it").waitFor();
    expect(await panel().getByRole("button").count()).toBe(0);
    await visitor.close();

    await open("bea", "#/system");
    await panel().getByText("ada confirmed it").waitFor();
    expect(await panel().getByRole("button", { name: "Accept…" }).isDisabled()).toBe(true);
    expect((await (await plant.enter("olga")).stop("furnace")).body.state).toBe("VERIFIED");
    await panel().getByRole("button", { name: "Accept…" }).click();
    await visitor.page.getByRole("dialog").getByText("It holds at once").waitFor();
    await visitor.picture("commissioning-accept");
    await visitor.page.getByRole("button", { name: /^Accept for/ }).click();
    await panel().getByText("Nothing waits").waitFor();
    await visitor.picture("commissioning-nothing-waits");

    await visitor.go("#/log");
    await visitor.page.getByRole("button", { name: /Wider control accepted/ }).click();
    await visitor.page.getByText("20 … 1200").waitFor();
    await visitor.picture("commissioning-log");
    await visitor.go("#/machines/furnace/commissioning");
    await visitor.page.getByText(/ada, bea/).waitFor();
    await visitor.page.getByText("to be signed again").waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});

describe("without a live connection", () => {
  it("dates what is shown and lets nothing be decided", async () => {
    await restartWith({ limits: [10, 1200] });
    await open("ada", "#/system");
    await panel().getByText("10 … 1200").waitFor();
    await plant.kill();
    await panel().getByText(/as of/i).waitFor();
    expect(await panel().getByRole("button", { name: "Confirm…" }).isDisabled()).toBe(true);
    await visitor.picture("commissioning-lost");
    await plant.start();
  });
});
