import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** A program's token as its owner makes it and an administrator takes it away. */
let plant: Plant;
let browser: Browser;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({ people: { ada: "administrator", olga: "operator" } });
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});

async function enter(name: string, hash: string, options: object): Promise<Visitor> {
  const visitor = await Visitor.open(browser, plant.url, options);
  await visitor.go(hash);
  await visitor.signIn(name, password);
  return visitor;
}

async function isWhole(visitor: Visitor, picture: string): Promise<void> {
  await visitor.picture(picture);
  expect(await visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  expect(await visitor.barriers()).toEqual([]);
  expect(visitor.complaints).toEqual([]);
}

const looks = async (text: string): Promise<number> => {
  const response = await fetch(`${plant.url}/api/v1/equipment`, { headers: { authorization: `Bearer ${text}` } });
  await response.body?.cancel();
  return response.status;
};

describe("an API token", () => {
  it("is made on a phone, shown once, and revoked by an administrator beside its owner", async () => {
    const olga = await enter("olga", "#/me", phone);
    const { page } = olga;
    await page.getByText("No tokens").waitFor();
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByLabel("Name of the program").fill("Scada 1");
    await isWhole(olga, "tokens-make-phone");
    await page.getByRole("button", { name: "Make the token" }).click();
    const field = page.getByRole("textbox", { name: "The token" });
    const text = await field.inputValue();
    expect(text).toMatch(/^plt_/);
    await field.scrollIntoViewIfNeeded();
    await isWhole(olga, "tokens-made-phone");
    expect(await looks(text)).toBe(200);
    await page.getByRole("button", { name: "I have kept it" }).click();
    await page.getByRole("button", { name: "Revoke Scada 1" }).waitFor();
    await page.reload();
    await page.getByText("Scada 1").waitFor();
    expect(await page.content()).not.toContain(text.slice(-43));
    await olga.close();

    const ada = await enter("ada", "#/people", desk);
    await ada.page.getByRole("button", { name: /olga/ }).first().click();
    await ada.page.getByText(/Last used/).waitFor();
    await ada.page.getByRole("button", { name: "Revoke Scada 1" }).click();
    await isWhole(ada, "tokens-people");
    await ada.page.getByRole("button", { name: "Revoke Scada 1 now" }).click();
    await ada.page.getByText(/revoked/).waitFor();
    expect(await looks(text)).toBe(401);
    await ada.close();
  });

  it("ends with everything else of its owner, in Italian on the phone, and this sign-in goes on", async () => {
    const olga = await enter("olga", "#/me", phone);
    const { page } = olga;
    await page.getByRole("button", { name: "Make a token" }).click();
    await page.getByLabel("Name of the program").fill("Scada 2");
    await page.getByRole("button", { name: "Make the token" }).click();
    const text = await page.getByRole("textbox", { name: "The token" }).inputValue();
    await page.getByRole("button", { name: "I have kept it" }).click();
    expect(await looks(text)).toBe(200);
    const elsewhere = await plant.enter("olga");
    await page.getByRole("button", { name: "IT", exact: true }).click();
    await page.getByRole("button", { name: "Termina tutto…" }).click();
    await page.getByText(/^Terminare ogni altro accesso di olga/).waitFor();
    await isWhole(olga, "end-all-phone");
    await page.getByRole("button", { name: "Termina tutto", exact: true }).click();
    await page.getByText("Ogni altro accesso e ogni token API sono terminati.").waitFor();
    await page.getByText("Scada 2").locator("visible=true").first().waitFor();
    await page.getByRole("button", { name: /Scada 2/ }).waitFor({ state: "detached" });
    expect([await looks(text), (await elsewhere.get("/auth/me")).status]).toEqual([401, 401]);
    await page.reload();
    await page.getByRole("button", { name: "Termina tutto…" }).waitFor();
    await olga.close();
  });
});
