import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, openBrowser, Visitor } from "../rig/browser.ts";
import type { Person } from "../rig/person.ts";
import { type Plant, password, startPlant } from "../rig/plant.ts";

/** One machine, watched and run from a browser at a desk. */
let plant: Plant;
let person: Person;
let browser: Browser;
let visitor: Visitor;
let before = 0;

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  plant = await startPlant({ people: { olga: "operator", vera: "viewer" } });
  person = await plant.enter("olga");
});
afterAll(async () => {
  await browser?.close();
  await plant?.close();
});
beforeEach(async (context) => {
  if (browserMissing) context.skip(browserMissing);
  await plant.restore(person);
  before = plant.furnace.writes.count;
  visitor = await Visitor.open(browser, plant.url);
});
afterEach(() => visitor?.close());

async function open(name = "olga"): Promise<void> {
  await visitor.go();
  await visitor.signIn(name, password);
  await visitor.page.getByRole("link", { name: "Heat-treatment furnace", exact: true }).click();
  await visitor.page.getByText("live, ").first().waitFor();
}

const region = (name: string): Locator => visitor.page.getByRole("region", { name });
const row = (name: string): Locator => region("Set-points").getByRole("row", { name });
const stopButton = (): Locator => visitor.page.getByRole("button", { name: "Remote stop request" });
const written = () => plant.furnace.writes.since(before);

/** Fills the wanted value and asks for it, up to the confirmation. */
async function want(name: string, value: string): Promise<Locator> {
  await row(name).getByRole("textbox").fill(value);
  await row(name).getByRole("button", { name: "Set…" }).click();
  return visitor.page.getByRole("dialog", { name: `Change ${name}` });
}

describe("watching", () => {
  it("shows a value as it changes in the machine", async () => {
    await open();
    const temperature = async () => /Chamber temperature\s+([\d.]+)/.exec(await region("Process").innerText())?.[1];
    const first = await temperature();
    expect(Number(first)).toBeCloseTo(plant.furnace.model.readings.temperatureC, -1);
    await expect.poll(temperature, { timeout: 5000 }).not.toBe(first);
    plant.furnace.model.set("fanPercent", 42);
    await row("Circulation fan").getByRole("cell", { name: "42" }).first().waitFor();
    plant.furnace.model.moveDoor("open");
    await region("Process").getByText("open", { exact: true }).waitFor();
    expect(visitor.complaints).toEqual([]);
  });
});

describe("a set-point", () => {
  it("is confirmed deliberately and shows its whole life up to VERIFIED, old → new", async () => {
    await open();
    const dialog = await want("Temperature set-point", "900");
    await dialog.getByText("+50.0 °C").waitFor();
    expect(await visitor.page.locator(":focus").innerText()).toBe("Cancel");
    // Still there beside the dialog (R10), and in nobody's way.
    expect(await stopButton().isEnabled()).toBe(true);
    await visitor.picture("machine-confirm");
    await dialog.getByRole("button", { name: "Confirm 900.0 °C" }).click();
    await row("Temperature set-point").getByText("Verified").waitFor();
    const cells = await row("Temperature set-point").getByRole("cell").allInnerTexts();
    expect(cells.map((cell) => cell.trim()).filter((cell) => /^\d/.test(cell))).toEqual(["850.0", "900.0", "900.0"]);
    await visitor.picture("machine-verified");
    expect(written()).toHaveLength(1);
    expect(plant.furnace.model.readings.setpointC).toBe(900);
    await region("Command log").getByText("Verified").first().waitFor();
    expect(visitor.complaints).toEqual([]);
  });

  it("is not confirmed by Enter, and Escape sends nothing", async () => {
    await open();
    const dialog = await want("Temperature set-point", "900");
    await dialog.getByRole("button", { name: "Confirm" }).focus();
    await visitor.page.keyboard.press("Enter");
    expect(await dialog.isVisible()).toBe(true);
    await visitor.page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(written()).toEqual([]);
  });

  it("that may or may not have arrived stays UNKNOWN until the machine is read", async () => {
    await plant.furnace.faults.set({ kind: "drop-write-answer", times: 1 });
    await open();
    const dialog = await want("Temperature set-point", "900");
    await dialog.getByRole("button", { name: "Confirm 900.0 °C" }).click();
    await region("Set-points").getByRole("alert").getByText("may or may not have arrived").waitFor();
    expect(await row("Temperature set-point").getByRole("textbox").count()).toBe(0);
    await visitor.picture("machine-unknown");
    await region("Set-points").getByRole("button", { name: "Read the machine" }).click();
    await row("Temperature set-point").getByRole("textbox").waitFor();
    expect(written()).toHaveLength(1);
    // A later command that is known ends the doubt for everybody else.
    expect((await person.write("furnace/setpoint", 880)).body.state).toBe("VERIFIED");
  });

  it("outside of its limits is refused before it is asked", async () => {
    await open();
    await row("Temperature set-point").getByRole("textbox").fill("2000");
    await row("Temperature set-point").getByText("From 20 to 1").waitFor();
    expect(await row("Temperature set-point").getByRole("button").count()).toBe(0);
  });

  it("is locked with its reason when the key is turned to LOCAL, also in an open dialog", async () => {
    await open();
    const dialog = await want("Temperature set-point", "900");
    plant.furnace.model.turnKey("local");
    await dialog.waitFor({ state: "detached" });
    await row("Temperature set-point").getByText("LOCAL").first().waitFor();
    expect(await region("Set-points").getByRole("textbox").count()).toBe(0);
    await visitor.picture("machine-local");
    expect(await stopButton().isEnabled()).toBe(true);
    expect(written()).toEqual([]);
  });
});

describe("a pulled cable", () => {
  it("is seen as stale, then Bad, with set-points locked; put back all of it returns by itself", async () => {
    await open();
    await plant.furnace.faults.set({ kind: "cut" });
    await region("Process").getByText("Stale since").first().waitFor();
    await visitor.picture("machine-stale");
    await region("Process").getByText("Bad, ").first().waitFor();
    expect(await region("Process").innerText()).toMatch(/Chamber temperature\s+F?\s*[-–]+\.[-–]/);
    expect(await region("Set-points").getByRole("textbox").count()).toBe(0);
    await visitor.page
      .getByRole("region", { name: /attention/i })
      .getByText("No answer since")
      .waitFor();
    await visitor.picture("machine-bad");
    expect(await visitor.barriers()).toEqual([]);
    await visitor.go("#/");
    await visitor.page.getByText("not live").first().waitFor();
    await visitor.picture("overview-bad");
    await visitor.go("#/machines/furnace");
    await plant.furnace.faults.clear();
    await region("Set-points").getByRole("textbox").first().waitFor({ timeout: 30_000 });
    await expect.poll(() => region("Process").getByText("Bad, ").count(), { timeout: 10_000 }).toBe(0);
    expect(written()).toEqual([]);
    expect(visitor.complaints).toEqual([]);
  });
});

describe("the stop request", () => {
  it("is one click and is seen to be confirmed by the machine", async () => {
    await open();
    await stopButton().click();
    await visitor.page.getByText("machine stopped (confirmed)").waitFor();
    expect(plant.furnace.model.readings.running).toBe(false);
    await visitor.page.getByRole("main").getByText("Stopped").first().waitFor();
    await visitor.picture("machine-stopped");
    expect(visitor.complaints).toEqual([]);
  });

  it("that the machine does not follow fills the screen with whom to call, and can be asked again", async () => {
    await open();
    await plant.furnace.faults.set({ kind: "drop", on: "writes" });
    await stopButton().click();
    const alarm = visitor.page.getByRole("alertdialog");
    await alarm.getByRole("heading", { name: "NOT CONFIRMED – call the site" }).waitFor();
    expect(await alarm.getByRole("link").getAttribute("href")).toBe("tel:+39025550199");
    await visitor.picture("machine-not-confirmed");
    expect(await visitor.barriers()).toEqual([]);
    await plant.furnace.faults.clear();
    await alarm.getByRole("button", { name: "Request the stop again" }).click();
    await visitor.page.getByText("machine stopped (confirmed)").waitFor();
    expect(plant.furnace.model.readings.running).toBe(false);
  });
});

describe("a viewer", () => {
  it("sees the places of what is not in the role, and why", async () => {
    await open("vera");
    expect(await stopButton().count()).toBe(0);
    await visitor.page.getByText("Remote stop request").first().waitFor();
    await visitor.page.getByText("Not in your role").first().waitFor();
    expect(await region("Set-points").getByRole("textbox").count()).toBe(0);
    await visitor.picture("machine-viewer");
    expect(visitor.complaints).toEqual([]);
  });
});
