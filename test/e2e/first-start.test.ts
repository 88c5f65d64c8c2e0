import type { Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, openBrowser, Visitor } from "../rig/browser.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** From the link on the terminal to the first look at a machine. */
let plant: Plant;
let browser: Browser;
let visitor: Visitor;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({ people: { olga: "operator" } });
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach(async (context) => {
  if (browserMissing) context.skip(browserMissing);
  visitor = await Visitor.open(browser, plant.url);
});
afterEach(() => visitor?.close());

async function fillWelcome(name: string, chosen = password): Promise<void> {
  const { page } = visitor;
  await page.getByLabel("Name").fill(name);
  await page.getByLabel(/^Password(?! again)/).fill(chosen);
  await page.getByLabel("Password again").fill(chosen);
  await page.getByRole("button", { name: "Create administrator" }).click();
}

describe("the one-time link", () => {
  const hash = () => new URL(plant.firstLink).hash;

  it("refuses a common password in words, makes the first administrator, and hides its secret", async () => {
    const { page } = visitor;
    await visitor.go(hash());
    await page.getByRole("heading", { name: "First administrator" }).waitFor();
    expect(page.url()).not.toContain("secret");
    await visitor.picture("welcome");
    await fillWelcome("ada", "password12345678");
    await page.getByRole("alert").getByText("among the most common").waitFor();
    await fillWelcome("ada");
    await page.getByRole("button", { name: "Set up later" }).click();
    await page.getByRole("heading", { name: "Heat-treatment furnace" }).waitFor();
    await page.getByText("Administrator").waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Heat-treatment furnace" }).waitFor();
    expect(visitor.complaints.filter((each) => !each.includes("/auth/first"))).toEqual([]);
  });

  it("works only once", async () => {
    await visitor.go(hash());
    await fillWelcome("eve");
    await visitor.page.getByRole("alert").getByText("used up or too old").waitFor();
    const names = (await plant.plancia(["user", "list", "--json"])).stdout;
    expect(names).not.toContain("eve");
  });
});

describe("sign-in", () => {
  it("says the same of a wrong password and of somebody who does not exist", async () => {
    const { page } = visitor;
    await visitor.go();
    for (const name of ["olga", "nobody-at-all"]) {
      await visitor.signIn(name, "wrong-harvest-moon-1");
      const alert = page.getByRole("alert");
      await alert.waitFor();
      expect(await alert.innerText()).toBe("Name or password is not right.");
      await visitor.picture("sign-in-wrong");
      await page.reload();
    }
  });

  it("opens the overview, and signing out closes it", async () => {
    const { page } = visitor;
    await visitor.go();
    await visitor.signIn("olga", password);
    await page.getByText("Operator").waitFor();
    await page.getByText("Nothing needs attention").first().waitFor();
    // A click as soon as it can be: the link must be live.
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it("ends on the screen when the command line disables the person", async () => {
    const { page } = visitor;
    await plant.addUser("oskar", "operator");
    await visitor.go();
    await visitor.signIn("oskar", password);
    await page.getByRole("heading", { name: "Heat-treatment furnace" }).waitFor();
    await plant.plancia(["user", "disable", "oskar"]);
    await page.getByText("Your sign-in has ended. Sign in again.").waitFor();
  });
});
