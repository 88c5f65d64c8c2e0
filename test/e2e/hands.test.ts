import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { browserMissing, desk, phone, type Visitor } from "../rig/browser.ts";
import { button, dialog, Hall, soakSelected, takes } from "../rig/hall.ts";
import { addKiosk, anna, bruno, setPins } from "../rig/kiosk.ts";

/** One machine in several hands: people at desks, one on a phone, and somebody at the machine itself (R18, R20, R21, R40, R41). */
let hall: Hall;
let kiosk: Visitor | undefined;
let kioskId: string | undefined;

beforeAll(async () => {
  if (browserMissing) return;
  hall = await Hall.open();
  await setPins(hall.plant);
});
afterAll(() => hall?.close());
beforeEach(async (context) => {
  if (browserMissing) context.skip(browserMissing);
  await hall.inOrder();
});
afterEach(async () => {
  if (kioskId !== undefined) await hall.plant.plancia(["kiosk", "remove", kioskId]);
  kioskId = undefined;
  await hall?.empty();
});

/** The device at the machine, enrolled. */
async function atTheMachine(name: string): Promise<Page> {
  const { id, secret } = await addKiosk(hall.plant, "furnace", name);
  kioskId = id;
  kiosk = await hall.visit(hall.plant.url, { viewport: { width: 1024, height: 768 }, locale: "en-GB" }, "#/kiosk");
  const { page } = kiosk;
  await kiosk.go();
  await kiosk.go(`#/kiosk?secret=${secret}`);
  await page.getByRole("button", { name: "Enrol this device" }).click();
  await page.getByRole("heading", { name: "Heat-treatment furnace" }).waitFor();
  return page;
}

async function typePin(page: Page, { user, pin }: { user: string; pin: string }, action: string): Promise<void> {
  const asked = page.getByRole("dialog");
  await asked.getByRole("button", { name: user, exact: true }).click();
  for (const digit of pin) await asked.getByRole("button", { name: digit, exact: true }).click();
  await asked.getByRole("button", { name: action }).click();
  await asked.waitFor({ state: "detached" });
}

describe("a remote start that an attendant permits (R20)", () => {
  it("waits for the press at the kiosk, then goes out once", async () => {
    const { model } = hall.plant.furnace;
    const machine = await atTheMachine("Attendant");
    const olga = await hall.at("olga");
    model.localStop();
    await takes(olga);
    await button(olga, "Start heating").click();
    const asked = dialog(olga, "Start heating");
    await asked.getByText("Waits for the attendant").waitFor();
    const confirm = asked.getByRole("button", { name: "Confirm Start heating" });
    expect(await confirm.isDisabled()).toBe(true);
    await olga.picture("attendant-waits");
    expect(await olga.barriers()).toEqual([]);
    await machine.getByRole("heading", { name: "olga asks: Start heating" }).waitFor();
    await machine.getByRole("button", { name: "Zone clear – confirm" }).click();
    await typePin(machine, anna, "Zone clear – confirm");
    await asked.getByText("The attendant at the machine has confirmed").waitFor();
    await olga.picture("attendant-confirmed");
    expect(model.readings.running).toBe(false);
    await confirm.click();
    await asked.getByText("The machine shows the effect.").waitFor();
    expect(model.readings.running).toBe(true);
    expect(olga.complaints).toEqual([]);
  });

  it("refused at the kiosk ends on the desk, with who refused it", async () => {
    const machine = await atTheMachine("Refusing");
    const olga = await hall.at("olga");
    hall.plant.furnace.model.localStop();
    await takes(olga);
    await button(olga, "Start heating").click();
    await dialog(olga, "Start heating").getByText("Waits for the attendant").waitFor();
    await machine.getByRole("button", { name: "Not clear, refuse" }).click();
    await dialog(olga, "Start heating").getByText("declined by kiosk:Refusing").waitFor();
    expect(hall.written()).toEqual([]);
  });
});

describe("what somebody at the machine sets", () => {
  it.each([
    {
      what: "a lock-out (R21)",
      set: "Lock out for me",
      who: bruno,
      pressed: "Lock the machine out",
      seen: "Locked out by bruno",
      ended: "Somebody at the machine locked it out.",
      why: "Locked out by bruno",
      lift: "Lift bruno's lock",
      lifted: "Lift your lock",
    },
    {
      what: "the island (R18)",
      set: "Island",
      who: anna,
      pressed: "Cut the machine off",
      seen: "Island: remote control is cut at the site",
      ended: "Remote control was cut at the site.",
      why: "cut",
      lift: "Connected",
      lifted: "Connect the machine",
    },
  ])("$what ends control at once, locks every command with its reason, and leaves the stop", async (case_) => {
    const machine = await atTheMachine(`For ${case_.set}`);
    const olga = await hall.at("olga");
    const omar = await hall.at("omar");
    await takes(olga);
    const asked = await soakSelected(olga, "860", "50");
    await machine.getByRole("button", { name: case_.set, exact: true }).click();
    await typePin(machine, case_.who, case_.pressed);
    await asked.getByText("Nothing was sent").waitFor();
    await olga.page.getByText("Your control ended").waitFor();
    await olga.page.getByText(case_.ended).waitFor();
    await asked.getByRole("button", { name: "Close" }).click();
    for (const visitor of [olga, omar]) {
      await visitor.page.getByText(case_.seen).first().waitFor();
      expect(await button(visitor, "Take control").count()).toBe(0);
      await visitor.page.getByText("no control").first().waitFor();
      await button(visitor, /^Soak \d missing/).waitFor();
      expect(await visitor.page.getByRole("region", { name: "Set-points" }).getByRole("textbox").count()).toBe(0);
    }
    await button(olga, /^Soak \d missing/).click();
    await olga.page.getByRole("region", { name: "Why can I not…" }).getByText(case_.why).first().waitFor();
    await olga.picture(`site-${case_.set === "Island" ? "island" : "lock-out"}`);
    expect(await olga.barriers()).toEqual([]);
    await button(olga, "Remote stop request").click();
    await olga.page.getByText("machine stopped (confirmed)").waitFor();
    expect(hall.plant.furnace.model.readings.running).toBe(false);
    await machine.getByRole("button", { name: case_.lift, exact: true }).click();
    await typePin(machine, case_.who, case_.lifted);
    await button(olga, "Take control").waitFor();
    expect([...olga.complaints, ...omar.complaints]).toEqual([]);
  });
});

describe("a phone that the configuration lets operate (R40)", () => {
  it("takes control, selects, confirms, and gives it back", async () => {
    const olga = await hall.at("olga", phone);
    await takes(olga);
    await olga.picture("phone-operates");
    expect(await olga.barriers()).toEqual([]);
    expect((await hall.machine()).control).toMatchObject({ holder: "olga", phone: true });
    const asked = await soakSelected(olga, "860", "50");
    // The stop stays below, in reach of the thumb (R10).
    expect(await button(olga, "Remote stop request").isVisible()).toBe(true);
    await olga.picture("phone-operates-dialog");
    expect(await olga.barriers()).toEqual([]);
    await asked.getByRole("button", { name: /^Confirm Soak/ }).tap();
    await asked.getByText("The machine shows the effect.").waitFor();
    expect(hall.plant.furnace.model.readings.setpointC).toBe(860);
    await asked.waitFor({ state: "detached" });
    expect(await olga.page.getByRole("region", { name: "Set-points" }).count()).toBe(0);
    await button(olga, "Release control").tap();
    await dialog(olga, "Release control").getByRole("button", { name: "Release control" }).tap();
    await olga.page.getByText("Nobody has control").first().waitFor();
    expect(olga.complaints).toEqual([]);
  });
});

describe("two browsers and a phone at once (R41)", () => {
  it("take, request, decline and force; each sees what the others see", async () => {
    const [olga, omar] = [await hall.at("olga"), await hall.at("omar", { ...desk, colorScheme: "dark" })];
    const sara = await hall.at("sara", phone);
    await Promise.all([olga, omar].map((each) => button(each, "Take control").click()));
    await expect.poll(async () => (await hall.machine()).control.holder).not.toBe(null);
    const { holder } = (await hall.machine()).control;
    const [first, second] = holder === "olga" ? [olga, omar] : [omar, olga];
    const asker = holder === "olga" ? "omar" : "olga";
    await first.page.getByText("You have it").waitFor();
    for (const other of [second, sara]) await other.page.getByText(`${holder} has it`).waitFor();
    await button(second, "Request control").click();
    await first.page.getByText(`${asker} asks for control`).first().waitFor();
    await sara.page.getByText(`${asker} has asked for it`).waitFor();
    expect(await button(sara, "Request control").count()).toBe(0);
    await first.picture("three-asked");
    await button(first, "Keep, and say why…").click();
    await dialog(first, "Keep control").getByRole("textbox").fill("The load is nearly done");
    await dialog(first, "Keep control").getByRole("button", { name: "Keep control" }).click();
    await second.page.getByText("The load is nearly done").waitFor();
    const asked = await soakSelected(first, "860", "50");
    await button(sara, "Take by force…").tap();
    await dialog(sara, "Take control by force").getByRole("textbox").fill("Shift supervisor takes over");
    await sara.picture("three-force");
    await button(sara, `Take control from ${holder}`).tap();
    await sara.page.getByText("You have it").waitFor();
    await asked.getByText(/Nothing was sent/).waitFor();
    await first.page.getByText("sara took control by force").waitFor();
    for (const other of [first, second]) await other.page.getByText("Shift supervisor takes over").first().waitFor();
    for (const other of [first, second]) await other.page.getByText("sara has it").waitFor();
    await sara.picture("three-forced");
    expect(hall.written()).toEqual([]);
    expect([...olga.complaints, ...omar.complaints, ...sara.complaints].filter((each) => !/409/.test(each))).toEqual(
      [],
    );
  });
});
