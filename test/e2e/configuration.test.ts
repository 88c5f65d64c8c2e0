import { readFileSync, writeFileSync } from "node:fs";
import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import type { Configuration } from "../rig/configuration.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** The configuration in the browser: what a start would make of the file, its versions, and the way back. */
let plant: Plant;
let browser: Browser;
let visitor: Visitor;
let first: string;

/** The same furnace, on a device of the same id, made of the template that is shipped. */
function ofTemplate({ devices, equipment }: Configuration): void {
  const { port } = devices["furnace-plc"] ?? {};
  delete devices["furnace-plc"];
  const name = { en: "Heat-treatment furnace", it: "Forno di trattamento termico" };
  equipment["furnace"] = { template: "furnace-controller", with: { host: "127.0.0.1", port, name }, tags: {} };
}

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({ people: { ada: "administrator", olga: "operator" }, change: ofTemplate });
  first = readFileSync(plant.configuration, "utf8");
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});
afterEach(() => visitor?.close());

async function open(name: string, options: typeof desk | typeof phone = desk, language = "EN"): Promise<void> {
  visitor = await Visitor.open(browser, plant.url, options);
  await visitor.go("#/system");
  await visitor.page.getByRole("button", { name: language, exact: true }).click();
  await visitor.signIn(name, password);
}

const panel = (name = "Configuration") => visitor.page.getByRole("region", { name, exact: true });

describe("the configuration on the system page", () => {
  it("shows what a start would make of the file, and goes back to a version in two clicks", async () => {
    await open("ada");
    await panel().getByText("The file says what runs.").waitFor();
    writeFileSync(plant.configuration, first.replace("name: Rig hall", "name: Hall 7"));
    await panel().getByRole("button", { name: "Look again" }).click();
    await panel().getByText("setting site changed").waitFor();
    await panel().getByText("Rig hall → Hall 7").waitFor();
    writeFileSync(plant.configuration, first.replace("Europe/Rome", "Europe/Roma"));
    await panel().getByRole("button", { name: "Look again" }).click();
    await panel()
      .getByText(/^Line \d+, column \d+: site.timezone/)
      .waitFor();
    expect(await visitor.barriers()).toEqual([]);
    await panel().getByText("1 machine of furnace-controller", { exact: true }).click();
    await panel().getByRole("link", { name: "Heat-treatment furnace" }).waitFor();

    await panel().getByRole("button", { name: "Version 1", exact: true }).click();
    await panel().getByRole("button", { name: "Back to this…" }).click();
    const dialog = visitor.page.getByRole("dialog", { name: "Back to version 1" });
    await dialog.getByText(/takes effect at the next start/).waitFor();
    expect(readFileSync(plant.configuration, "utf8")).not.toBe(first);
    await dialog.getByRole("button", { name: "Back to version 1" }).click();
    await panel().getByText("back to version 1").waitFor();
    await panel().getByText("The file says what runs.").waitFor();
    expect(readFileSync(plant.configuration, "utf8")).toBe(first);
    await visitor.picture("configuration");
    expect(visitor.complaints).toEqual([]);
  });

  it("fits a phone in Italian, and is nothing for an operator", async () => {
    await open("ada", phone, "IT");
    await panel("Configurazione").getByText("Il file dice ciò che è in funzione.").waitFor();
    await panel("Configurazione").getByRole("button", { name: "Versione 1", exact: true }).click();
    await visitor.picture("configuration-phone");
    expect(await visitor.barriers()).toEqual([]);
    await visitor.close();
    await open("olga");
    await visitor.page.getByText("Changes of the configuration that wait").waitFor();
    expect(await panel().count()).toBe(0);
  });
});
