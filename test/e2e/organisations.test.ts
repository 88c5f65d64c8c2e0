import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** Organisations and rights as people meet them: at the desk of who manages, and in the hand of who was invited. */
let plant: Plant;
let browser: Browser;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({
    people: { ada: "administrator", vera: "viewer" },
    change({ equipment }) {
      Object.assign(equipment["furnace"] ?? {}, { bookable: true, area: "hall_2" });
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

async function enter(name: string, hash: string, options: object = desk): Promise<Visitor> {
  const visitor = await Visitor.open(browser, plant.url, options);
  await visitor.go(hash);
  await visitor.signIn(name, password);
  return visitor;
}

/** What is on the page holds for everybody: nothing wider than it, no barrier, no complaint. */
async function isWhole(visitor: Visitor, picture: string): Promise<void> {
  await visitor.picture(picture);
  expect(await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  expect(await visitor.barriers()).toEqual([]);
  expect(visitor.complaints).toEqual([]);
}

describe("an organisation", () => {
  it("is made, its leader comes in by the link, invites another, and is out when it is suspended", async () => {
    const ada = await enter("ada", "#/organisations");
    const { page } = ada;
    await page.getByText("There are no organisations beside the house.").waitFor();
    await isWhole(ada, "organisations-empty");
    await page.getByRole("button", { name: "Add organisation…" }).click();
    await page.getByRole("button", { name: "Add organisation", exact: true }).click();
    expect(await page.getByText("Needed").count()).toBe(2);
    await page.getByLabel("Name", { exact: true }).fill("Acme S.p.A.");
    await page.getByLabel("Short name").fill("acme");
    await isWhole(ada, "organisations-add");
    await page.getByRole("button", { name: "Add organisation", exact: true }).click();
    await page.getByRole("button", { name: /Acme S\.p\.A\./ }).click();
    await page.getByRole("button", { name: "Invite…" }).click();
    await page.getByLabel("Name to sign in with").fill("lea");
    await page.getByRole("combobox", { name: "Language" }).selectOption("it");
    await page.getByLabel("May invite and remove the others").check();
    await page.getByRole("button", { name: "Make the link" }).click();
    await page.getByRole("heading", { name: "The link for lea@acme" }).waitFor();
    await isWhole(ada, "organisations-link");
    const address = await page.getByLabel(/^Good once/).inputValue();

    const lea = await Visitor.open(browser, plant.url, { ...phone, locale: "it-IT" });
    await lea.page.goto(address);
    await lea.page.getByRole("heading", { name: "Benvenuto, lea@acme" }).waitFor();
    expect(lea.page.url()).not.toContain("secret");
    await isWhole(lea, "join-phone");
    await lea.page.locator('input[name="password"]').fill(password);
    await lea.page.getByLabel("Ripeti la password").fill(password);
    await lea.page.getByRole("button", { name: "Scegli questa password" }).click();
    await lea.page.getByRole("button", { name: "Imposta più tardi" }).click();
    await lea.page
      .getByRole("navigation")
      .getByRole("link", { name: /Tu|Panoramica/ })
      .first()
      .waitFor();
    await lea.go("#/organisations");
    await lea.page.getByRole("heading", { name: "Persone di Acme S.p.A." }).waitFor();
    await lea.page.getByRole("button", { name: "Invita…" }).click();
    await lea.page.getByLabel("Nome per accedere").fill("rosa");
    await lea.page.getByRole("button", { name: "Crea il link" }).click();
    await lea.page.getByRole("button", { name: "Fatto" }).click();
    await lea.page.getByText("rosa@acme").waitFor();
    await isWhole(lea, "organisation-leader-phone");

    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: "Suspend…" }).click();
    await page.getByRole("button", { name: "Suspend Acme S.p.A." }).click();
    await page.getByText("Nobody of Acme S.p.A. can sign in.").waitFor();
    await page.getByRole("button", { name: "Invite…" }).waitFor({ state: "detached" });
    await isWhole(ada, "organisations-suspended");
    await lea.page.getByLabel(/^Nome/).waitFor();
    await lea.signIn("lea@acme", password);
    await lea.page.getByRole("alert").waitFor();

    const used = await Visitor.open(browser, plant.url);
    await used.page.goto(address);
    await used.page.locator('input[name="password"]').fill(password);
    await used.page.getByLabel("Password again").fill(password);
    await used.page.getByRole("button", { name: "Choose this password" }).click();
    await used.page.getByText("The link is used up or too old.").waitFor();
    for (const visitor of [ada, lea, used]) await visitor.close();
  });
});

describe("somebody of the house", () => {
  it("is added without a password, and chooses one by the link that is handed over", async () => {
    const ada = await enter("ada", "#/people");
    const { page } = ada;
    await page.getByRole("button", { name: "Add person…" }).click();
    await page.getByLabel("Name", { exact: true }).fill("piero");
    await page.getByLabel("Hand over a one-time link instead of a password").check();
    await page.getByLabel("New password").waitFor({ state: "detached" });
    await isWhole(ada, "people-add-link");
    await page.getByRole("button", { name: "Add person", exact: true }).click();
    const first = await page.getByLabel(/^Good once/).inputValue();
    await page.getByRole("button", { name: "Done" }).click();
    await page.getByRole("button", { name: /^piero/ }).click();
    await page.getByRole("button", { name: "Make a one-time link" }).click();
    await page.getByRole("heading", { name: "The link for piero" }).waitFor();
    const address = await page.getByLabel(/^Good once/).inputValue();
    expect(address).not.toBe(first);
    await isWhole(ada, "people-link");

    const piero = await Visitor.open(browser, plant.url, phone);
    const choose = async (link: string) => {
      await piero.page.goto(link);
      await piero.page.locator('input[name="password"]').fill(password);
      await piero.page.getByLabel("Password again").fill(password);
      await piero.page.getByRole("button", { name: "Choose this password" }).click();
    };
    await choose(first);
    await piero.page.getByText("The link is used up or too old.").waitFor();
    await piero.page.goto("about:blank");
    await choose(address);
    await piero.page.getByRole("button", { name: "Set up later" }).click();
    await piero.page.getByRole("navigation").first().waitFor();
    expect((await (await plant.enter("piero")).get<{ role: string }>("/auth/me")).body.role).toBe("operator");
    await page.getByRole("button", { name: "Make a one-time link" }).waitFor({ state: "detached", timeout: 60_000 });
    await ada.close();
    await piero.close();
  });
});

describe("rights", () => {
  it("are given, explained to both, and ended", async () => {
    const vera = await enter("vera", "#/me", phone);
    await vera.page.getByRole("link", { name: "What you can do, and why" }).click();
    const mine = (what: string) => vera.page.getByRole("listitem").filter({ hasText: what }).first();
    await mine("Set values and give commands").getByText("None of your rights includes it").waitFor();
    await isWhole(vera, "rights-own-phone");

    const ada = await enter("ada", "#/people");
    const { page } = ada;
    await page.getByRole("button", { name: /^vera/ }).click();
    await page.getByRole("link", { name: "Rights, and why…" }).click();
    await page.getByRole("heading", { name: "What vera can do, and why" }).waitFor();
    await page.getByRole("button", { name: "Give a right…" }).click();
    await page.getByLabel("Role").selectOption("operator");
    await page.getByLabel("Areas").check();
    await page.getByLabel("hall_2").check();
    await page.getByLabel("Highest class").selectOption("C1");
    await isWhole(ada, "rights-give");
    await page.getByRole("button", { name: "Give this right" }).click();
    await page.getByText("The right is given.").waitFor();
    const writing = page.getByRole("listitem").filter({ hasText: "Set values and give commands" }).first();
    await writing.getByText("Given by: Operator, area hall_2").waitFor();
    await page.getByLabel("On", { exact: true }).selectOption("furnace");
    await writing.getByText("C1", { exact: true }).waitFor();
    await isWhole(ada, "rights");

    await page.getByRole("button", { name: "End the right Operator, area hall_2…" }).press("Enter");
    await page.getByRole("button", { name: "Keep it" }).press("Tab");
    await page.keyboard.press("Enter");
    await page.getByText("The right is ended.").waitFor();
    await writing.getByText("No right of this person includes it").waitFor();
    for (const visitor of [ada, vera]) await visitor.close();
  });
});
