import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, openBrowser, Visitor } from "../rig/browser.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** Two people at one machine, each in a browser of his own: an operator in English, a supervisor in Italian. */
let plant: Plant;
let person: Person;
let browser: Browser;
let olga: Visitor;
let sara: Visitor;
let before = 0;

beforeAll(async () => {
  if (browserMissing) return;
  plant = await startPlant({ people: { olga: "operator", sara: "supervisor" } });
  person = await plant.enter("olga");
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach(async (context) => {
  if (browserMissing) context.skip(browserMissing);
  await plant.restore(person);
  before = plant.furnace.writes.count;
  [olga, sara] = await Promise.all([open("olga", "EN"), open("sara", "IT")]);
});
afterEach(async () => {
  await olga?.close();
  await sara?.close();
});

async function open(name: string, language: "EN" | "IT"): Promise<Visitor> {
  const visitor = await Visitor.open(browser, plant.url, desk);
  const { page } = visitor;
  await visitor.go("#/machines/furnace");
  await page.getByRole("button", { name: language, exact: true }).click();
  await visitor.signIn(name, password);
  await page
    .getByText(/^(live|in diretta), /)
    .first()
    .waitFor();
  return visitor;
}

const log = (visitor: Visitor): Locator =>
  visitor.page.getByRole("region", { name: /^(Command log|Registro comandi)$/ });
const entry = (visitor: Visitor, of: string, text: RegExp): Locator =>
  log(visitor).getByRole("listitem").filter({ hasText: of }).filter({ hasText: text });
const row = (visitor: Visitor, name: string): Locator =>
  visitor.page.getByRole("region", { name: /^Set-?points?$/i }).getByRole("row", { name });

/** Up to the open confirmation. */
async function want(visitor: Visitor, name: string, value: string): Promise<Locator> {
  await row(visitor, name).getByRole("textbox").fill(value);
  await row(visitor, name)
    .getByRole("button", { name: /^(Set|Imposta)…$/ })
    .click();
  return visitor.page.getByRole("dialog").getByRole("button", { name: /^(Confirm|Conferma) / });
}

const complaints = (): readonly string[] => [...olga.complaints, ...sara.complaints];

describe("two people at one machine", () => {
  it("each sees what the other commands, as it happens and with the name", async () => {
    await (await want(olga, "Circulation fan", "65")).click();
    await entry(sara, "olga", /65.*Verificato/s)
      .first()
      .waitFor({ timeout: 5000 });
    await row(sara, "Ventola di circolazione").getByRole("cell", { name: "65" }).first().waitFor();
    await (await want(sara, "Setpoint temperatura", "870")).click();
    await entry(olga, "sara", /870.*Verified/s)
      .first()
      .waitFor({ timeout: 5000 });
    await row(olga, "Temperature set-point").getByRole("cell", { name: "870.0" }).first().waitFor();
    await olga.picture("together-olga");
    await sara.picture("together-sara");
    expect(plant.furnace.writes.since(before)).toHaveLength(2);
    expect(complaints()).toEqual([]);
  });

  it("one stops the machine while a write of the other is on its way: it stops, and both see both", async () => {
    const confirm = await want(olga, "Temperature set-point", "900");
    await plant.furnace.faults.set({ kind: "delay", ms: 700, on: "writes", times: 1 });
    const stop = sara.page.getByRole("button", { name: "Richiesta di arresto da remoto" });
    await confirm.click();
    await stop.click();
    await sara.page.getByText("macchina ferma (confermato)").waitFor();
    expect(plant.furnace.model.readings.running).toBe(false);
    await plant.furnace.faults.clear();
    // The write was sent before or was taken back; whichever, both are told the same and it is no open question.
    await entry(olga, "olga", /900.*(Verified|Cancelled|Refused)/s)
      .first()
      .waitFor();
    await entry(sara, "olga", /900.*(Verificato|Annullato|Rifiutato)/s)
      .first()
      .waitFor();
    await entry(olga, "sara", /stop/i).first().waitFor();
    await olga.page.getByRole("main").getByText("Stopped").first().waitFor();
    await sara.page.getByRole("main").getByText("Fermo", { exact: true }).first().waitFor();
    await olga.picture("together-stopped");
    expect(complaints()).toEqual([]);
  });
});
