import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, openBrowser, phone, Visitor } from "../rig/browser.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** The log as people use it: found, taken out, proven; the notice and the file for support. */
let plant: Plant;
let browser: Browser;
let visitor: Visitor | undefined;
let folder: string;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  folder = await mkdtemp(join(tmpdir(), "plancia-evidence-"));
  plant = await startPlant({ people: { ada: "administrator", olga: "operator" } });
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
  if (folder) await rm(folder, { recursive: true, force: true });
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});
afterEach(() => visitor?.close());

async function atLog(who = "ada", hash = "#/log", options = {}): Promise<Page> {
  visitor = await Visitor.open(browser, plant.url, options);
  await visitor.go(hash);
  await visitor.signIn(who, password);
  return visitor.page;
}

/** Presses it and keeps what comes. */
async function saved(page: Page, button: RegExp | string): Promise<string> {
  const [coming] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  const file = join(folder, coming.suggestedFilename());
  await coming.saveAs(file);
  return file;
}

async function expectSound(name: string): Promise<void> {
  await visitor?.picture(name);
  expect(await visitor?.page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
  expect(await visitor?.barriers()).toEqual([]);
  expect(visitor?.complaints).toEqual([]);
}

describe("the log", () => {
  it("is searched by kind and person, and the search stands in the address", async () => {
    const page = await atLog();
    const log = page.getByRole("region", { name: "Log" });
    await log.getByText("Signed in").first().waitFor();
    await page.getByRole("combobox", { name: "Kind" }).selectOption({ label: "Administration" });
    await page.waitForURL(/#\/log\?.*class=administration/);
    await log.getByText("Signed in").first().waitFor({ state: "detached" });
    await page.getByLabel("Text").fill("nothing of that sort");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText("No entries").first().waitFor();
    await expectSound("log-empty");
    await page.goBack();
    await page.waitForURL(/#\/log\?class=administration$/);
    await expectSound("log-found");
  });

  it("is checked whole, and taken out with a proof that holds without the gateway", async () => {
    expect((await plant.plancia(["audit", "anchor"])).code).toBe(0);
    const page = await atLog();
    await page.getByRole("button", { name: "Check the whole log" }).click();
    await page.getByText(/The log holds: [\d\u202f ]+ entries/).waitFor();
    const lines = await saved(page, /JSON lines/);
    const table = await saved(page, /CSV/);
    expect(await readFile(table, "utf8")).toContain("sign-in.ok");
    await page.getByText("Asked for", { exact: true }).first().waitFor();
    await expectSound("log-proof");
    const anchors = await saved(page, "Download the anchors");
    const key = await saved(page, "Download the public key");
    for (const file of [lines, table]) {
      const { code, stdout, stderr } = await plant.plancia(["audit", "verify", file, "--key", key]);
      expect([code, stderr]).toEqual([0, ""]);
      expect(stdout).toMatch(/they lead to the head signed/);
    }
    const whole = await plant.plancia(["audit", "verify", "--anchor", anchors, "--key", key]);
    expect([whole.code, whole.stderr]).toEqual([0, ""]);
    expect(whole.stdout).toMatch(/the chain holds, and so do [1-9]/);
  });

  it("is whole on a phone, and nobody's without the right", async () => {
    const page = await atLog("ada", "#/log", phone);
    await page.getByRole("button", { name: "Check the whole log" }).waitFor();
    await expectSound("log-phone");
    await visitor?.close();
    const olga = await atLog("olga");
    await olga
      .getByText(/needs|role/i)
      .first()
      .waitFor();
    expect(await olga.getByRole("button", { name: /JSON lines/ }).count()).toBe(0);
  });
});

describe("the notice", () => {
  it("is read before signing in, confirmed once, and not shown again", async () => {
    visitor = await Visitor.open(browser, plant.url);
    await visitor.go();
    const { page } = visitor;
    await page.getByText("What is recorded, why, and whom to ask").click();
    await page
      .getByText(/recorded|kept/i)
      .nth(1)
      .waitFor();
    await expectSound("notice-sign-in");
    await visitor.signIn("olga", password);
    await page.getByRole("button", { name: "I have read it" }).click();
    await page.getByRole("button", { name: "I have read it" }).waitFor({ state: "detached" });
    await page.reload();
    await page.getByText("Nothing needs attention").first().waitFor();
    expect(await page.getByRole("button", { name: "I have read it" }).count()).toBe(0);
  });
});

describe("the file for support", () => {
  it("is made with a press, holds the configuration and no secret, and stands in the log", async () => {
    const page = await atLog("ada", "#/system");
    const file = await saved(page, "Save diagnostics");
    const text = await readFile(file, "utf8");
    expect(JSON.parse(text)).toBeTypeOf("object");
    expect(text).toContain("furnace");
    expect(text).not.toContain(password);
    await page.getByText("Saved.").waitFor();
    await expectSound("system-diagnostics");
    await visitor?.go("#/log");
    await page.getByText("File for support made").filter({ visible: true }).first().waitFor();
  });
});
