import type { Browser, Locator } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { EquipmentView } from "../../gateway/api/wire/equipment.ts";
import { browserMissing, desk, openBrowser, phone, Visitor } from "../rig/browser.ts";
import type { Configuration } from "../rig/configuration.ts";
import { type LinePlant, startLinePlant } from "../rig/line.ts";
import { password } from "../rig/plant.ts";

/** Who has control of a machine, and what is done with it: at desks and in the hand, several people at once. */
let rig: LinePlant;
let browser: Browser;
const visitors: Visitor[] = [];

/** A changeover may damage product: a second person has to approve it. */
function withChangeover({ equipment }: Configuration): void {
  const commands = equipment["line1"]?.["commands"] as Record<string, unknown>;
  commands["changeover"] = {
    name: { en: "Change over", it: "Cambio formato" },
    class: "C3",
    arguments: { recipe: { name: { en: "Recipe", it: "Ricetta" }, type: "byte", limits: [1, 12], suggested: 5 } },
    do: [{ write: "recipe", argument: "recipe" }],
    states: ["Stopped", "Idle"],
    feedback: { when: "recipe_loaded == args.recipe", within: "4s" },
    consequence: { en: "The format parts are driven to new places", it: "Le parti formato si spostano" },
  };
}

beforeAll(async () => {
  if (browserMissing) return;
  browser = await openBrowser();
  rig = await startLinePlant({
    line: { state: "Stopped", speed: 2 },
    people: { olga: "operator", omar: "operator", sara: "supervisor", ada: "administrator" },
    change: withChangeover,
  });
});
afterAll(async () => {
  await browser?.close();
  await rig?.close();
});
beforeEach((context) => {
  if (browserMissing) context.skip(browserMissing);
});
afterEach(async () => {
  for (const visitor of visitors.splice(0)) await leave(visitor);
  await stopped();
});

/** The line as each test finds it: stopped, everything in order, nobody in control. */
async function stopped(): Promise<void> {
  const { station } = rig.line.model;
  station.turnKey("remote");
  station.moveGuard("closed");
  station.occupyZone("clear");
  const person = await rig.plant.enter("sara");
  const now = async (): Promise<string> => {
    if (station.state !== "Stopped") station.localCommand("Stop");
    const { body } = await person.get<EquipmentView>("/equipment/line1");
    return `${body.state?.name} ${body.control.holder}`;
  };
  await expect.poll(now, { timeout: 30_000 }).toBe("Stopped null");
}

/** Signing out gives control back at once; a page that is only closed keeps it for 15 s. */
async function leave(visitor: Visitor): Promise<void> {
  const out = button(visitor, "Sign out");
  if (await out.isEnabled({ timeout: 500 }).catch(() => false)) await out.click();
  await visitor.close();
}

async function enter(
  name: string,
  options: Parameters<typeof Visitor.open>[2] = desk,
  hash = "#/machines/line1",
): Promise<Visitor> {
  const visitor = await Visitor.open(browser, rig.plant.url, options);
  visitors.push(visitor);
  await visitor.go(hash);
  await visitor.signIn(name, password);
  return visitor;
}

/** At the desk, on the line's page, live. */
async function atDesk(name: string, options: Parameters<typeof Visitor.open>[2] = desk): Promise<Visitor> {
  const visitor = await enter(name, options);
  await visitor.page.getByText("live, ").first().waitFor();
  return visitor;
}

/** The first of that name: what is legal is offered beside its reason too. */
const button = ({ page }: Visitor, name: string | RegExp): Locator =>
  page.getByRole("button", { name, exact: typeof name === "string" }).first();
const dialog = ({ page }: Visitor, name: string | RegExp): Locator => page.getByRole("dialog", { name });
const region = ({ page }: Visitor, name: string | RegExp): Locator => page.getByRole("region", { name });

async function takes(visitor: Visitor): Promise<void> {
  await button(visitor, "Take control").click();
  await visitor.page.getByText("You have it").waitFor();
}

describe("control", () => {
  it("is taken with a click, seen by everybody, and let go with words for whoever comes next", async () => {
    const olga = await atDesk("olga");
    const omar = await atDesk("omar");
    await olga.page.getByText("Nobody has control").waitFor();
    await takes(olga);
    await omar.page.getByText("olga has it").waitFor();
    expect(await button(omar, "Take control").count()).toBe(0);
    await omar.picture("control-other");
    await button(olga, "Release control").click();
    const asked = dialog(olga, "Release control");
    await asked.getByRole("textbox").fill("Tank is being filled");
    await asked.getByRole("button", { name: "Release control" }).click();
    await omar.page.getByText("Nobody has control").waitFor();
    await button(omar, "Take control").waitFor();
    await omar.page.keyboard.press("c");
    await omar.page.getByText("You have it").waitFor();
    await region(omar, "Hand-over note").getByText("Tank is being filled").waitFor();
    await omar.picture("control-note");
    expect(await omar.barriers()).toEqual([]);
    expect([...olga.complaints, ...omar.complaints]).toEqual([]);
  });

  it("is asked for, kept, asked for again and handed over, each side seeing what became of it", async () => {
    const olga = await atDesk("olga");
    const omar = await atDesk("omar", { ...desk, colorScheme: "dark" });
    await takes(olga);
    await button(omar, "Request control").click();
    await olga.page.getByRole("alert").getByText("omar asks for control").waitFor();
    await olga.picture("control-asked");
    expect(await olga.barriers()).toEqual([]);
    await button(olga, "Keep").click();
    await omar.page.getByText("olga keeps control").waitFor();
    await omar.picture("control-declined");
    await button(omar, "Request control").click();
    await button(olga, "Keep, and say why…").click();
    await dialog(olga, "Keep control").getByRole("textbox").fill("Filling ends at four");
    await dialog(olga, "Keep control").getByRole("button", { name: "Keep control" }).click();
    await omar.page.getByText("Filling ends at four").waitFor();
    await button(omar, "Request control").click();
    await button(olga, "Hand over").click();
    await dialog(olga, "Hand over to omar").getByRole("textbox").fill("Recipe 3 is loaded");
    await button(olga, "Hand over to omar").click();
    await omar.page.getByText("You have it").waitFor();
    await omar.page.getByText("olga handed control over to you").waitFor();
    await region(omar, "Hand-over note").getByText("Recipe 3 is loaded").waitFor();
    await olga.page.getByText("omar has it").waitFor();
    await olga.page.getByText("Control handed over to omar").waitFor();
    expect([...olga.complaints, ...omar.complaints]).toEqual([]);
  });

  it("is taken by force only with a reason, which both sides read", async () => {
    const olga = await atDesk("olga");
    const sara = await atDesk("sara");
    await takes(olga);
    expect(await button(olga, "Take by force…").count()).toBe(0);
    await button(sara, "Take by force…").click();
    await button(sara, "Take control from olga").click();
    await dialog(sara, "Take control by force").getByText("A reason is needed.").waitFor();
    await dialog(sara, "Take control by force").getByRole("textbox").fill("Fire drill");
    await button(sara, "Take control from olga").click();
    await sara.page.getByText("You have it").waitFor();
    await olga.page.getByText("sara took control by force").waitFor();
    await olga.page.getByText("Fire drill").waitFor();
    await olga.picture("control-forced");
    expect([...olga.complaints, ...sara.complaints]).toEqual([]);
  });

  it("ends at once when the key is turned to LOCAL, with whatever was selected, and comes back to nobody", async () => {
    const olga = await atDesk("olga");
    await takes(olga);
    await button(olga, "Prepare").click();
    await dialog(olga, "Prepare").getByText("The gateway holds it for you").waitFor();
    rig.line.model.station.turnKey("local");
    await dialog(olga, "Prepare").getByText("Nothing was sent").waitFor();
    await olga.page.getByText("Your control ended").waitFor();
    await olga.page.getByText("The key at the machine was turned to LOCAL.").first().waitFor();
    await olga.picture("control-ended");
    await button(olga, "Close").click();
    rig.line.model.station.turnKey("remote");
    await olga.page.getByText("Nobody has control").waitFor();
    expect(rig.line.model.state).toBe("Stopped");
  });

  it("lives on in a hidden tab and is shown as not in front", async () => {
    const olga = await atDesk("olga");
    const omar = await atDesk("omar");
    await takes(olga);
    await olga.page.evaluate("Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })");
    await omar.page.getByText("their page is not in front").waitFor({ timeout: 25_000 });
    await omar.page.waitForTimeout(16_000);
    expect(await omar.page.getByText("olga has it").count()).toBe(1);
  });
});

describe("a command", () => {
  it("is selected, confirmed deliberately, sent once, and seen to take effect", async () => {
    const olga = await atDesk("olga");
    await takes(olga);
    await button(olga, "Prepare").click();
    const asked = dialog(olga, "Prepare");
    await asked.getByText("The gateway holds it for you").waitFor();
    expect(await olga.page.locator(":focus").innerText()).toBe("Cancel");
    // The stop request stays in reach above the veil (R10).
    expect(await button(olga, "Remote stop request").isEnabled()).toBe(true);
    await olga.picture("command-selected");
    expect(await olga.barriers()).toEqual([]);
    await asked.getByRole("button", { name: "Confirm Prepare" }).focus();
    await olga.page.keyboard.press("Enter");
    await asked.getByText("The gateway holds it for you").waitFor();
    expect(rig.line.model.state).toBe("Stopped");
    await olga.page.keyboard.press("Space");
    await asked.getByText("The machine shows the effect.").waitFor();
    await olga.picture("command-verified");
    // It has been read by then, and closes by itself.
    await asked.waitFor({ state: "detached" });
    await region(olga, "Command log").getByText("Prepare").first().waitFor();
    await button(olga, "Start").click();
    await dialog(olga, "Start").getByText("Zone clear, read from the machine").waitFor();
    await button(olga, "Confirm Start").click();
    await dialog(olga, "Start").getByText("The machine shows the effect.").waitFor({ timeout: 20_000 });
    expect(rig.line.model.state).toBe("Execute");
    expect(olga.complaints).toEqual([]);
  });

  it("that is blocked says why, as it stands now, and what can be done about it", async () => {
    const olga = await atDesk("olga");
    await button(olga, /^Prepare 1 missing/).click();
    const why = region(olga, "Why can I not…");
    await why.getByText("You do not have control").waitFor();
    await why.getByRole("button", { name: "Take control" }).click();
    await why.getByText("You do not have control").waitFor({ state: "detached" });
    rig.line.model.station.moveGuard("open");
    await button(olga, /^Prepare 1 missing/).waitFor();
    await why.getByText("Guard closed").waitFor();
    await why
      .getByRole("listitem")
      .filter({ hasText: "Missing: Guard closed" })
      .getByText("open", { exact: true })
      .waitFor();
    await olga.picture("command-blocked");
    rig.line.model.station.moveGuard("closed");
    await button(olga, "Prepare").waitFor();
    expect(olga.complaints).toEqual([]);
  });

  it("that was given up is free for others at once", async () => {
    const olga = await atDesk("olga");
    const omar = await rig.plant.enter("omar");
    await takes(olga);
    const reset = async (): Promise<boolean> => {
      const { body } = await omar.get<{ why: { truth: boolean; cause?: string }[] }>(
        "/equipment/line1/why?target=line1:prepare",
      );
      return body.why.some((line) => line.cause === "selected-by-other");
    };
    await button(olga, "Prepare").click();
    await dialog(olga, "Prepare").getByText("The gateway holds it for you").waitFor();
    expect(await reset()).toBe(true);
    await olga.page.keyboard.press("Escape");
    await dialog(olga, "Prepare").waitFor({ state: "detached" });
    await expect.poll(reset).toBe(false);
    expect(rig.line.model.state).toBe("Stopped");
  });

  it("of class C3 waits for a second person on a phone, and for the machine's name", async () => {
    const olga = await atDesk("olga");
    const sara = await enter("sara", { ...phone, colorScheme: "dark" }, "#/");
    await takes(olga);
    await button(olga, "Change over").click();
    const asked = dialog(olga, "Change over");
    await asked.getByText("What will be checked and written").click();
    await asked.getByText("Recipe = 5").first().waitFor();
    await asked.getByLabel("Why, for whoever approves").fill("Order 4418 needs the new format");
    await button(olga, "Ask for approval").click();
    await asked.getByText("Waits for a second person").waitFor();
    await olga.picture("command-pending");
    await sara.page.getByRole("link", { name: /^Review/ }).tap();
    await sara.page.getByText("Order 4418 needs the new format").waitFor();
    await sara.page.getByText("olga in control").waitFor();
    await sara.picture("phone-approval");
    expect(await sara.barriers()).toEqual([]);
    await sara.page.getByRole("button", { name: "Approve Change over 5" }).tap();
    await sara.page.getByText("Approved. olga still has to send it.").waitFor();
    expect(rig.line.model.parameters.recipe).toBe(3);
    await asked.getByText("Approved by sara").waitFor();
    const confirm = asked.getByRole("button", { name: "Confirm Change over 5" });
    expect(await confirm.isEnabled()).toBe(false);
    await asked.getByLabel(/Type the name of the machine/).fill("Filling line 1");
    await olga.picture("command-approved");
    await confirm.click();
    await asked.getByText("The machine shows the effect.").waitFor();
    expect(rig.line.model.parameters.recipe).toBe(5);
    await sara.page.getByText("Since then: Verified").waitFor();
    expect([...olga.complaints, ...sara.complaints]).toEqual([]);
  });

  it("that a second person declines is not sent, and whoever asked cannot approve", async () => {
    const sara = await atDesk("sara");
    const ada = await enter("ada", desk, "#/approvals");
    await takes(sara);
    await button(sara, "Load recipe").click();
    const asked = dialog(sara, "Load recipe");
    await asked.getByLabel("Recipe").fill("9");
    await asked.getByLabel("Why, for whoever approves").fill("A trial");
    await button(sara, "Ask for approval").click();
    await asked.getByText("Waits for a second person").waitFor();
    const own = await sara.context.newPage();
    await own.goto(`${rig.plant.url}/#/approvals`);
    await own.getByText("You asked for it: somebody else approves.").waitFor();
    expect(await own.getByRole("button", { name: /^Approve/ }).count()).toBe(0);
    await ada.page.getByText("A trial").waitFor();
    await ada.picture("approvals");
    expect(await ada.barriers()).toEqual([]);
    await button(ada, "Decline…").click();
    const declining = dialog(ada, "Decline the command");
    await declining.getByRole("textbox").fill("Recipe 9 has no bottles");
    await ada.picture("approval-decline");
    expect(await ada.barriers()).toEqual([]);
    await declining.getByRole("button", { name: "Decline", exact: true }).click();
    await asked.getByText("declined by ada: Recipe 9 has no bottles").waitFor();
    await button(sara, "IT").click();
    await sara.page.getByText("rifiutato da ada: Recipe 9 has no bottles").waitFor();
    await sara.picture("command-declined-it");
    await button(sara, "EN").click();
    expect(rig.line.model.parameters.recipe).not.toBe(9);
    expect([...sara.complaints, ...ada.complaints]).toEqual([]);
  });

  it("dies with the connection, and nothing is sent when that comes back", async () => {
    const olga = await atDesk("olga");
    await takes(olga);
    await button(olga, "Prepare").click();
    const asked = dialog(olga, "Prepare");
    await asked.getByText("The gateway holds it for you").waitFor();
    const before = rig.line.opcua.writes.count;
    await olga.context.setOffline(true);
    await asked.getByText("The connection that selected it is gone").waitFor();
    await olga.context.setOffline(false);
    await expect.poll(() => button(olga, "Select again").isEnabled(), { timeout: 20_000 }).toBe(true);
    expect(rig.line.model.state).toBe("Stopped");
    // What says that the gateway and somebody in control are there goes on by itself (R15).
    const written = rig.line.opcua.writes.since(before).map(({ node }) => node);
    expect(written.filter((node) => node === "Line1.CntrlCmd")).toEqual([]);
  });
});

describe("two machines side by side", () => {
  it("have each their own stop request and control, and need the room", async () => {
    const olga = await enter("olga", { ...desk, viewport: { width: 1600, height: 1000 } }, "#/machines/line1/furnace");
    await olga.page.getByText("live, ").nth(1).waitFor();
    expect(await olga.page.getByRole("button", { name: "Remote stop request" }).count()).toBe(2);
    await olga.picture("control-pair");
    expect(await olga.barriers()).toEqual([]);
    await olga.page.setViewportSize({ width: 1280, height: 900 });
    await olga.page.getByText("need a window of 1440 px").waitFor();
    expect(olga.complaints).toEqual([]);
  });
});

describe("a phone", () => {
  it("watches who has control, and takes it at no machine that is not opened for phones", async () => {
    const olga = await enter("olga", phone);
    await olga.page.getByText("Control is taken at a desk").waitFor();
    expect(await button(olga, "Take control").count()).toBe(0);
    expect(await button(olga, "Prepare").count()).toBe(0);
    await olga.picture("phone-control");
    expect(await olga.barriers()).toEqual([]);
  });
});
