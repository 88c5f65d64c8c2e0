import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, openBrowser, Visitor } from "../rig/browser.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";
import { TcpGate } from "../rig/tcp-gate.ts";

/** The connection between browser and gateway goes, in every way that it can. */
let plant: Plant;
let person: Person;
let browser: Browser;
let visitor: Visitor;
let gate: TcpGate;
let before = 0;

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
  person = await plant.enter("olga");
  await plant.restore(person);
  before = plant.furnace.writes.count;
  gate = await TcpGate.open(plant.port);
  visitor = await Visitor.open(browser, gate.url);
  await visitor.go();
  await visitor.signIn("olga", password);
  await visitor.page.getByRole("link", { name: "Heat-treatment furnace", exact: true }).click();
  await visitor.page.getByText("live, ").first().waitFor();
});
afterEach(async () => {
  await visitor?.close();
  await gate?.close();
});

const band = (): Locator => visitor.page.getByRole("alert").getByText("Connection lost");
const stopButton = (): Locator => visitor.page.getByRole("button", { name: "Remote stop request" });
const setpoints = (): Locator => visitor.page.getByRole("region", { name: "Set-points" });
const alarm = (): Locator => visitor.page.getByRole("alertdialog");
const written = () => plant.furnace.writes.since(before);

/** Nothing on the page looks live, and nothing but the stop request can be used to command. */
async function expectThePast(): Promise<void> {
  await band().waitFor({ timeout: 10_000 });
  await visitor.page.getByText("You are looking at the past.").first().waitFor();
  expect(await setpoints().getByRole("textbox").count()).toBe(0);
  expect(await setpoints().getByRole("button").count()).toBe(0);
  const buttons = await visitor.page.getByRole("main").getByRole("button").all();
  const usable = await Promise.all(buttons.map(async (each) => ((await each.isEnabled()) ? each.innerText() : "")));
  expect(usable.filter((name) => name !== "")).toEqual(["Remote stop request"]);
  expect(await visitor.page.getByRole("button", { name: "Sign out" }).isDisabled()).toBe(true);
  await visitor.page.getByText("Stale since").first().waitFor();
}

async function expectLiveAgain(): Promise<void> {
  await band().waitFor({ state: "detached", timeout: 30_000 });
  await setpoints().getByRole("textbox").first().waitFor({ timeout: 15_000 });
}

describe("the socket is dead and nobody says so", () => {
  it("is seen after 5 s; a stop goes over plain HTTP and is confirmed", async () => {
    gate.lose("sockets");
    await expectThePast();
    await visitor.picture("lost-socket");
    await stopButton().click();
    await visitor.page.getByText("machine stopped (confirmed)").waitFor();
    expect(plant.furnace.model.readings.running).toBe(false);
    await visitor.picture("lost-socket-stopped");
    gate.lose("nothing");
    await expectLiveAgain();
  });
});

describe("no byte passes any more", () => {
  it("a stop is tried, given up after 3 s, and not kept for later", async () => {
    gate.lose("everything");
    await expectThePast();
    await visitor.picture("lost-everything");
    const began = performance.now();
    await stopButton().click();
    await alarm().getByRole("heading", { name: "NOT CONFIRMED – call the site" }).waitFor();
    const tookMs = performance.now() - began;
    expect(tookMs).toBeGreaterThan(2800);
    expect(tookMs).toBeLessThan(4500);
    await visitor.picture("lost-not-confirmed");
    await alarm().getByRole("button", { name: "Back to the machine" }).click();
    gate.lose("nothing");
    await expectLiveAgain();
    expect(written()).toEqual([]);
    expect(plant.furnace.model.readings.running).toBe(true);
  });

  it("an open question closes and nothing of it is sent", async () => {
    await setpoints().getByRole("textbox").first().fill("900");
    await setpoints().getByRole("button", { name: "Set…" }).click();
    const dialog = visitor.page.getByRole("dialog");
    await dialog.waitFor();
    gate.lose("everything");
    await dialog.waitFor({ state: "detached", timeout: 10_000 });
    await band().waitFor();
    gate.lose("nothing");
    await expectLiveAgain();
    expect(written()).toEqual([]);
  });
});

describe("the gateway is killed", () => {
  it("shows the black band, tries a stop and says that it failed; after its return the page lives by itself", async () => {
    await plant.kill();
    await expectThePast();
    await visitor.picture("lost-gateway");
    await stopButton().click();
    await alarm().getByRole("heading", { name: "NOT CONFIRMED – call the site" }).waitFor({ timeout: 5000 });
    await alarm().getByRole("button", { name: "Back to the machine" }).click();
    await plant.start();
    await expectLiveAgain();
    expect(written()).toEqual([]);
    expect(visitor.complaints.filter((each) => !/net::ERR_|WebSocket/.test(each))).toEqual([]);
  });
});
